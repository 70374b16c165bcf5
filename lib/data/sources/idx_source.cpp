// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "data/idx.h"
#include "data/source.h"

namespace nn {
namespace {

Split read_part(const SourceContext& context, const CatalogueEntry& entry, const std::string& name) {
  const CatalogueFile& images = entry.file(name + "/images");
  const CatalogueFile& labels = entry.file(name + "/labels");
  h5::Array x = read_idx(fetch(entry, images, context.fetch), images.name);
  const h5::Array stored = read_idx(fetch(entry, labels, context.fetch), labels.name);
  if (x.type != h5::Type::u8 || x.shape.rank() != 3)
    throw Error(fmt::format("{}: expected uint8 images {{N,H,W}}, found {} {}", images.name, h5::name_of(x.type),
                            x.shape.text()));
  if (stored.type != h5::Type::u8 || stored.shape.rank() != 1 || stored.shape[0] != x.shape[0])
    throw Error(fmt::format("{}: expected {} uint8 labels, found {} {}", labels.name, x.shape[0],
                            h5::name_of(stored.type), stored.shape.text()));
  x.shape = Shape{x.shape[0], 1, x.shape[1], x.shape[2]};
  const auto values = stored.as<uint8_t>();
  Split split;
  split.name = name;
  split.set_samples(std::move(x));
  split.set("labels", std::vector<int32_t>(values.begin(), values.end()));
  split.number_rows();
  return split;
}

}  // namespace

Dataset read_idx_source(const SourceContext& context, const CatalogueEntry& entry) {
  Dataset data;
  data.splits.push_back(read_part(context, entry, "train"));
  data.splits.push_back(read_part(context, entry, "test"));
  return data;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// The file of a dataset: nn-hdf5(5), kind "dataset". Layout tried with stock tools.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "data/choose_split.h"
#include "data/columns_file.h"
#include "data/dataset.h"
#include "data/preview.h"
#include "data/split_names.h"
#include "data/stored_rows.h"
#include "h5/writing/writer.h"

namespace nn {
namespace {

bool fits_u8(const Dataset& data) {
  if (data.classes.size() > 256) return false;
  for (const Split& split : data.splits)
    if (std::ranges::any_of(split.labels(), [](int32_t label) { return label > 255; })) return false;
  return true;
}

/// The scale of the samples: their rows in the source.
void write_rows(h5::Writer& to, const std::string& path, const Split& split) {
  std::vector<int64_t> rows(split.sample().begin(), split.sample().end());
  if (rows.empty())
    for (int64_t i = 0; i < split.size(); ++i) rows.push_back(i);
  const bool wide = std::ranges::any_of(rows, [](int64_t r) { return r > std::numeric_limits<int32_t>::max(); });
  h5::DatasetOptions scale;
  scale.is_scale = true;
  to.dataset(path, wide ? h5::Array::of(rows) : h5::Array::of(std::vector<int32_t>(rows.begin(), rows.end())), scale);
  to.text(path, "long_name", "row in the source");
}

void write_split(h5::Writer& to, const Dataset& data, const Split& split, bool small_labels) {
  const std::string group = "/" + split.name;
  write_rows(to, group + "/sample", split);
  for (const Column& column : split.columns)
    if (column.name != "sample") write_column(to, group, column, data, small_labels);
}

std::string samples_path(const h5::Reader& file, const std::string& split) {
  const std::string images = "/" + split + "/images";
  return file.has(images) ? images : "/" + split + "/features";
}

/// Reader names the file in its own messages.
Error wrong(const h5::Reader& file, const std::string& text) { return Error(file.name() + ": " + text); }

/// stored: the samples stay in the file. all: also columns that are not basic; they are the samples where there are no
/// others.
Split read_split(const h5::Reader& file, const std::string& name, bool stored, bool all) {
  in_context(file.name(), [&] { check_split_name(name); });
  Split split;
  split.name = name;
  const std::string samples = samples_path(file, name);
  for (const std::string& column : columns_in(file, name)) {
    if (!is_basic(column)) {
      if (all || !split.has_samples()) split.set(read_column(file, name, column));
    } else if ("/" + name + "/" + column != samples) {
      split.set(read_column(file, name, column));
    } else {
      h5::Array x;
      if (stored)
        x.type = file.type(samples), x.shape = file.shape(samples);
      else
        x = file.read(samples);
      if (x.shape.rank() == 0) throw wrong(file, "/" + name + ": samples without axes");
      split.set_samples(std::move(x));
    }
  }
  return split;
}

/// Of integer pixels, the same in every split.
void read_range(const h5::Reader& file, const std::string& path, Dataset& data) {
  const double low = file.number(path, "valid_min").value_or(0), high = file.number(path, "valid_max").value_or(255);
  if (data.splits.size() > 1 && (low != data.valid_min || high != data.valid_max))
    throw wrong(file, fmt::format("{}: valid range {} to {}, but /{} has {} to {}", path, low, high,
                                  data.splits.front().name, data.valid_min, data.valid_max));
  data.valid_min = low;
  data.valid_max = high;
}

}  // namespace

std::string samples_sum(const h5::Reader& file, const std::string& split) {
  const std::string samples = samples_path(file, split);
  if (!file.has(samples))
    for (const char* column : {"/tokens", "/text"})
      if (const std::string other = "/" + split + column; file.has(other))
        return file.required_text(other, "nn_sha256");
  return file.required_text(samples, "nn_sha256");
}

std::vector<std::byte> write_dataset(const Dataset& data, const h5::Provenance& provenance, bool compress) {
  check(data, "dataset to be written");
  h5::Writer to("dataset", data.title, compress);
  for (const auto& [attribute, value] :
       {std::pair{"source", &data.source}, {"license", &data.license}, {"citation", &data.citation}})
    if (!value->empty()) to.text("/", attribute, *value);
  h5::write_classes(to, data.classes);
  h5::write_names(to, "feature", data.feature_names);
  h5::write_names(to, "target", data.target_names);
  const Shape sample = data.splits.front().has_samples() ? data.sample_shape() : Shape{};
  if (sample.rank() == 3) {
    to.axis("/channel", sample[0]);
    to.axis("/y", sample[1]);
    to.axis("/x", sample[2]);
  } else if (sample.rank() == 1 && data.feature_names.empty()) {
    to.axis("/feature", sample[0]);
  }
  const bool small_labels = fits_u8(data);
  for (const Split& split : data.splits) write_split(to, data, split, small_labels);
  if (!data.prep.empty()) h5::write_prep(to, data.prep);
  write_preview(to, data);
  provenance.write(to);
  return to.finish();
}

namespace {

/// The splits of a file that are wanted, in its order.
std::vector<std::string> wanted_splits(const h5::Reader& file, const std::vector<std::string>& only) {
  std::vector<std::string> names;
  for (const std::string& name : splits_in(file))
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end()) names.push_back(name);
  return names;
}

bool has_room(const Budget& budget, uint64_t bytes) {
  try {
    budget.ask(bytes, "");
    return true;
  } catch (const Error&) {
    return false;
  }
}

constexpr uint64_t held_part = 8;    ///< of the budget, for the blocks that a split holds
constexpr uint64_t small_part = 16;  ///< a split of less than this part of the budget is read

/// Those of the splits whose samples stay in the file: the large ones, where all together have no room.
std::vector<std::string> stored_splits(const h5::Reader& file, const std::vector<std::string>& names) {
  uint64_t bytes = 0;
  std::vector<std::string> large;
  for (const std::string& name : names) {
    const std::string path = samples_path(file, name);
    const uint64_t mine = file.has(path) ? file.size_in_memory(path) : 0;
    bytes += std::min(mine, std::numeric_limits<uint64_t>::max() - bytes);
    if (mine > file.budget().bytes() / small_part) large.push_back(name);
  }
  return has_room(file.budget(), bytes) ? std::vector<std::string>{} : large;
}

Dataset dataset_in(const h5::Reader& file, const std::vector<std::string>& only, bool may_stay) {
  Dataset data;
  data.title = file.text("/", "title").value_or("");
  data.source = file.text("/", "source").value_or("");
  data.license = file.text("/", "license").value_or("");
  data.citation = file.text("/", "citation").value_or("");
  data.digest = file.digest();
  data.classes = h5::read_classes(file);
  data.feature_names = h5::read_names(file, "feature");
  data.target_names = h5::read_names(file, "target");
  data.prep = h5::read_prep(file);
  const std::vector<std::string> names = wanted_splits(file, only),
                                 stored = may_stay ? stored_splits(file, names) : std::vector<std::string>{};
  for (const std::string& name : names) {
    const bool stays = std::find(stored.begin(), stored.end(), name) != stored.end();
    data.splits.push_back(read_split(file, name, stays, !may_stay));
    if (data.splits.back().has_samples()) read_range(file, samples_path(file, name), data);
  }
  in_context(file.name(), [&] {
    for (const std::string& name : only) (void)data.at(name);
  });
  check(data, file.name());
  for (Split& split : data.splits)
    if (std::find(stored.begin(), stored.end(), split.name) != stored.end())
      split.samples()->stored = std::make_shared<StoredRows>(file, samples_path(file, split.name), data.valid_min,
                                                             data.valid_max, file.budget().bytes() / held_part);
  return data;
}

}  // namespace

Dataset read_dataset(const h5::Reader& file, const std::vector<std::string>& only) {
  return dataset_in(file, only, false);
}

Dataset open_dataset(const h5::Reader& file, const std::vector<std::string>& only) {
  return dataset_in(file, only, true);
}

std::string stored_samples_note(const Dataset& data, const std::string& name) {
  std::string text;
  for (const Split& split : data.splits)
    if (const StoredRows* stored = split.stored())
      text += fmt::format("{} {} in blocks of {} rows, {}", text.empty() ? "" : ";", split.name, stored->block_rows(),
                          size_text(static_cast<uint64_t>(stored->block_rows()) * stored->row_bytes()));
  return text.empty() ? text
                      : fmt::format(
                            "{}: larger than the memory it may take, samples are read as they are needed:{} "
                            "(--max-memory)",
                            name, text);
}

void need_in_memory(const Dataset& data, const std::string& what) {
  if (std::ranges::none_of(data.splits, [](const Split& split) { return split.stored(); })) return;
  throw Error(what + "; to match them by name needs the dataset in memory, and a larger --max-memory has room for it");
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// The table of model formats.
#include <algorithm>

#include "formats/models/model_format.h"

namespace nn {

#define PLUGIN_TYPE ModelFormat
#define PLUGIN_TABLE model_formats
#define PLUGIN_OBJECT(name) name##_model
#define PLUGIN_LIST "formats/models/models.def"
#include "base/plugin_table.inc"

const ModelFormat* model_format_by_suffix(const std::string& name) {
  const ModelFormat* found = format_by_suffix(model_formats(), name);
  if (!found) return nullptr;
  const auto longest = [&](const std::vector<std::string>& suffixes) {
    size_t most = 0;
    for (const std::string& suffix : suffixes)
      if (name.ends_with(suffix)) most = std::max(most, suffix.size());
    return most;
  };
  const DatasetFormat* other = format_by_suffix(dataset_formats(), name);
  const size_t others = std::max(other ? longest(other->suffixes) : 0, longest({".h5", ".hdf5"}));
  return longest(found->suffixes) > others ? found : nullptr;
}

const ModelFormat* model_format_of(std::span<const std::byte> start, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  for (const ModelFormat* format : model_formats())
    if (format->content && format->content->begins && format->content->begins(text)) return format;
  return model_format_by_suffix(name);
}

}  // namespace nn

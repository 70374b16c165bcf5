// SPDX-License-Identifier: MIT
// --model VALUE: a name of share/models, a file, or the layers themselves.
#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "base/system/share.h"
#include "base/text/text_file.h"
#include "model/layers_file.h"
#include "model/network.h"

namespace nn {
namespace fs = std::filesystem;
namespace {

constexpr size_t longest_file = 60'000;
constexpr const char* suffix = ".nn";

std::vector<fs::path> model_files() {
  const std::vector<std::string> files = shared_files(suffix);
  return {files.begin(), files.end()};
}

bool is_layer(std::string_view word) {
  const auto names = names_of(layer_types());
  return std::find(names.begin(), names.end(), word) != names.end();
}

}  // namespace

std::string read_layers_file(const std::string& file) {
  std::string text = read_text_file(file, "layers as text", longest_file);
  if (text.find('\0') != std::string::npos)
    throw UsageError(printable(file) + ": expected layers as text, found other bytes");
  return text;
}

std::vector<std::string> shared_files(const std::string& ending) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(share_path("models"), error))
    if (entry.path().extension() == ending) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string layers_file(const std::string& value) {
  std::error_code error;
  const bool is_file =
      !value.empty() && value.size() < 4096 && fs::exists(value, error) && !fs::is_directory(value, error);
  if (!is_file && value.find_first_of(" \t\n:*(#") != std::string::npos) return "";
  for (const fs::path& path : model_files())
    if (path.stem() == value) return path.string();
  return is_file ? value : "";
}

std::string find_layers(const std::string& value) {
  if (value.empty()) throw UsageError("no model is named: give a name (as lenet5), a file, or the layers themselves");
  if (const std::string file = layers_file(value); !file.empty()) return read_layers_file(file);
  if (value.find_first_of(" \t\n:*(#") != std::string::npos) return value;
  const auto files = model_files();
  if (is_layer(value)) return value;
  if (value.find('/') != std::string::npos || value.ends_with(suffix))
    throw UsageError(printable(value) + ": there is no such file");
  const auto layers = names_of(layer_types());
  if (const auto known = candidates_of(layer_types()); !our_names(value, known).empty())
    throw UsageError(unknown_name("layer", value, known));
  std::vector<std::string> known;
  for (const fs::path& path : files) known.push_back(path.stem().string());
  known.insert(known.end(), layers.begin(), layers.end());
  const auto near = nearest(value, known);
  if (!near.empty()) throw UsageError(unknown_name("model", value, known));
  known.resize(files.size());
  throw UsageError(unknown_name("model", value, known) + "; or a file, or layers as 'dense:128 relu dense:10'");
}

std::vector<std::pair<std::string, std::string>> list_models() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const fs::path& path : model_files()) {
    const std::string text = read_layers_file(path.string());
    std::string line = text.substr(0, text.find('\n'));
    if (!line.starts_with("#")) line.clear();
    const size_t begin = line.find_first_not_of("# ");
    list.emplace_back(path.stem().string(), begin == std::string::npos ? "" : line.substr(begin));
  }
  return list;
}

}  // namespace nn

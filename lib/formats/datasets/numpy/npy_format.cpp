// SPDX-License-Identifier: MIT
// A folder of NumPy arrays x_train.npy, y_train.npy, ...; or one file, whose labels lie beside it (x.npy and y.npy).
#include <algorithm>
#include <filesystem>

#include "formats/datasets/folders/sample_folder.h"
#include "formats/datasets/left_below.h"
#include "formats/datasets/numpy/npy_dataset.h"
#include "formats/intake.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

const Content npy_content{.begins = is_npy, .size = npy_size};

NpyArray read_array(const std::string& input, const FormatOptions& options) {
  const std::vector<std::byte> bytes = unpacked_bytes(input, options, npy_content);  // names the file itself
  return in_context(input == "-" ? "standard input" : input, [&] { return parse_npy(bytes); });
}

/// Of a file that the user has not named.
NpyArray read_regular(const std::string& file, const FormatOptions& options) {
  check_regular_file(file);
  return read_array(file, options);
}

bool has_role(const std::string& input) {
  const std::string name = fs::path(input).filename().string();
  return input != "-" && (name.starts_with("x") || name.starts_with("X"));
}

bool is_array_name(const std::string& name) { return name.ends_with(".npy") && !is_system_name(name); }

Dataset read_npy(const std::string& input, const NumpyOptions& options) {
  NamedArrays arrays;
  if (fs::is_directory(input)) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(input))
      if (is_array_name(entry.path().filename().string())) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const fs::path& file : files) check_regular_file(file.string());
    warn_of_files_below(input, is_array_name, {}, options);
    for (const fs::path& file : files) arrays.emplace_back(file.stem().string(), read_array(file.string(), options));
  } else {
    const std::string stem = fs::path(input).stem().string();
    const bool named = has_role(input);
    arrays.emplace_back(named ? stem : "x", read_array(input, options));
    for (const std::string& labels : npy_files_beside(input))
      arrays.emplace_back(fs::path(labels).stem().string(), read_regular(labels, options));
    const auto is_layout = [](const auto& array) { return array.first == "layout"; };
    if (arrays.size() - static_cast<size_t>(std::ranges::count_if(arrays, is_layout)) == 1)
      options.warning("no labels: no " + std::string(stem.starts_with("X") ? "Y" : "y") + stem.substr(named ? 1 : 0) +
                      ".npy beside it");
  }
  return in_context(input == "-" ? "standard input" : input, [&] { return dataset_from(std::move(arrays), options); });
}

std::vector<ForeignFile> write_arrays(const Dataset& data, const NumpyOptions& options) {
  Dataset chosen = data;
  if (!options.split.empty()) chosen.splits = {data.at(options.split)};
  return arrays_of(chosen, options);
}
}  // namespace

std::vector<std::string> npy_files_beside(const std::string& input) {
  if (!has_role(input)) return {};
  const fs::path path = input;
  const std::string stem = path.stem().string();
  std::vector<std::string> beside;
  const auto take = [&](const std::string& name) {
    const fs::path file = path.parent_path() / (name + ".npy");
    if (!fs::exists(fs::symlink_status(file))) return false;
    beside.push_back(file.string());
    return true;
  };
  for (const char* letter : {stem.starts_with("X") ? "Y" : "y", "y"})
    if (take(letter + stem.substr(1))) break;
  take("layout");
  return beside;
}

extern const DatasetFormat npy_format;
const DatasetFormat npy_format{
    .name = "npy",
    .summary = "NumPy arrays, one per file: a folder, or x.npy with y.npy beside it",
    .suffixes = {".npy"},
    .folder = true,
    .text = false,
    .content = &npy_content,
    .reader = reader_with<NumpyOptions, read_npy>,
    .writer = writer_with<NumpyOptions, write_arrays>,
    .beside = npy_files_beside,
};

}  // namespace nn

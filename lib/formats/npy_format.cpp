// SPDX-License-Identifier: MIT
// A folder of NumPy arrays x_train.npy, y_train.npy, ...; or one file, whose labels lie beside it (x.npy and y.npy).
#include <algorithm>
#include <filesystem>

#include "formats/left_below.h"
#include "formats/npy_dataset.h"
#include "formats/picture_folder.h"
#include "formats/reading.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

NpyArray read_array(const std::string& input, const FormatOptions& options) {
  return in_context(input == "-" ? "standard input" : input, [&] { return parse_npy(unpacked_bytes(input, options)); });
}

bool is_array_name(const std::string& name) { return name.ends_with(".npy") && !is_system_name(name); }

Dataset read_npy(const std::string& input, const FormatOptions& options) {
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
    const fs::path path = input;
    const std::string stem = path.stem().string();
    const bool has_role = input != "-" && (stem.starts_with("x") || stem.starts_with("X"));
    arrays.emplace_back(has_role ? stem : "x", read_array(input, options));
    const std::string other = (stem.starts_with("X") ? "Y" : "y") + stem.substr(has_role ? 1 : 0);
    for (const std::string& name : {other, "y" + stem.substr(has_role ? 1 : 0)})
      if (const fs::path labels = path.parent_path() / (name + ".npy"); has_role && arrays.size() == 1 && fs::symlink_status(labels).type() != fs::file_type::not_found) {
        check_regular_file(labels.string());
        arrays.emplace_back(name, read_array(labels.string(), options));
      }
    if (arrays.size() == 1) options.warning("no labels: no " + other + ".npy beside it");
  }
  return in_context(input == "-" ? "standard input" : input, [&] { return dataset_from(std::move(arrays), options); });
}

std::vector<ForeignFile> write_arrays(const Dataset& data, const FormatOptions& options) {
  Dataset chosen = data;
  if (!options.split.empty()) chosen.splits = {data.at(options.split)};
  return arrays_of(chosen, options);
}
}  // namespace

extern const FormatType npy_format;
const FormatType npy_format{
    .name = "npy",
    .summary = "NumPy arrays, one per file: a folder, or x.npy with y.npy beside it",
    .suffixes = {".npy"},
    .folder = true,
    .read_options = {"split", "y"},
    .write_options = {"split"},
    .read = read_npy,
    .write = write_arrays,
    .write_table = nullptr,
};

}  // namespace nn

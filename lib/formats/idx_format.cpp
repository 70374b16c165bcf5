// SPDX-License-Identifier: MIT
// MNIST's own files: a folder of train-images-idx3-ubyte.gz and its three fellows (t10k is the test split), or one file
// of images or features, whose labels lie beside it.
#include <algorithm>
#include <array>
#include <filesystem>

#include "data/gzip.h"
#include "data/idx.h"
#include "formats/format.h"
#include "formats/labels.h"
#include "h5/reader.h"

namespace nn {
namespace {
namespace fs = std::filesystem;
constexpr size_t largest = size_t{16} << 30;

h5::Array read_array(const std::string& name) {
  std::vector<std::byte> bytes = h5::read_bytes(name);
  const std::string shown = name == "-" ? "standard input" : name;
  if (is_gzip(bytes)) bytes = in_context(shown, [&] { return gunzip(bytes, largest); });
  return read_idx(bytes, shown);
}

/// images {N,H,W} or {N,C,H,W} uint8 or features {N,D} to what a split holds.
h5::Array samples_of(h5::Array a, const std::string& name) {
  const Shape shape = a.shape;
  if (a.type == h5::Type::u8 && shape.rank() == 3) {
    a.shape = {shape[0], 1, shape[1], shape[2]};
    return a;
  }
  if (a.type == h5::Type::u8 && shape.rank() == 4) return a;
  if (shape.rank() != 2) throw Error(name + ": shape " + shape.text() + ", expected images {N,H,W} or features {N,D}; are these the labels?");
  std::vector<float> values;
  for (double v : a.to_double()) values.push_back(static_cast<float>(v));
  return h5::Array::of<float>(shape, values);
}

std::vector<int64_t> labels_of(const std::string& name) {
  const h5::Array a = read_array(name);
  if (a.shape.rank() != 1 || (a.type != h5::Type::u8 && a.type != h5::Type::i32))
    throw Error(name + ": " + h5::name_of(a.type) + " of shape " + a.shape.text() + ", expected whole numbers of one axis");
  std::vector<int64_t> labels;
  for (double v : a.to_double()) labels.push_back(static_cast<int64_t>(v));
  return labels;
}

/// "train-images-idx3-ubyte.gz" -> "train-labels-idx1-ubyte.gz", packed or not, when it exists.
std::string labels_beside(const std::string& images) {
  const size_t at = images.rfind("images");
  if (at == std::string::npos) return "";
  std::string stem = images.substr(0, at) + "labels" + images.substr(at + 6);
  if (const size_t rank = stem.rfind("idx"); rank != std::string::npos && rank + 3 < stem.size()) stem[rank + 3] = '1';
  const std::string plain = stem.ends_with(".gz") ? stem.substr(0, stem.size() - 3) : stem;
  for (const std::string& name : {stem, plain, plain + ".gz"})
    if (fs::exists(name)) return name;
  return "";
}

std::vector<std::pair<std::string, std::string>> files_of(const std::string& input, const FormatOptions& options) {
  if (!fs::is_directory(input)) {
    const std::string file = fs::path(input).filename().string();
    return {{!options.split.empty() ? options.split : file.starts_with("t10k") || file.starts_with("test") ? "test" : "train", input}};
  }
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [split, stems] : std::array<std::pair<const char*, std::array<const char*, 2>>, 3>{
           {{"train", {"train-", "train-"}}, {"val", {"val-", "valid-"}}, {"test", {"t10k-", "test-"}}}})
    for (const auto& entry : fs::directory_iterator(input)) {
      const std::string file = entry.path().filename().string();
      const bool ours = (file.starts_with(stems[0]) || file.starts_with(stems[1])) && file.find("images") != std::string::npos;
      if (ours && (found.empty() || found.back().first != split)) found.emplace_back(split, entry.path().string());
    }
  if (found.empty()) throw Error(input + ": no train-images-* or t10k-images-* in this folder");
  return found;
}

Dataset read_folder_or_file(const std::string& input, const FormatOptions& options) {
  Dataset data;
  std::vector<std::vector<int64_t>> labels;
  for (const auto& [name, file] : files_of(input, options)) {
    Split split;
    split.name = name;
    split.x = samples_of(read_array(file), file);
    for (int64_t i = 0; i < split.size(); ++i) split.sample.push_back(i);
    labels.emplace_back();
    if (const std::string beside = labels_beside(file); !beside.empty()) {
      labels.back() = labels_of(beside);
      if (static_cast<int64_t>(labels.back().size()) != split.size())
        throw Error(beside + ": " + std::to_string(labels.back().size()) + " labels, " + file + " holds " + std::to_string(split.size()) + " samples");
    } else {
      options.warning(file + ": no file of labels beside it (the name with 'labels' for 'images')");
    }
    data.splits.push_back(std::move(split));
  }
  encode_labels(labels, {}, data);
  return data;
}

std::vector<ForeignFile> write_idx_files(const Dataset& data, const FormatOptions& options) {
  std::vector<ForeignFile> files;
  for (const Split& split : data.splits) {
    if (!options.split.empty() && split.name != options.split) continue;
    h5::Array x = split.x;
    if (x.shape.rank() == 4 && x.shape[1] == 1) x.shape = {x.shape[0], x.shape[2], x.shape[3]};
    const std::string stem = split.name == "test" ? "t10k" : split.name;
    files.push_back({stem + "-images-idx" + std::to_string(x.shape.rank()) + "-ubyte.gz", gzip(write_idx(x))});
    if (split.labels.empty()) continue;
    std::vector<uint8_t> bytes;
    for (int32_t label : split.labels) bytes.push_back(static_cast<uint8_t>(label));
    const bool small = data.class_count() <= 256;
    const h5::Array labels = small ? h5::Array::of(bytes) : h5::Array::of(split.labels);
    files.push_back({stem + "-labels-idx1-ubyte.gz", gzip(write_idx(labels))});
  }
  if (files.empty()) (void)data.at(options.split);  // names the splits there are
  for (const std::string& name : data.classes)
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      options.warning("IDX holds no class names: they are lost");
      break;
    }
  return files;
}
}  // namespace

extern const FormatType idx_format;
const FormatType idx_format{
    .name = "idx",
    .summary = "MNIST's files: a folder of train-images-idx3-ubyte.gz and its fellows, or one of them",
    .suffixes = {"-ubyte", "-ubyte.gz", ".idx", ".idx.gz"},
    .folder = true,
    .read_options = {"split"},
    .write_options = {"split"},
    .read = read_folder_or_file,
    .write = write_idx_files,
    .write_table = nullptr,
};

}  // namespace nn

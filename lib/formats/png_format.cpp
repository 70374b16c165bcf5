// SPDX-License-Identifier: MIT
// A folder of PNG pictures: SPLIT/CLASS/*.png, or CLASS/*.png for one split, or *.png without labels. classes.txt at the
// root, when there is one, gives the order of the classes: a line "folder", or "folder<TAB>name".
#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "base/log.h"
#include "formats/format.h"
#include "formats/labels.h"
#include "formats/png_image.h"
#include "h5/reader.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

struct Listed {
  std::vector<std::string> folders, pictures;  ///< names, sorted
};

Listed list(const fs::path& folder) {
  Listed found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;
    std::string suffix = entry.path().extension().string();
    std::ranges::transform(suffix, suffix.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (entry.is_directory()) found.folders.push_back(name);
    else if (suffix == ".png") found.pictures.push_back(name);
  }
  std::ranges::sort(found.folders);
  std::ranges::sort(found.pictures);
  return found;
}

/// Folder names of the classes in order, with the names they stand for.
using ClassFolders = std::vector<std::pair<std::string, std::string>>;

ClassFolders read_class_list(const fs::path& file) {
  const std::vector<std::byte> bytes = h5::read_bytes(file.string());
  std::istringstream text(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  ClassFolders classes;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    classes.emplace_back(line.substr(0, tab), tab == std::string::npos ? line : line.substr(tab + 1));
  }
  return classes;
}

class SplitReader {
 public:
  explicit SplitReader(Split& split) : split_(split) {}

  void add(const fs::path& file) {
    const PngImage image = in_context(file.string(), [&] { return read_png(h5::read_bytes(file.string())); });
    if (split_.sample.empty()) {
      shape_ = image.shape;
      first_ = file.string();
    }
    if (image.shape != shape_)
      throw Error(file.string() + ": a picture of " + image.shape.text() + ", expected " + shape_.text() + " (channels, height, width) as " + first_);
    const auto values = std::as_bytes(std::span(image.pixels));
    split_.x.bytes.insert(split_.x.bytes.end(), values.begin(), values.end());
    split_.sample.push_back(static_cast<int64_t>(split_.sample.size()));
  }
  void finish() {
    split_.x.type = h5::Type::u8;
    split_.x.shape = shape_.with_batch(static_cast<int64_t>(split_.sample.size()));
  }

 private:
  Split& split_;
  Shape shape_;
  std::string first_;
};

Split read_split(const fs::path& folder, const std::string& name, const ClassFolders& classes) {
  Split split;
  split.name = name;
  SplitReader reader(split);
  const Listed found = list(folder);
  if (!found.folders.empty() && !found.pictures.empty())
    throw Error(folder.string() + ": pictures beside folders of classes; put every picture into the folder of its class");
  for (const std::string& picture : found.pictures) reader.add(folder / picture);
  // By file name first: what nn-convert wrote comes back in its own order, and no class comes in one block.
  std::vector<std::pair<std::string, std::string>> order;
  for (const std::string& sub : found.folders)
    for (const std::string& picture : list(folder / sub).pictures) order.emplace_back(picture, sub);
  std::ranges::sort(order);
  for (const auto& [picture, sub] : order) {
    const auto known = std::ranges::find(classes, sub, &ClassFolders::value_type::first);
    if (known == classes.end()) throw Error((folder / sub).string() + ": this class is not in classes.txt");
    reader.add(folder / sub / picture);
    split.labels.push_back(static_cast<int32_t>(known - classes.begin()));
  }
  if (split.sample.empty()) throw Error(folder.string() + ": no PNG pictures");
  reader.finish();
  return split;
}

Dataset read_pictures(const std::string& input, const FormatOptions& options) {
  if (input == "-" || !fs::is_directory(input)) throw Error(input + ": expected a folder of pictures, one sub-folder a class");
  const fs::path root = input;
  const Listed top = list(root);
  const auto is_split = [](const std::string& name) { return name == "train" || name == "val" || name == "test"; };
  const bool splits = !top.folders.empty() && std::ranges::all_of(top.folders, is_split);
  ClassFolders classes;
  if (fs::exists(root / "classes.txt")) {
    classes = read_class_list(root / "classes.txt");
  } else {
    std::map<std::string, std::string> names;
    for (const std::string& folder : top.folders) {
      if (!splits) names[folder] = folder;
      else for (const std::string& sub : list(root / folder).folders) names[sub] = sub;
    }
    classes.assign(names.begin(), names.end());
  }
  Dataset data;
  if (!splits) data.splits.push_back(read_split(root, options.split.empty() ? "train" : options.split, classes));
  for (const char* name : {"train", "val", "test"})
    if (splits && std::ranges::find(top.folders, name) != top.folders.end()) data.splits.push_back(read_split(root / name, name, classes));
  for (const Split& split : data.splits)
    if (split.x.shape.without_first() != data.splits[0].x.shape.without_first())
      throw Error(input + "/" + split.name + ": pictures of " + split.x.shape.without_first().text() + ", expected " + data.sample_shape().text() + " as in " + data.splits[0].name);
  if (std::ranges::any_of(data.splits, [](const Split& s) { return !s.labels.empty(); }))
    for (const auto& entry : classes) data.classes.push_back(entry.second);
  return data;
}

/// A class name as a folder: separators and control bytes replaced, no leading dot, kept apart from its fellows.
ClassFolders folders_for(const std::vector<std::string>& classes) {
  ClassFolders folders;
  for (const std::string& name : classes) {
    std::string folder;
    for (const char c : name) folder += c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    if (folder.empty() || folder.front() == '.') folder.insert(0, "_");
    folder.resize(std::min<size_t>(folder.size(), 200));
    while (std::ranges::find(folders, folder, &ClassFolders::value_type::first) != folders.end()) folder += '_';
    folders.emplace_back(folder, name);
  }
  return folders;
}

std::vector<ForeignFile> write_pictures(const Dataset& data, const FormatOptions& options) {
  const ClassFolders classes = folders_for(data.classes);
  std::vector<ForeignFile> files;
  for (const Split& split : data.splits) {
    if (!options.split.empty() && split.name != options.split) continue;
    if (!split.is_images() || split.x.type != h5::Type::u8)
      throw Error("split " + split.name + " holds features of shape " + split.x.shape.text() + ", not images: write csv or npz");
    const Shape shape = split.x.shape.without_first();
    const auto size = static_cast<size_t>(shape.count());
    for (size_t i = 0; i < static_cast<size_t>(split.size()); ++i) {
      std::string number = std::to_string(i);
      number.insert(0, 6 - std::min<size_t>(6, number.size()), '0');
      const std::string folder = split.labels.empty() ? "" : classes.at(static_cast<size_t>(split.labels[i])).first + "/";
      files.push_back({split.name + "/" + folder + number + ".png", write_png(shape, split.x.as<uint8_t>().subspan(i * size, size))});
    }
  }
  if (files.empty()) (void)data.at(options.split);  // names the splits there are
  std::string list;
  for (const auto& [folder, name] : classes) list += folder + "\t" + field_text(name, '\t') + "\n";
  const auto bytes = std::as_bytes(std::span(list));
  if (!list.empty()) files.push_back({"classes.txt", {bytes.begin(), bytes.end()}});
  return files;
}
}  // namespace

extern const FormatType png_format;
const FormatType png_format{
    .name = "png",
    .summary = "a folder of PNG pictures, one sub-folder a class (below train, val, test if there are several splits)",
    .suffixes = {},
    .folder = true,
    .read_options = {"split"},
    .write_options = {"split"},
    .read = read_pictures,
    .write = write_pictures,
    .write_table = nullptr,
};

}  // namespace nn

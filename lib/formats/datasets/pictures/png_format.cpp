// SPDX-License-Identifier: MIT
// Folders of PNG pictures: what is read, formats/picture_dataset.h; written is SPLIT/CLASS/NUMBER.png and classes.txt.
#include <algorithm>
#include <unordered_set>

#include "base/log.h"
#include "data/split_names.h"
#include "formats/datasets/labels.h"
#include "formats/datasets/pictures/picture_dataset.h"
#include "formats/datasets/pictures/picture_folder.h"
#include "formats/datasets/pictures/png_image.h"
#include "formats/format.h"

namespace nn {
namespace {
/// Folder of each class, with the name that it stands for.
using ClassFolders = std::vector<std::pair<std::string, std::string>>;

/// A class name as a folder: separators and control bytes replaced, no leading dot, different from those of the other
/// classes.
ClassFolders folders_for(const std::vector<std::string>& classes) {
  ClassFolders folders;
  std::unordered_set<std::string> taken;
  for (const std::string& name : classes) {
    std::string folder;
    for (const char c : name)
      folder += c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    if (folder.empty() || is_system_name(folder)) folder.insert(0, "_");
    folder.resize(std::min<size_t>(folder.size(), 200));
    std::string one = folder;
    for (size_t n = 2; !taken.insert(one).second; ++n) one = folder + "_" + std::to_string(n);
    folders.emplace_back(one, name);
  }
  return folders;
}

/// The classes, or their numbers where labels have no names.
std::vector<std::string> names_of_classes(const Dataset& data) {
  if (!data.classes.empty()) return data.classes;
  int64_t count = 0;
  for (const Split& split : data.splits)
    for (const int32_t label : split.labels()) count = std::max(count, int64_t{label} + 1);
  if (count > static_cast<int64_t>(most_classes))
    throw Error("labels without names go up to " + std::to_string(count - 1) +
                ", at most 65,536 folders of classes are written");
  std::vector<std::string> names;
  for (int64_t k = 0; k < count; ++k) names.push_back(std::to_string(k));
  return names;
}

std::string file_name(size_t row, size_t rows) {
  const size_t digits = std::max<size_t>(6, std::to_string(rows).size());
  std::string number = std::to_string(row);
  return number.insert(0, digits - number.size(), '0') + ".png";
}

void write_split(const Split& split, const ClassFolders& classes, PixelRange range, std::vector<ForeignFile>& files) {
  if (!split.is_images() || split.x().type != h5::Type::u8)
    throw Error("split " + split.name + " holds " +
                (split.is_images() ? "images of float32" : "features of shape " + split.x().shape.text()) +
                ", not images of bytes: write csv or npz");
  const std::span<const int32_t> labels = split.labels();
  const Shape shape = split.x().shape.without_first();
  const auto size = static_cast<size_t>(shape.count()), rows = static_cast<size_t>(split.size());
  for (size_t i = 0; i < rows; ++i) {
    const std::string folder = labels.empty() ? "" : classes.at(static_cast<size_t>(labels[i])).first + "/";
    files.push_back({split.name + "/" + folder + file_name(i, rows),
                     write_png(shape, split.x().as<uint8_t>().subspan(i * size, size), range)});
  }
}

std::vector<ForeignFile> write_pictures(const Dataset& data, const PictureOptions& options) {
  const ClassFolders classes = folders_for(names_of_classes(data));
  const PixelRange range{static_cast<int>(data.valid_min), static_cast<int>(data.valid_max)};
  std::vector<ForeignFile> files;
  bool usual_names = true, targets = false;
  for (const Split& split : data.splits) {
    if (!options.split.empty() && split.name != options.split) continue;
    write_split(split, classes, range, files);
    usual_names = usual_names && split_for(split.name) == split.name;
    targets = targets || split.targets().shape.rank() != 0;
  }
  if (files.empty()) (void)data.at(options.split);  // names the splits there are
  if (targets) options.warning("PNG holds no targets: they are not written");
  std::string list;
  for (const auto& [folder, name] : classes) {
    list += folder + "\t" + listed_name(name) + "\n";
  }
  const auto bytes = std::as_bytes(std::span(list));
  // Without labels an empty list says that the folders are splits, where their names do not.
  if (!list.empty() || !usual_names) files.push_back({"classes.txt", {bytes.begin(), bytes.end()}});
  return files;
}
}  // namespace

void PictureOptions::declare_reading(OptionSet& set) {
  set.add("depth", depth, "BITS",
          "8: samples of 16 bits in pictures are divided by 257; not given: values above 255 are refused")
      .one_of({"8"});
  set.add("color", color, "MODE",
          "make all pictures gray or rgb; not given: as they are, and gray beside colored ones are refused")
      .one_of({"gray", "rgb"});
  set.add("background", background, "COLOR",
          "what shows through transparent pictures: white, #ff8000, 255,128,0 or 128; none: the colors as they are "
          "stored; not given: transparency is refused");
  declare_writing(set);
}

namespace {
using namespace std::string_view_literals;
bool is_picture(std::string_view start) {
  return start.starts_with("\x89PNG"sv) || start.starts_with("\xff\xd8\xff"sv);
}
const Content picture_content{.begins = is_picture, .refusal = "one picture; a folder of PNG pictures is a dataset"};
}  // namespace

extern const DatasetFormat png_format;
const DatasetFormat png_format{
    .name = "png",
    .summary = "a folder of PNG pictures, one subfolder per class (below train, val, test if there are several splits)",
    .suffixes = {},
    .folder = true,
    .text = false,
    .content = &picture_content,
    .reader = reader_with<PictureOptions, read_pictures>,
    .writer = writer_with<PictureOptions, write_pictures>,
};

}  // namespace nn

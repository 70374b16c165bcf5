// SPDX-License-Identifier: MIT
#include "formats/datasets/pictures/picture_dataset.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/log.h"
#include "base/text/names.h"
#include "base/text/split.h"
#include "base/text/utf8.h"
#include "data/rows.h"
#include "data/split_names.h"
#include "formats/datasets/pictures/picture_folder.h"
#include "formats/datasets/pictures/png_image.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

/// Folder names of the classes in order, with the names they stand for.
using ClassFolders = std::vector<std::pair<std::string, std::string>>;

ClassFolders read_class_list(const fs::path& file, const Budget& budget) {
  if (fs::symlink_status(file).type() != fs::file_type::regular)
    throw Error(printable(file.string()) + ": expected a regular file");
  const std::vector<std::byte> bytes = h5::read_bytes(file.string(), budget);
  const std::string_view text = without_mark({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  ClassFolders classes;
  for (std::string_view line : split_at(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    classes.emplace_back(line.substr(0, tab), tab == std::string_view::npos ? line : line.substr(tab + 1));
    if (classes.size() > most_classes) throw Error(printable(file.string()) + ": more than 65,536 classes");
  }
  return classes;
}

/// All that is known while a folder is read.
struct Reading {
  const PictureOptions& options;
  PngOptions png;
  LeftOut left_out;
  ClassFolders classes;
  std::unordered_map<std::string, int32_t> label_of;  ///< by folder
  int64_t channels = 0;                               ///< that all pictures get; 0: those that they have
  Shape shape;                                        ///< of the first picture
  std::string first;                                  ///< its file
  size_t pictures_of_16_bit = 0, with_alpha = 0, animated = 0;
  std::string first_animated;
  size_t kept_16_bit = 0;  ///< pictures of 16 bits whose values were small enough

  Reading(const fs::path& root, const PictureOptions& o) : options(o), left_out(root) {
    png.scale_to_8 = o.depth == "8";
    png.ignore_alpha = o.background == "none";
    if (!o.background.empty() && !png.ignore_alpha)
      png.background = in_context("--background", [&] { return parse_colour(o.background); });
    png.budget = o.budget;
    if (!o.color.empty()) channels = o.color == "rgb" ? 3 : 1;
  }
  void set_classes(ClassFolders list) {
    classes = std::move(list);
    for (const auto& [folder, name] : classes)
      if (!label_of.emplace(folder, static_cast<int32_t>(label_of.size())).second)
        throw Error("classes.txt: the folder '" + printable(folder) + "' stands twice");
  }
};

class SplitReader {
 public:
  SplitReader(Split& split, Reading& reading, size_t pictures)
      : split_(split), reading_(reading), pictures_(pictures) {}

  void add(const fs::path& file) {
    PngImage image = in_context(printable(file.string()), [&] {
      return read_png(h5::read_bytes(file.string(), reading_.options.budget), reading_.png);
    });
    if (reading_.channels) change_channels(image, reading_.channels);
    if (count_ == 0) start(image, file.string());
    check_shape(image.shape, file.string());
    if (image.is_16_bit != is_16_bit_ && !reading_.png.scale_to_8)
      throw Error(printable(file.string()) + ": samples of " + (image.is_16_bit ? "16" : "8") + " bits, but not in " +
                  printable(first_) + ": --depth 8 divides all samples of 16 bits by 257");
    if (image.range != range_)
      throw Error(printable(file.string()) + ": values from " + std::to_string(image.range.low) + " to " +
                  std::to_string(image.range.high) + ", expected " + std::to_string(range_.low) + " to " +
                  std::to_string(range_.high) + " as " + printable(first_));
    reading_.pictures_of_16_bit += image.is_16_bit;
    reading_.with_alpha += image.has_alpha;
    if (image.is_animated && reading_.animated++ == 0) reading_.first_animated = file.string();
    reading_.kept_16_bit += image.is_16_bit && !reading_.png.scale_to_8;
    const auto values = std::as_bytes(std::span(image.pixels));
    x_.bytes.insert(x_.bytes.end(), values.begin(), values.end());
    ++count_;
  }
  PixelRange finish() {
    x_.type = h5::Type::u8;
    x_.shape = shape_.with_batch(count_);
    split_.set_samples(std::move(x_));
    split_.number_rows();
    return range_;
  }

 private:
  /// All splits have pictures of one shape.
  void check_shape(const Shape& shape, const std::string& file) {
    if (reading_.first.empty()) reading_.first = file, reading_.shape = shape;
    if (shape == reading_.shape) return;
    const bool only_color = shape.rank() == 3 && shape[1] == reading_.shape[1] && shape[2] == reading_.shape[2];
    throw Error(printable(file) + ": a picture of " + shape.text() + ", expected " + reading_.shape.text() +
                " (channels, height, width) as " + printable(reading_.first) +
                (only_color ? "; --color rgb or --color gray makes all pictures alike"
                            : "; give all pictures one size first, for example with 'mogrify -resize WxH! *.png'"));
  }

  void start(const PngImage& image, const std::string& file) {
    shape_ = image.shape;
    first_ = file;
    is_16_bit_ = image.is_16_bit;
    range_ = image.range;
    reading_.png.budget.ask_product({pictures_, image.pixels.size()},
                                    std::to_string(pictures_) + " pictures of " + shape_.text());
    x_.bytes.reserve(pictures_ * image.pixels.size());
  }

  Split& split_;
  Reading& reading_;
  h5::Array x_;
  int64_t count_ = 0;
  size_t pictures_;
  Shape shape_;
  std::string first_;
  bool is_16_bit_ = false;
  PixelRange range_;
};

Error no_pictures(const fs::path& folder, const Reading& reading) {
  const std::string left_out = reading.left_out.text();
  return Error(
      printable(folder.string()) + ": no PNG pictures" + (left_out.empty() ? "" : "; left out: " + left_out) +
      (reading.left_out.count(LeftOut::other_picture) ? "; ImageMagick makes PNG of others: mogrify -format png" : ""));
}

Split read_split(const fs::path& folder, const std::string& name, Reading& reading, Dataset& data) {
  Split split;
  split.name = name;
  const PictureFolder found = list_pictures(folder, reading.left_out, reading.png.budget);
  if (!found.folders.empty() && !found.pictures.empty())
    throw Error(printable(folder.string()) +
                ": pictures beside folders of classes; put every picture into the folder of its class");
  // By file name first: what nn-convert wrote comes back in its own order, and no class comes in one block.
  std::vector<std::pair<std::string, const std::string*>> order;
  for (const std::string& sub : found.folders) {
    const PictureFolder pictures = list_pictures(folder / sub, reading.left_out, reading.png.budget);
    if (!reading.label_of.contains(sub))
      throw Error(printable((folder / sub).string()) + ": this class is not in classes.txt");
    for (const std::string& below : pictures.folders) count_below(folder / sub / below, reading.left_out);
    for (const std::string& picture : pictures.pictures) order.emplace_back(picture, &sub);
    reading.png.budget.ask(order.size() * 64, printable(folder.string()) + ": a list of its pictures");
  }
  std::ranges::sort(
      order, [](const auto& a, const auto& b) { return std::tie(a.first, *a.second) < std::tie(b.first, *b.second); });
  SplitReader reader(split, reading, found.pictures.size() + order.size());
  for (const std::string& picture : found.pictures) reader.add(folder / picture);
  std::vector<int32_t> labels;
  for (const auto& [picture, sub] : order) {
    reader.add(folder / *sub / picture);
    labels.push_back(reading.label_of.at(*sub));
  }
  if (found.pictures.empty() && order.empty()) throw no_pictures(folder, reading);
  const PixelRange range = reader.finish();
  split.set("labels", labels);
  if (!data.splits.empty() && (range.low != data.valid_min || range.high != data.valid_max))
    throw Error(printable(folder.string()) + ": pixels from " + std::to_string(range.low) + " to " +
                std::to_string(range.high) + ", but not in " + data.splits.front().name);
  data.valid_min = range.low;
  data.valid_max = range.high;
  return split;
}

/// Folders of splits, by the names that splits have here; empty when the folders are classes.
std::vector<std::pair<std::string, std::string>> splits_of(const fs::path& root, const PictureFolder& top,
                                                           Reading& reading, bool listed) {
  std::vector<std::pair<std::string, std::string>> splits;  // split, folder
  std::vector<std::string> classes, others;
  bool deep = false;  // folders of splits hold folders of classes
  bool ours = true;   // as nn-convert writes splits under whatever names: SPLIT/LISTED-CLASS
  for (const std::string& folder : top.folders) {
    const std::string split = split_for(folder);
    if (split.empty())
      others.push_back(folder);
    else
      splits.emplace_back(split, folder);
    LeftOut ignored(root);
    const PictureFolder inside = list_pictures(root / folder, ignored, reading.png.budget);
    if (inside.folders.empty() && reading.label_of.contains(folder)) classes.push_back(folder);
    deep = deep || (!split.empty() && !inside.folders.empty());
    const bool all_listed = !inside.folders.empty() && std::ranges::all_of(inside.folders, [&](const std::string& sub) {
      return reading.label_of.contains(sub);
    });
    ours = ours && (all_listed || reading.classes.empty());
  }
  if (listed && classes.empty() && ours)
    for (const std::string& folder : others) splits.emplace_back(folder, folder);
  else if (splits.empty() || (listed && !deep && !classes.empty()) || (!others.empty() && !deep))
    return {};
  else if (!others.empty())
    throw Error(printable(root.string()) + ": folders of splits beside " + quoted_list(others) +
                "; the names of splits are " + split_names_text());
  else if (!listed && !deep)
    reading.options.note("the folders " + quoted_list(top.folders) +
                         " are taken for splits without labels; a list in classes.txt would make them classes");
  std::ranges::sort(splits);
  for (size_t i = 1; i < splits.size(); ++i)
    if (splits[i].first == splits[i - 1].first)
      throw Error(printable(root.string()) + ": the folders '" + splits[i - 1].second + "' and '" + splits[i].second +
                  "' are both the split " + splits[i].first);
  if (!reading.options.split.empty()) {
    std::erase_if(splits, [&](const auto& entry) {
      return entry.first != reading.options.split && entry.second != reading.options.split;
    });
    if (splits.empty())
      throw Error(printable(root.string()) + ": no folder for the split '" + printable(reading.options.split) +
                  "', only " + quoted_list(top.folders));
  }
  return splits;
}

void find_classes(const fs::path& root, const PictureFolder& top,
                  const std::vector<std::pair<std::string, std::string>>& splits, Reading& reading) {
  std::set<std::string> names;
  if (splits.empty()) names.insert(top.folders.begin(), top.folders.end());
  LeftOut ignored(root);
  for (const auto& entry : splits)
    for (const std::string& sub : list_pictures(root / entry.second, ignored, reading.png.budget).folders)
      names.insert(sub);
  if (names.size() > most_classes)
    throw Error(printable(root.string()) + ": " + std::to_string(names.size()) +
                " folders, at most 65,536 classes are possible");
  ClassFolders classes;
  for (const std::string& name : names) classes.emplace_back(name, name);
  reading.set_classes(std::move(classes));
}

void report(const fs::path& root, const Dataset& data, const Reading& reading, bool listed) {
  if (reading.png.scale_to_8 && reading.pictures_of_16_bit == 0)
    throw UsageError("--depth 8 has no effect: no picture has samples of 16 bits");
  if (!reading.options.background.empty() && reading.with_alpha == 0)
    throw UsageError("--background " + reading.options.background + " has no effect: no picture is transparent");
  const std::string left_out = reading.left_out.text();
  if (!left_out.empty()) reading.options.warning(printable(root.string()) + ": left out: " + left_out);
  if (reading.animated)
    reading.options.warning(
        std::to_string(reading.animated) +
        (reading.animated > 1 ? " pictures are animations, of which" : " picture is an animation, of which") +
        " the first frame is taken (" + printable(reading.first_animated) + ")");
  if (reading.kept_16_bit)
    reading.options.note(std::to_string(reading.kept_16_bit) +
                         " pictures have samples of 16 bits, all of them at most 255: the values are kept (--depth 8 "
                         "would divide them by 257)");
  std::vector<bool> seen(data.classes.size());
  for (const Split& split : data.splits)
    for (const int32_t label : split.labels()) seen.at(static_cast<size_t>(label)) = true;
  std::vector<std::string> empty;
  for (size_t k = 0; k < seen.size(); ++k)
    if (!seen[k]) empty.push_back(data.classes[k]);
  if (!empty.empty() && !listed && reading.options.split.empty())
    reading.options.warning("classes without a picture: " + quoted_list(empty));
}

}  // namespace

Dataset read_pictures(const std::string& input, const PictureOptions& options) {
  if (input == "-" || !fs::is_directory(input))
    throw Error(input + ": expected a folder of pictures, one sub-folder a class");
  fs::path root = fs::path(input).lexically_normal();
  if (!root.has_filename() && root.has_relative_path()) root = root.parent_path();
  Reading reading(root, options);
  PictureFolder top = list_pictures(root, reading.left_out, options.budget);
  const bool listed = fs::symlink_status(root / "classes.txt").type() != fs::file_type::not_found;
  if (listed) reading.set_classes(read_class_list(root / "classes.txt", options.budget));
  const auto splits = splits_of(root, top, reading, listed);
  if (!listed) find_classes(root, top, splits, reading);
  Dataset data;
  reading.left_out = LeftOut(root);  // the reading itself counts again
  if (splits.empty())
    data.splits.push_back(read_split(root, options.split.empty() ? "train" : options.split, reading, data));
  else
    (void)list_pictures(root, reading.left_out, options.budget);
  if (!splits.empty() && !top.pictures.empty())
    throw Error(printable(root.string()) +
                ": pictures beside folders of splits; put every picture into the folder of its class");
  for (const auto& [name, folder] : splits) data.splits.push_back(read_split(root / folder, name, reading, data));
  sort_splits(data);
  for (const Split& split : data.splits)
    if (split.x().shape.without_first() != data.splits[0].x().shape.without_first())
      throw Error(printable(input) + "/" + split.name + ": pictures of " + split.x().shape.without_first().text() +
                  ", expected " + data.sample_shape().text() + " as in " + data.splits[0].name);
  if (std::ranges::any_of(data.splits, [](const Split& s) { return !s.labels().empty(); }))
    for (const auto& entry : reading.classes) data.classes.push_back(entry.second);
  report(root, data, reading, listed);
  return data;
}

}  // namespace nn

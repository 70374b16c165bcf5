// SPDX-License-Identifier: MIT
#include "formats/datasets/pictures/picture_dataset.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "formats/datasets/folders/class_tree.h"
#include "formats/datasets/pictures/png_image.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

bool is_other_picture(std::string_view suffix) {
  constexpr std::string_view known[] = {".jpg", ".jpeg", ".jpe", ".jfif", ".bmp",  ".gif",  ".tif", ".tiff", ".webp",
                                        ".ppm", ".pgm",  ".pbm", ".pnm",  ".avif", ".heic", ".jp2", ".tga"};
  return std::ranges::find(known, suffix) != std::end(known);
}
constexpr SampleKind pictures{.suffix = ".png",
                              .sample = "picture",
                              .samples = "pictures",
                              .files = "PNG pictures",
                              .other = {"picture that is not PNG", "pictures that are not PNG"},
                              .unknown = {"file that is not a picture", "files that are not pictures"},
                              .hint = "ImageMagick makes PNG of others: mogrify -format png",
                              .is_other = is_other_picture};

/// All that is known while pictures are read.
struct Reading {
  const PictureOptions& options;
  PngOptions png;
  int64_t channels = 0;  ///< that all pictures get; 0: those that they have
  Shape shape;           ///< of the first picture
  std::string first;     ///< its file
  size_t pictures_of_16_bit = 0, with_alpha = 0, animated = 0;
  std::string first_animated;
  size_t kept_16_bit = 0;  ///< pictures of 16 bits whose values were small enough

  explicit Reading(const PictureOptions& o) : options(o) {
    png.scale_to_8 = o.depth == "8";
    png.ignore_alpha = o.background == "none";
    if (!o.background.empty() && !png.ignore_alpha)
      png.background = in_context("--background", [&] { return parse_colour(o.background); });
    png.budget = o.budget;
    if (!o.color.empty()) channels = o.color == "rgb" ? 3 : 1;
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

Split read_split(const SplitFiles& files, Reading& reading, Dataset& data) {
  Split split;
  split.name = files.name;
  SplitReader reader(split, reading, files.files.size());
  for (const SampleFile& file : files.files) reader.add(file.path);
  const PixelRange range = reader.finish();
  split.set("labels", files.labels());
  if (!data.splits.empty() && (range.low != data.valid_min || range.high != data.valid_max))
    throw Error(printable(files.folder.string()) + ": pixels from " + std::to_string(range.low) + " to " +
                std::to_string(range.high) + ", but not in " + data.splits.front().name);
  data.valid_min = range.low;
  data.valid_max = range.high;
  return split;
}

void report(const Reading& reading) {
  if (reading.png.scale_to_8 && reading.pictures_of_16_bit == 0)
    throw UsageError("--depth 8 has no effect: no picture has samples of 16 bits");
  if (!reading.options.background.empty() && reading.with_alpha == 0)
    throw UsageError("--background " + reading.options.background + " has no effect: no picture is transparent");
  if (reading.animated)
    reading.options.warning(
        std::to_string(reading.animated) +
        (reading.animated > 1 ? " pictures are animations, of which" : " picture is an animation, of which") +
        " the first frame is taken (" + printable(reading.first_animated) + ")");
  if (reading.kept_16_bit)
    reading.options.note(std::to_string(reading.kept_16_bit) +
                         " pictures have samples of 16 bits, all of them at most 255: the values are kept (--depth 8 "
                         "would divide them by 257)");
}

}  // namespace

Dataset read_pictures(const std::string& input, const PictureOptions& options) {
  Reading reading(options);
  const ClassTree tree = read_class_tree(input, pictures, options.split, options);
  Dataset data;
  for (const SplitFiles& files : tree.splits) data.splits.push_back(read_split(files, reading, data));
  data.classes = tree.classes;
  report(reading);
  return data;
}

}  // namespace nn

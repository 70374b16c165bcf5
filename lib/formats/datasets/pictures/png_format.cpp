// SPDX-License-Identifier: MIT
// Folders of PNG pictures: what is read, formats/picture_dataset.h; written is SPLIT/CLASS/NUMBER.png and classes.txt.
#include "formats/datasets/folders/class_folders.h"
#include "formats/datasets/pictures/picture_dataset.h"
#include "formats/datasets/pictures/png_image.h"
#include "formats/format.h"

namespace nn {
namespace {
void check_pictures(const Split& split) {
  if (!split.is_images() || split.x().type != h5::Type::u8)
    throw Error("split " + split.name + " holds " +
                (split.is_images() ? "images of float32" : "features of shape " + split.x().shape.text()) +
                ", not images of bytes: write csv or npz");
}

std::vector<ForeignFile> write_pictures(const Dataset& data, const PictureOptions& options) {
  const PixelRange range{static_cast<int>(data.valid_min), static_cast<int>(data.valid_max)};
  bool targets = false;
  const std::vector<ForeignFile> files = sample_files(data, options.split, ".png", [&](const Split& split, size_t row) {
    if (row == 0) check_pictures(split);
    targets = targets || split.targets().shape.rank() != 0;
    const Shape shape = split.x().shape.without_first();
    const auto size = static_cast<size_t>(shape.count());
    return write_png(shape, split.x().as<uint8_t>().subspan(row * size, size), range);
  });
  if (targets) options.warning("PNG holds no targets: they are not written");
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

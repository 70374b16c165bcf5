// SPDX-License-Identifier: MIT
#include <zlib.h>

#include <algorithm>
#include <fstream>

#include "base/text/split.h"
#include "catch.h"
#include "formats/datasets/pictures/png_image.h"
#include "paths.h"
#include "sample_data.h"
#include "split_values.h"
#include "told.h"

using namespace nn;
using namespace nn_test;

namespace {
std::string png_text(const Shape& shape, uint8_t value) {
  const std::vector<uint8_t> pixels(static_cast<size_t>(shape.count()), value);
  const std::vector<std::byte> bytes = write_png(shape, pixels);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Dataset read(const Folder& folder) { return Format("png").read(folder / "", {}); }
}  // namespace

TEST_CASE("png: damaged pictures are refused, whichever byte is missing or flipped") {
  const std::string good = png_text({3, 5, 4}, 77);
  const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  CHECK(read_png(bytes(good)).shape == Shape{3, 5, 4});
  for (size_t n = 0; n + 1 < good.size(); ++n) CHECK_THROWS_AS(read_png(bytes(good.substr(0, n))), Error);
  size_t refused = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x11);
    INFO("byte " << at);
    try {
      const PngImage read = read_png(bytes(bad));
      CHECK(read.shape == Shape{3, 5, 4});  // a byte without meaning changes nothing
      CHECK(read.pixels == std::vector<uint8_t>(60, 77));
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > good.size() / 2);
}

TEST_CASE("png: a folder a class, pictures of one size") {
  const Folder folder;
  folder.put("dog/2.png", png_text({1, 3, 2}, 9));
  folder.put("cat/1.png", png_text({1, 3, 2}, 7));
  folder.put("cat/readme.txt", "not a picture");
  const Dataset d = read(folder);
  CHECK(d.classes == std::vector<std::string>{"cat", "dog"});
  CHECK(labels_of(d.splits[0]) == std::vector<int32_t>{0, 1});
  CHECK(d.splits[0].x().shape == Shape{2, 1, 3, 2});
  folder.put("dog/3.png", png_text({1, 3, 3}, 9));
  CHECK_THROWS_WITH(read(folder), Contains("3.png") && Contains("1x3x3") && Contains("1x3x2"));
}

TEST_CASE("png: colored pictures beside gray ones are refused, or all are made alike") {
  const Folder folder;
  folder.put("train/a/1.png", png_text({1, 1, 2}, 9));
  folder.put("train/b/1.png", png_text({1, 1, 2}, 200));
  const std::vector<uint8_t> red{255, 255, 0, 0, 0, 0};  // two pixels
  folder.put("test/b/1.png", write_png({3, 1, 2}, red));
  CHECK_THROWS_WITH(read(folder), Contains("test/b/1.png: a picture of 3x1x2, expected 1x1x2") && Contains("as ") &&
                                      Contains("train/a/1.png;") && Contains("--color rgb or --color gray"));
  const Format png("png");
  Told options;
  options.color = "rgb";
  const Dataset rgb = png.read(folder / "", options);
  const auto x = rgb.at("train").x().as<uint8_t>(), y = rgb.at("test").x().as<uint8_t>();
  CHECK(rgb.at("train").x().shape == Shape{2, 3, 1, 2});
  CHECK(std::vector<uint8_t>(x.begin(), x.end()) ==
        std::vector<uint8_t>{9, 9, 9, 9, 9, 9, 200, 200, 200, 200, 200, 200});
  CHECK(std::vector<uint8_t>(y.begin(), y.end()) == red);
  options.color = "gray";
  const Dataset gray = png.read(folder / "", options);
  CHECK(gray.at("test").x().shape == Shape{1, 1, 1, 2});
  CHECK(gray.at("test").x().as<uint8_t>()[0] == 76);  // as Pillow
  CHECK(gray.at("train").x().as<uint8_t>()[2] == 200);
}

TEST_CASE("png: classes.txt orders the classes; color among gray is refused") {
  const Folder folder;
  folder.put("train/a/1.png", png_text({1, 2, 2}, 9));
  folder.put("test/b/1.png", png_text({1, 2, 2}, 9));
  folder.put("classes.txt", "b\tBee\na\n");
  const Dataset d = read(folder);
  CHECK(d.classes == std::vector<std::string>{"Bee", "a"});
  CHECK(labels_of(d.at("train")) == std::vector<int32_t>{1});
  folder.put("test/b/2.png", png_text({3, 2, 2}, 9));
  CHECK_THROWS_WITH(read(folder), Contains("3x2x2"));
  const Folder empty;
  CHECK_THROWS_WITH(read(empty), Contains("no PNG"));
}

namespace {
/// Rows of tests/golden/png/pictures.tsv.
std::vector<std::vector<std::string>> recorded_pictures() {
  std::ifstream in(nn_test::source_folder() + "/tests/golden/png/pictures.tsv");
  std::string line;
  std::getline(in, line);
  REQUIRE_THAT(line, Contains("# Pillow"));
  std::vector<std::vector<std::string>> rows;
  while (std::getline(in, line)) {
    const auto fields = split_at(line, '\t');
    REQUIRE(fields.size() == 7);
    rows.emplace_back(fields.begin(), fields.end());
  }
  return rows;
}

std::vector<std::byte> bytes_of_hex(const std::string& text) {
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}
}  // namespace

TEST_CASE("png: every kind of picture has the values that Pillow gives") {
  const auto rows = recorded_pictures();
  CHECK(rows.size() == 34);
  for (const auto& fields : rows) {
    INFO(fields[0]);
    const std::vector<std::byte> bytes = bytes_of_hex(fields[6]);
    std::vector<uint8_t> values;
    for (const auto value : split_at(fields[5], ' '))
      values.push_back(static_cast<uint8_t>(std::stoi(std::string(value))));
    PngOptions options;
    options.scale_to_8 = fields[1] == "depth=8";
    options.ignore_alpha = fields[1] == "background=none";
    if (fields[1].starts_with("background=") && !options.ignore_alpha)
      options.background = parse_colour(std::string_view(fields[1]).substr(11));
    PngImage image = read_png(bytes, options);
    const bool channels = fields[1].starts_with("color=");
    if (channels) change_channels(image, fields[1] == "color=rgb" ? 3 : 1);
    CHECK(image.shape.text() == fields[2] + "x" + fields[3] + "x" + fields[4]);
    CHECK(image.pixels == values);
    if (fields[1] != "-" && !channels)
      CHECK_THROWS_WITH(read_png(bytes), Contains("--depth 8") || Contains("--background"));
  }
}

TEST_CASE("png: colours as people write them") {
  CHECK(parse_colour("white") == std::array<uint8_t, 3>{255, 255, 255});
  CHECK(parse_colour("#Ff8000") == std::array<uint8_t, 3>{255, 128, 0});
  CHECK(parse_colour("1,2,3") == std::array<uint8_t, 3>{1, 2, 3});
  CHECK(parse_colour("128") == std::array<uint8_t, 3>{128, 128, 128});
  for (const char* bad : {"", "256", "1,2", "#12345g", "blueish", "1,,2", "-1"})
    CHECK_THROWS_AS(parse_colour(bad), UsageError);
}

TEST_CASE("png: a header that promises more than the bytes or the budget hold is refused before memory is taken") {
  std::string large = png_text({1, 1000, 1000}, 3);
  PngOptions options;
  options.budget = Budget(1 << 20);
  CHECK_THROWS_WITH(read_png(std::as_bytes(std::span(large)), options),
                    Contains("1000x1000") && Contains("--max-memory"));
  std::string lie = png_text({1, 2, 2}, 3);  // 16384 x 16384, sum of the header put right
  const uint8_t header[17] = {'I', 'H', 'D', 'R', 0, 0, 64, 0, 0, 0, 64, 0, 8, 0, 0, 0, 0};
  lie.replace(12, 17, reinterpret_cast<const char*>(header), 17);
  const auto sum = static_cast<uint32_t>(crc32(0, header, 17));
  for (size_t i = 0; i < 4; ++i) lie[29 + i] = static_cast<char>(sum >> (24 - 8 * i) & 0xff);
  CHECK_THROWS_WITH(read_png(std::as_bytes(std::span(lie))), Contains("do not fit into"));
}

namespace {
std::string picture_of(PixelRange range) {
  const std::vector<uint8_t> pixels{0, 1, 2, 16};
  const std::vector<std::byte> bytes = write_png({1, 2, 2}, pixels, range);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
}  // namespace

TEST_CASE("png: the range of pixels travels in the picture") {
  const std::string picture = picture_of({0, 16});
  CHECK(read_png(std::as_bytes(std::span(picture))).range == PixelRange{0, 16});
  CHECK(picture_of({}).find("valid_range") == std::string::npos);
  Dataset data = image_data(1);
  data.valid_min = 0, data.valid_max = 254;
  for (Split& split : data.splits)
    for (uint8_t& v : split.samples()->values.as<uint8_t>()) v = std::min<uint8_t>(v, 254);
  const Folder folder;
  const Format png("png");
  write_foreign(folder / "out", png, png.write(data, {}), false);
  const Dataset back = png.read(folder / "out", {});
  CHECK(back.valid_max == 254);
  folder.put("out/train/ant/x.png", png_text({1, 4, 5}, 9));
  CHECK_THROWS_WITH(png.read(folder / "out", {}), Contains("x.png") && Contains("0 to 255"));
}

TEST_CASE("png: samples of 16 and 8 bits do not stand side by side") {
  const Folder folder;
  folder.put("a/1.png", png_text({1, 5, 7}, 9));
  for (const auto& fields : recorded_pictures())
    if (fields[0] == "16 bits, small values") folder.put("b/2.png", bytes_of_hex(fields[6]));
  CHECK_THROWS_WITH(read(folder), Contains("2.png") && Contains("16 bits") && Contains("--depth 8"));
}

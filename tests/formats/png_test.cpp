// SPDX-License-Identifier: MIT
#include "catch.h"
#include "paths.h"
#include "formats/png_image.h"
#include "sample_data.h"

using namespace nn;
using namespace nn_test;

namespace {
std::string png_text(const Shape& shape, uint8_t value) {
  const std::vector<uint8_t> pixels(static_cast<size_t>(shape.count()), value);
  const std::vector<std::byte> bytes = write_png(shape, pixels);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Dataset read(const Folder& folder) { return find_in(format_types(), "png", "format").read(folder / "", {}); }
}  // namespace

TEST_CASE("png: damaged pictures are refused, whichever byte is missing or flipped") {
  const std::string good = png_text({3, 5, 4}, 77);
  const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  CHECK(read_png(bytes(good)).shape == Shape{3, 5, 4});
  for (size_t n = 0; n + 1 < good.size(); ++n) CHECK_THROWS_AS(read_png(bytes(good.substr(0, n))), Error);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x11);
    try {
      (void)read_png(bytes(bad));
    } catch (const Error&) {
    }
  }
}

TEST_CASE("png: a folder a class, pictures of one size") {
  const Folder folder;
  folder.put("dog/2.png", png_text({1, 3, 2}, 9));
  folder.put("cat/1.png", png_text({1, 3, 2}, 7));
  folder.put("cat/readme.txt", "not a picture");
  const Dataset d = read(folder);
  CHECK(d.classes == std::vector<std::string>{"cat", "dog"});
  CHECK(d.splits[0].labels == std::vector<int32_t>{0, 1});
  CHECK(d.splits[0].x.shape == Shape{2, 1, 3, 2});
  folder.put("dog/3.png", png_text({1, 3, 3}, 9));
  CHECK_THROWS_WITH(read(folder), Contains("3.png") && Contains("1x3x3") && Contains("1x3x2"));
}

TEST_CASE("png: classes.txt orders the classes; colour among grey is refused") {
  const Folder folder;
  folder.put("train/a/1.png", png_text({1, 2, 2}, 9));
  folder.put("test/b/1.png", png_text({1, 2, 2}, 9));
  folder.put("classes.txt", "b\tBee\na\n");
  const Dataset d = read(folder);
  CHECK(d.classes == std::vector<std::string>{"Bee", "a"});
  CHECK(d.at("train").labels == std::vector<int32_t>{1});
  folder.put("test/b/2.png", png_text({3, 2, 2}, 9));
  CHECK_THROWS_WITH(read(folder), Contains("3x2x2"));
  const Folder empty;
  CHECK_THROWS_WITH(read(empty), Contains("no PNG"));
}

TEST_CASE("idx: the real test split of MNIST") {
  const std::string file = nn_test::data_folder() + "/datasets/mnist/t10k-images-idx3-ubyte.gz";
  if (!std::filesystem::exists(file)) NN_SKIP("no MNIST below " + nn_test::data_folder());
  const Dataset d = format_of(file)->read(file, {});
  REQUIRE(d.splits.size() == 1);
  CHECK(d.splits[0].name == "test");
  CHECK(d.splits[0].x.shape == Shape{10000, 1, 28, 28});
  CHECK(d.splits[0].labels[0] == 7);
  CHECK(d.class_count() == 10);
}

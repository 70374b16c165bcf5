// SPDX-License-Identifier: MIT
// Large datasets are read, inflated and summed by all processors: the same values as the library's own way, the sums
// that the library wrote, and damage anywhere in the chunks, their checksums included, is found.
#include <hdf5.h>

#include "base/error.h"
#include "base/rng.h"
#include "catch.h"
#include "files.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

using namespace nn;
using namespace nn::h5;
using files::Folder;

namespace {

/// 5 MB whose rows are no multiple of a chunk; compressible, but not to nothing.
Array rows() {
  const Shape shape{70001, 75};
  std::vector<uint8_t> values(static_cast<size_t>(shape.count()));
  std::vector<uint32_t> words(values.size());
  Philox(3, "chunks").words(words);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint8_t>(words[i] & 7U);
  return Array::of<uint8_t>(shape, std::span<const uint8_t>(values));
}

std::vector<std::byte> image_of(const Array& values, bool compress = true) {
  Writer w("dataset", "chunks", compress);
  w.dataset("/values", values);
  return w.finish();
}

}  // namespace

TEST_CASE("large compressed datasets read back, as a whole and by rows") {
  const Folder folder;
  const Array values = rows();
  files::put(folder / "d.h5", image_of(values));
  const Reader r = Reader::open(folder / "d.h5", "dataset");
  CHECK((r.read("/values").bytes == values.bytes));
  const Array last = r.read_rows("/values", 69990, 70001);  // the library's own way
  CHECK(std::equal(last.bytes.begin(), last.bytes.end(), values.bytes.begin() + 69990 * 75));
}

TEST_CASE("the sums of the chunks of a large dataset are the library's") {
  const Folder folder;
  for (const bool compress : {false, true})
    for (const int64_t columns : {74, 75})
      for (const int kind : {0, 1, 2}) {
        INFO("compressed " << compress << ", columns " << columns << ", kind of values " << kind);
        const Shape shape{70001, columns};
        std::vector<uint8_t> values(static_cast<size_t>(shape.count()), kind == 1 ? 255 : 0);
        if (kind == 2)
          for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint8_t>(i * 2654435761U >> 13);
        const std::vector<std::byte> image =
            image_of(Array::of<uint8_t>(shape, std::span<const uint8_t>(values)), compress);
        const Reader r = Reader::of_bytes(image, "d.h5");
        const Array read = r.read("/values");  // compared with its sum, too
        CHECK(std::equal(read.bytes.begin(), read.bytes.end(), std::as_bytes(std::span(values)).begin()));
      }
}

TEST_CASE("a flipped bit in the chunks of a large dataset is found") {
  const Folder folder;
  const std::vector<std::byte> good = image_of(rows());
  REQUIRE(good.size() > 1000000);
  std::vector<uint32_t> words(60);
  Philox(4, "flips").words(words);
  for (const uint32_t word : words) {
    const size_t place = good.size() / 4 + word % (good.size() / 2);  // the chunks are by far the most of the file
    std::vector<std::byte> bad = good;
    bad[place] ^= std::byte{static_cast<uint8_t>(1U << (word >> 29))};
    files::put(folder / "bad.h5", bad);
    INFO("byte " << place);
    CHECK_THROWS_AS(Reader::open(folder / "bad.h5", "dataset").read("/values"), Error);
  }
}

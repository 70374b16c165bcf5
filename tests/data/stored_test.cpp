// SPDX-License-Identifier: MIT
// Samples that stay in their file: the same values as in memory, an order that needs few blocks, damage that shows.
#include <fstream>
#include <numeric>
#include <set>

#include "base/error.h"
#include "catch.h"
#include "data/batches.h"
#include "data/dataset.h"
#include "data/stored_rows.h"
#include "folder.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;

namespace {

constexpr int64_t rows = 1000;

Dataset images() {
  Dataset data;
  data.classes = {"a", "b"};
  Split split;
  split.name = "train";
  split.set_samples(h5::Array(h5::Type::u8, {rows, 1, 16, 16}));
  uint32_t state = 1;
  for (uint8_t& v : split.samples()->values.as<uint8_t>())
    v = static_cast<uint8_t>((state = state * 1664525U + 1013904223U) >> 24);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < rows; ++i) labels.push_back(static_cast<int32_t>(i % 2));
  split.set("labels", labels);
  split.number_rows();
  data.splits.push_back(std::move(split));
  return data;
}

Dataset features() {
  Dataset data;
  Split split;
  split.name = "train";
  split.set_samples(h5::Array(h5::Type::f32, {rows, 64}));
  for (size_t i = 0; i < static_cast<size_t>(rows) * 64; ++i)
    split.samples()->values.as<float>()[i] = static_cast<float>(i) / 7;
  split.set("targets", h5::Array(h5::Type::f32, {rows, 1}));
  data.splits.push_back(std::move(split));
  return data;
}

constexpr const char* images_path = "/train/images";
/// Blocks of 64 samples, which is a chunk.
constexpr uint64_t little = uint64_t{8} * 64 * 256;

h5::Reader in_place(const std::string& file) { return h5::Reader::open(file, "dataset", Budget{}, true); }

std::vector<int64_t> in_order(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  return order;
}

}  // namespace

TEST_CASE("a file that stays where it is reads as one in memory", "[stored]") {
  const Folder folder;
  for (const bool compressed : {false, true})
    for (const Dataset& data : {images(), features()}) {
      const std::string file = folder.put("d.h5", write_dataset(data, {}, compressed));
      const h5::Reader stays = in_place(file), whole = h5::Reader::open(file);
      CHECK(stays.digest() == whole.digest());
      CHECK_NOTHROW(stays.verify());
      const Dataset read = read_dataset(stays);
      CHECK(read.splits[0].x().bytes == data.splits[0].x().bytes);
      CHECK(labels_of(read.splits[0]) == labels_of(data.splits[0]));
      const std::string path = data.splits[0].is_images() ? images_path : "/train/features";
      CHECK(stays.read_rows(path, 63, 130).bytes == whole.read_rows(path, 63, 130).bytes);
      CHECK(stays.has_chunk_sums(path));
    }
}

TEST_CASE("rows are gathered block by block, in any order", "[stored]") {
  const Folder folder;
  const Dataset data = images();
  const h5::Reader file = in_place(folder.put("d.h5", write_dataset(data, {}, true)));
  StoredRows stored(file, images_path, 0, 255, little);
  CHECK(stored.block_rows() == 64);
  const std::vector<int64_t> chosen{999, 0, 64, 1, 500, 999, 65, 300, 301, 700, 800, 2, 130, 200, 900, 440};
  std::vector<std::byte> out(chosen.size() * 256);
  stored.gather(chosen, out);
  for (size_t i = 0; i < chosen.size(); ++i)
    CHECK(std::equal(out.begin() + static_cast<std::ptrdiff_t>(i) * 256,
                     out.begin() + static_cast<std::ptrdiff_t>(i + 1) * 256,
                     data.splits[0].x().bytes.begin() + chosen[i] * 256));
}

TEST_CASE("batches of stored samples are those of samples in memory", "[stored]") {
  const Folder folder;
  for (const char* recipe : {"", "scale 0:1\n", "scale 0:1\nstandardize\nflatten\n"}) {
    Dataset data = images();
    data.prep.recipe = recipe;
    data.prep.mean = {0.5F}, data.prep.std = {0.25F};
    const h5::Reader file = in_place(folder.put("d.h5", write_dataset(data, {}, true)));
    Split stored = data.splits[0];
    stored.samples()->values.bytes.clear();
    stored.samples()->stored = std::make_shared<StoredRows>(file, images_path, 0, 255, little);
    Batches here(data.splits[0], data.prep, 0, 255, false), there(stored, data.prep, 0, 255, false);
    const std::vector<int64_t> chosen{5, 999, 64, 63, 512, 7};
    std::vector<float> x(chosen.size() * 256), y(x.size());
    here.fill(chosen, x, nullptr, nullptr);
    there.fill(chosen, y, nullptr, nullptr);
    CHECK(x == y);
    std::vector<std::byte> at(chosen.size() * 256), other(at.size());
    here.stored(chosen, at);
    there.stored(chosen, other);
    CHECK(at == other);
    CHECK(here.stored().size() == data.splits[0].x().bytes.size());
    CHECK(there.stored().empty());
    CHECK_THROWS_WITH(there.stored(std::vector<int64_t>{-1}, at), Contains("row -1"));
  }
}

TEST_CASE("an order by blocks is a permutation that needs few blocks at a time", "[stored]") {
  std::vector<int64_t> random = in_order(rows);
  uint32_t state = 7;
  for (size_t i = random.size(); i-- > 1;)
    std::swap(random[i], random[(state = state * 1664525U + 1013904223U) % (i + 1)]);
  const std::vector<int64_t> order = in_block_order(random, 10);
  CHECK(std::set<int64_t>(order.begin(), order.end()).size() == static_cast<size_t>(rows));
  CHECK(order != random);
  const int64_t group = 10 * StoredRows::blocks_held;
  for (int64_t first = 0; first < rows; first += group) {
    std::set<int64_t> blocks;
    for (int64_t i = first; i < std::min(first + group, rows); ++i) blocks.insert(order[static_cast<size_t>(i)] / 10);
    CHECK(blocks.size() <= static_cast<size_t>(StoredRows::blocks_held));
  }
  // Shuffled between blocks and within them.
  CHECK_FALSE(std::is_sorted(order.begin(), order.begin() + group));
  CHECK(order[0] / 10 == random[0] / 10);
  // All in memory at a time: the order itself.
  CHECK(in_block_order(random, rows / StoredRows::blocks_held) == random);
  CHECK(in_block_order(in_order(rows), 10) == in_order(rows));
}

TEST_CASE("damage of a file that stays where it is shows when its rows are read", "[stored]") {
  const Folder folder;
  const Dataset data = images();
  const std::vector<std::byte> good = write_dataset(data, {}, false);
  const auto& pixels = data.splits[0].x().bytes;
  const auto at = std::search(good.begin(), good.end(), pixels.begin() + 300 * 256, pixels.begin() + 301 * 256);
  REQUIRE(at != good.end());
  std::vector<std::byte> bad = good;
  bad[static_cast<size_t>(at - good.begin())] ^= std::byte{1};
  StoredRows stored(in_place(folder.put("bad.h5", bad)), images_path, 0, 255, little);
  std::vector<std::byte> out(256);
  CHECK_NOTHROW(stored.gather(std::vector<int64_t>{10}, out));
  CHECK_THROWS_WITH(stored.gather(std::vector<int64_t>{310}, out),
                    Contains("bad.h5") && Contains(images_path) && Contains("fletcher32"));
  CHECK_THROWS_AS(stored.verify(), Error);

  Sha256 sum;
  sum.add("other values");
  CHECK_THROWS_WITH(in_place(folder.put("d.h5", good)).check_sum(images_path, sum), Contains("nn_sha256"));

  // The file is cut while it is open.
  const std::string cut = folder.put("cut.h5", good);
  StoredRows shrinking(in_place(cut), images_path, 0, 255, little);
  std::filesystem::resize_file(cut, static_cast<uintmax_t>(at - good.begin()));
  CHECK_THROWS_WITH(shrinking.gather(std::vector<int64_t>{310}, out), Contains("cannot be read"));
}

TEST_CASE("stored values are checked as those in memory are", "[stored]") {
  const Folder folder;
  Dataset data = images();
  const h5::Reader file = in_place(folder.put("d.h5", write_dataset(data, {}, true)));
  StoredRows stored(file, images_path, 0, 100, little);
  std::vector<std::byte> out(256);
  CHECK_THROWS_WITH(stored.gather(std::vector<int64_t>{0}, out), Contains("valid range") && Contains("d.h5"));
}

TEST_CASE("a pass over all rows in their order compares the hash, and needs no other", "[stored]") {
  const Folder folder;
  const Dataset data = images();
  const std::string name = folder.put("d.h5", write_dataset(data, {}, false));
  std::vector<std::byte> out(256);
  StoredRows in_order(in_place(name), images_path, 0, 255, little), random(in_place(name), images_path, 0, 255, little);
  for (int64_t row = 0; row < rows; ++row) in_order.gather(std::vector<int64_t>{row}, out);
  for (int64_t row = rows; row-- > 0;) random.gather(std::vector<int64_t>{row}, out);
  std::filesystem::resize_file(name, 1000);
  CHECK_NOTHROW(in_order.verify());
  CHECK_THROWS_AS(random.verify(), Error);
}

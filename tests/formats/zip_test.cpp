// SPDX-License-Identifier: MIT
// Archives that lie about themselves.
#include "formats/zip.h"

#include <cstring>

#include "base/error.h"
#include "catch.h"

using namespace nn;

namespace {
std::vector<std::byte> bytes(const std::string& text) {
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}
size_t find(const std::vector<std::byte>& archive, const char* mark, size_t from = 0) {
  for (size_t i = from; i + 4 <= archive.size(); ++i)
    if (std::memcmp(archive.data() + i, mark, 4) == 0) return i;
  return archive.size();
}
constexpr const char* local = "PK\x03\x04";
constexpr const char* central = "PK\x01\x02";
}  // namespace

TEST_CASE("zip: only what is wanted is unpacked") {
  std::vector<std::byte> archive = write_zip({{"a.npy", bytes("first")}, {"b.txt", bytes("second")}});
  const size_t text = find(archive, "seco");
  archive.at(text) = std::byte{'X'};  // its CRC is wrong now
  CHECK_THROWS_AS(read_zip(archive), Error);
  const auto members = read_zip(archive, Budget{}, [](const std::string& name) { return name.ends_with(".npy"); });
  REQUIRE(members.size() == 1);
  CHECK(members[0].bytes == bytes("first"));
}

TEST_CASE("zip: the budget is asked for what is wanted, before it is unpacked") {
  const auto archive = write_zip({{"large", std::vector<std::byte>(3 << 20)}, {"small", bytes("x")}});
  CHECK_THROWS_WITH(read_zip(archive, Budget(1 << 20)), Contains("--max-memory"));
  CHECK(read_zip(archive, Budget{}, [](const std::string& name) { return name == "small"; }).size() == 1);
}

TEST_CASE("zip: a local header that differs from the directory, a lie about sizes and overlapping members are refused") {
  const auto good = write_zip({{"a", bytes("first")}, {"b", bytes("second")}});
  REQUIRE(read_zip(good).size() == 2);
  const auto changed = [&](size_t at, unsigned value) {
    std::vector<std::byte> bad = good;
    bad.at(at) = static_cast<std::byte>(value);
    return bad;
  };
  const size_t first = find(good, local), second = find(good, local, first + 4), listed = find(good, central), listed2 = find(good, central, listed + 4);
  CHECK_THROWS_AS(read_zip(changed(first + 30, 'z')), Error);    // another name in the local header
  CHECK_THROWS_AS(read_zip(changed(first + 8, 8)), Error);       // another method
  CHECK_THROWS_AS(read_zip(changed(first + 22, 99)), Error);     // another size
  CHECK_THROWS_AS(read_zip(changed(listed + 24, 99)), Error);    // in the directory
  CHECK_THROWS_AS(read_zip(changed(listed + 27, 0x40)), Error);  // a gigabyte of five bytes
  std::vector<std::byte> overlap = good;                         // both entries point to the first member
  std::memcpy(overlap.data() + listed2 + 42, overlap.data() + listed + 42, 4);
  CHECK_THROWS_AS(read_zip(overlap), Error);
  CHECK(second < listed);
}

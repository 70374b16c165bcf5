// SPDX-License-Identifier: MIT
// Archives that lie about themselves.
#include "data/zip.h"

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

void put(std::vector<std::byte>& to, uint64_t value, int size) {
  for (int i = 0; i < size; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
}
uint64_t number(const std::vector<std::byte>& from, size_t at, int size) {
  uint64_t value = 0;
  for (int i = 0; i < size; ++i) value |= std::to_integer<uint64_t>(from.at(at + static_cast<size_t>(i))) << (8 * i);
  return value;
}

/// The members of an archive with a directory of zip64, as it is written beyond 4 GB: sizes and places in extra fields
/// of 64 bits. Where they lie is asked of `place`, which is given the right one.
template <class Place>
std::vector<std::byte> with_zip64(const std::vector<std::byte>& plain, Place&& place) {
  constexpr size_t head = 46;
  const size_t start = find(plain, central);
  std::vector<std::byte> out(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(start));
  uint64_t members = 0;
  for (size_t at = start; std::memcmp(plain.data() + at, central, 4) == 0; ++members) {
    const size_t name = number(plain, at + 28, 2), extra = number(plain, at + 30, 2), size = head + name + extra;
    const size_t made = out.size();
    out.insert(out.end(), plain.begin() + static_cast<std::ptrdiff_t>(at),
               plain.begin() + static_cast<std::ptrdiff_t>(at + head + name));
    for (const size_t field : {20U, 21U, 22U, 23U, 24U, 25U, 26U, 27U, 42U, 43U, 44U, 45U})
      out[made + field] = std::byte{0xFF};
    out[made + 30] = std::byte{28};
    put(out, 1, 2), put(out, 24, 2);
    put(out, number(plain, at + 24, 4), 8), put(out, number(plain, at + 20, 4), 8),
        put(out, place(number(plain, at + 42, 4)), 8);
    at += size + number(plain, at + 32, 2);
  }
  const size_t end = out.size();
  put(out, 0x06064b50, 4), put(out, 44, 8), put(out, 45, 2), put(out, 45, 2), put(out, 0, 8), put(out, members, 8),
      put(out, members, 8);
  put(out, end - start, 8), put(out, start, 8);
  put(out, 0x07064b50, 4), put(out, 0, 4), put(out, end, 8), put(out, 1, 4);
  put(out, 0x06054b50, 4), put(out, 0, 4), put(out, 0xFFFF, 2), put(out, 0xFFFF, 2), put(out, 0xFFFFFFFF, 4),
      put(out, 0xFFFFFFFF, 4), put(out, 0, 2);
  return out;
}
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

TEST_CASE(
    "zip: a local header that differs from the directory, a lie about sizes and overlapping members are refused") {
  const auto good = write_zip({{"a", bytes("first")}, {"b", bytes("second")}});
  REQUIRE(read_zip(good).size() == 2);
  const auto changed = [&](size_t at, unsigned value) {
    std::vector<std::byte> bad = good;
    bad.at(at) = static_cast<std::byte>(value);
    return bad;
  };
  const size_t first = find(good, local), second = find(good, local, first + 4), listed = find(good, central),
               listed2 = find(good, central, listed + 4);
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

TEST_CASE("zip64: members are read, and members that overlap are refused as in a small archive") {
  const auto plain = write_zip({{"a", bytes("the same")}, {"b", bytes("the same")}});
  const auto good = read_zip(with_zip64(plain, [](uint64_t at) { return at; }));
  REQUIRE(good.size() == 2);
  CHECK(good[1].name == "b");
  CHECK(good[1].bytes == bytes("the same"));
  CHECK_THROWS_AS(read_zip(with_zip64(plain, [](uint64_t) { return uint64_t{0}; })),
                  Error);  // both are the first member
  CHECK_THROWS_AS(read_zip(with_zip64(plain, [](uint64_t at) { return at + (uint64_t{1} << 40); })), Error);
  CHECK_THROWS_AS(read_zip(with_zip64(plain, [](uint64_t) { return ~uint64_t{0}; })), Error);
  // The second member lies within the first one's bytes: each by itself is whole, and libzip has no objection.
  const auto inner = write_zip({{"b", bytes("inner")}});
  const std::vector<std::byte> stored(inner.begin(), inner.begin() + static_cast<std::ptrdiff_t>(find(inner, central)));
  const auto nested = write_zip({{"a", stored}, {"b", bytes("inner")}});
  const size_t within = find(nested, local, 4);
  CHECK_THROWS_WITH(read_zip(with_zip64(nested, [&](uint64_t at) { return at == 0 ? at : uint64_t{within}; })),
                    Contains("overlap"));
}

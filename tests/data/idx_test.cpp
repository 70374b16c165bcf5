// SPDX-License-Identifier: MIT
#include "data/idx.h"

#include "catch.h"
#include "data/gzip.h"

using namespace nn;

namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int v : values) bytes.push_back(static_cast<std::byte>(v));
  return bytes;
}

std::vector<std::byte> joined(std::vector<std::byte> a, const std::vector<std::byte>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::vector<std::byte> six = bytes_of({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255});

}  // namespace

TEST_CASE("IDX is read plain and compressed") {
  for (const auto& bytes : {six, gzip(six)}) {
    const h5::Array a = read_idx(bytes, "six");
    CHECK(a.type == h5::Type::u8);
    CHECK(a.shape == Shape{2, 3});
    CHECK(a.as<uint8_t>()[0] == 1);
    CHECK(a.as<uint8_t>()[5] == 255);
  }
}

TEST_CASE("IDX numbers are big-endian") {
  const h5::Array i = read_idx(bytes_of({0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 1, 2, 0xff, 0xff, 0xff, 0xfe}), "ints");
  CHECK(i.as<int32_t>()[0] == 258);
  CHECK(i.as<int32_t>()[1] == -2);
  const h5::Array f = read_idx(bytes_of({0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0}), "floats");
  CHECK(f.as<float>()[0] == 1.5F);
  const h5::Array d = read_idx(bytes_of({0, 0, 0x0e, 1, 0, 0, 0, 1, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0}), "doubles");
  CHECK(d.as<double>()[0] == -1.0);
}

TEST_CASE("IDX written is IDX read") {
  const auto same = [](const h5::Array& a) {
    const h5::Array b = read_idx(write_idx(a), "round trip");
    CHECK(b.type == a.type);
    CHECK(b.shape == a.shape);
    CHECK(b.bytes == a.bytes);
  };
  same(h5::Array::of(std::vector<uint8_t>{1, 2, 3}));
  same(h5::Array::of(std::vector<int32_t>{-1, 70000}));
  same(h5::Array::of(std::vector<float>{0.1F, -3e8F}));
  same(h5::Array::of(std::vector<double>{0.1, 1e-300}));
  CHECK(write_idx(read_idx(six, "six")) == six);
  CHECK_THROWS_WITH(write_idx(h5::Array::of(std::vector<int64_t>{1})), Contains("int64"));
}

TEST_CASE("bad IDX is refused with the reason") {
  const auto refused = [](const std::vector<std::byte>& bytes, const std::string& why) {
    CHECK_THROWS_WITH(read_idx(bytes, "bad"), Contains(why));
  };
  refused({}, "not an IDX file");
  refused(bytes_of({0, 0, 8}), "not an IDX file");
  refused(bytes_of({0x89, 'P', 'N', 'G'}), "starts with 89 50");
  refused(bytes_of({0, 0, 7, 1, 0, 0, 0, 0}), "type 0x07");
  refused(bytes_of({0, 0, 8, 0}), "rank 0");
  refused(bytes_of({0, 0, 8, 9}), "rank 9");
  refused(bytes_of({0, 0, 8, 2, 0, 0, 0, 1}), "header cut short");
  refused(joined(six, bytes_of({7})), "expected 18 bytes");
  refused(std::vector<std::byte>(six.begin(), six.end() - 1), "found 17");
  refused(bytes_of({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}), "");
  // A header that promises gigabytes is refused before memory is taken.
  refused(bytes_of({0, 0, 8, 2, 127, 255, 255, 255, 0, 0, 0, 2, 1}), "expected 4294967306 bytes");
  refused(gzip(bytes_of({0, 0, 8, 2, 127, 255, 255, 255, 0, 0, 0, 2, 1})), "more than");
}

TEST_CASE("bad gzip is refused with the reason") {
  const std::vector<std::byte> good = gzip(six);
  for (size_t n = 2; n < good.size(); ++n) {
    const std::vector<std::byte> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
    CHECK_THROWS_AS(read_idx(cut, "cut"), Error);
  }
  CHECK_THROWS_WITH(read_idx(joined(good, good), "doubled"), Contains("larger than the 18 bytes"));
  CHECK_THROWS_WITH(read_idx(gzip(joined(six, bytes_of({1, 2}))), "long"), Contains("larger than the 18 bytes"));
  CHECK_THROWS_WITH(read_idx(gzip(std::vector<std::byte>(six.begin(), six.end() - 2)), "short"), Contains("found 16"));
  auto flipped = good;
  flipped[good.size() - 6] ^= std::byte{1};  // in the checksum
  CHECK_THROWS_WITH(read_idx(flipped, "flipped"), Contains("damaged gzip"));
}

TEST_CASE("gzip content is bounded and comes back") {
  std::vector<std::byte> content(100000);
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * i >> 7);
  const auto packed = gzip(content);
  CHECK(gunzip(packed, content.size()) == content);
  CHECK(gunzip(packed, size_t{1} << 30) == content);
  CHECK_THROWS_WITH(gunzip(packed, content.size() - 1), Contains("larger"));
  CHECK(gunzip_start(packed, 10) == std::vector<std::byte>(content.begin(), content.begin() + 10));
  CHECK(gunzip(gzip({}), 0).empty());
  CHECK(gzip(content) == packed);
}

// SPDX-License-Identifier: MIT
#include "formats/datasets/numpy/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "base/text/utf8.h"
#include "formats/elements.h"
#include "formats/utf8.h"

namespace nn {
namespace {

/// The n bytes of an element as a little-endian number.
uint64_t bits_at(const std::byte* p, size_t n, bool big_endian) {
  uint64_t bits = 0;
  for (size_t i = 0; i < n; ++i) bits |= std::to_integer<uint64_t>(p[big_endian ? n - 1 - i : i]) << (8 * i);
  return bits;
}

void append_code(std::string& out, uint64_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) throw Error("text with a code point that does not exist");
  append_utf8(out, static_cast<uint32_t>(code));
}

/// Names with one would be cut where C reads them, and two could become one.
void check_no_nul(const std::string& text, size_t row) {
  if (text.find('\0') != std::string::npos)
    throw Error("row " + std::to_string(row + 1) + ": '" + printable(text) +
                "' holds a NUL, which is no text; in Python, text.replace('\\0', '') removes it");
}
}  // namespace

NpyArray::Kind NpyArray::kind() const {
  switch (header_.kind) {
    case 'b':
      return Kind::boolean;
    case 'f':
      return Kind::real;
    case 'S':
    case 'U':
      return Kind::text;
    default:
      return Kind::integer;
  }
}

const std::byte* NpyArray::at(size_t i) const {
  size_t place = i;
  if (header_.fortran && header_.shape.rank() > 1) {
    std::array<size_t, 32> index{};
    for (size_t axis = header_.shape.rank(); axis-- > 0; i /= static_cast<size_t>(header_.shape[axis]))
      index[axis] = i % static_cast<size_t>(header_.shape[axis]);
    place = 0;
    for (size_t axis = header_.shape.rank(); axis-- > 0;)
      place = place * static_cast<size_t>(header_.shape[axis]) + index[axis];
  }
  return bytes_.data() + header_.data_at + place * header_.size;
}

uint8_t NpyArray::byte(size_t i) const { return std::to_integer<uint8_t>(*at(i)); }

int64_t NpyArray::integer(size_t i) const {
  const uint64_t bits = bits_at(at(i), header_.size, header_.big_endian);
  if (header_.kind == 'i') {
    const auto shift = static_cast<int>(64 - 8 * header_.size);
    return static_cast<int64_t>(bits << shift) >> shift;
  }
  if (bits > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    throw Error("an integer beyond 2^63: " + std::to_string(bits));
  return static_cast<int64_t>(bits);
}

double NpyArray::number(size_t i) const {
  if (header_.kind == 'f') {
    const uint64_t bits = bits_at(at(i), header_.size, header_.big_endian);
    if (header_.size == 2) return half_value(bits);
    if (header_.size == 4) return std::bit_cast<float>(static_cast<uint32_t>(bits));
    return std::bit_cast<double>(bits);
  }
  constexpr int64_t exact = int64_t{1} << 53;
  const int64_t value = integer(i);
  if (value > exact || value < -exact) throw Error("an integer beyond 2^53: " + std::to_string(value));
  return static_cast<double>(value);
}

std::string NpyArray::text(size_t i) const {
  const std::byte* p = at(i);
  std::string out;
  if (header_.kind == 'S') {
    out.assign(reinterpret_cast<const char*>(p), header_.size);
    out.resize(out.find_last_not_of('\0') + 1);  // npos + 1 is 0
    check_no_nul(out, i);
    if (!is_utf8(out))
      throw Error("row " + std::to_string(i + 1) + ": '" + printable(out) +
                  "' is not UTF-8; in Python, save text as str (dtype 'U')");
    return out;
  }
  size_t end = header_.size;  // what follows it is padding
  while (end > 0 && bits_at(p + end - 4, 4, header_.big_endian) == 0) end -= 4;
  for (size_t k = 0; k < end; k += 4) append_code(out, bits_at(p + k, 4, header_.big_endian));
  check_no_nul(out, i);
  return out;
}

std::vector<std::string> NpyArray::texts() const {
  std::vector<std::string> all;
  all.reserve(count());
  for (size_t i = 0; i < count(); ++i) all.push_back(text(i));
  return all;
}

NpyArray parse_npy(std::vector<std::byte> bytes) {
  NpyArray array;
  array.header_ = parse_npy_header(bytes);
  array.bytes_ = std::move(bytes);
  if (array.kind() == NpyArray::Kind::text && array.header_.size == 0 && array.count() > 0)
    throw Error("text of length 0");
  return array;
}

std::vector<std::byte> write_npy(const h5::Array& array) {
  static constexpr const char* descr[] = {"|u1", "<i4", "<i8", "<f4", "<f8"};
  const std::string header = npy_header_text(descr[static_cast<int>(array.type)], array.shape);
  const auto head = std::as_bytes(std::span(header));
  std::vector<std::byte> out(head.begin(), head.end());
  out.insert(out.end(), array.bytes.begin(), array.bytes.end());
  return out;
}

std::vector<std::byte> write_npy(const std::vector<std::string>& texts) {
  std::vector<std::vector<uint32_t>> codes;
  size_t longest = 1;
  for (const std::string& text : texts) {
    std::vector<uint32_t> line;
    for (size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      const size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
      uint32_t code = more ? lead & (0x3Fu >> more) : lead;
      for (size_t k = 1; k <= more && i + k < text.size(); ++k)
        code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 63u);
      line.push_back(code);
      i += more + 1;
    }
    longest = std::max(longest, line.size());
    codes.push_back(std::move(line));
  }
  const std::string header = npy_header_text("<U" + std::to_string(longest), {static_cast<int64_t>(texts.size())});
  const auto head = std::as_bytes(std::span(header));
  std::vector<std::byte> out(head.begin(), head.end());
  for (auto& line : codes) {
    line.resize(longest);
    for (uint32_t code : line)
      for (int k = 0; k < 4; ++k) out.push_back(static_cast<std::byte>(code >> (8 * k) & 255u));
  }
  return out;
}

}  // namespace nn

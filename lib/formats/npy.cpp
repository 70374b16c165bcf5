// SPDX-License-Identifier: MIT
#include "formats/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "formats/npy_header.h"

namespace nn {
namespace {

/// The n bytes of an element as a little-endian number.
uint64_t bits_at(const std::byte* p, size_t n, bool big_endian) {
  uint64_t bits = 0;
  for (size_t i = 0; i < n; ++i) bits |= std::to_integer<uint64_t>(p[big_endian ? n - 1 - i : i]) << (8 * i);
  return bits;
}

double half_value(uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

double number_at(const std::byte* p, const NpyHeader& h) {
  const uint64_t bits = bits_at(p, h.size, h.big_endian);
  constexpr uint64_t exact = uint64_t{1} << 53;
  if (h.kind == 'f') {
    if (h.size == 2) return half_value(bits);
    if (h.size == 4) return std::bit_cast<float>(static_cast<uint32_t>(bits));
    return std::bit_cast<double>(bits);
  }
  if (h.kind == 'i') {
    const auto shift = static_cast<int>(64 - 8 * h.size);
    const int64_t value = static_cast<int64_t>(bits << shift) >> shift;
    if (value > static_cast<int64_t>(exact) || -value > static_cast<int64_t>(exact)) throw Error("an integer beyond 2^53: " + std::to_string(value));
    return static_cast<double>(value);
  }
  if (bits > exact) throw Error("an integer beyond 2^53: " + std::to_string(bits));
  return static_cast<double>(bits);
}

void append_utf8(std::string& out, uint64_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) throw Error("text with a code point that does not exist");
  const auto put = [&](uint64_t v) { out += static_cast<char>(v); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0 | code >> 6), put(0x80 | (code & 63));
  if (code < 0x10000) return put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
  put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 63)), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
}

std::string text_at(const std::byte* p, const NpyHeader& h) {
  std::string out;
  if (h.kind == 'S') {
    out.assign(reinterpret_cast<const char*>(p), h.size);
    out.resize(std::min(out.find('\0'), out.size()));
    return out;
  }
  for (size_t i = 0; i < h.size; i += 4) {
    const uint64_t code = bits_at(p + i, 4, h.big_endian);
    if (code == 0) break;
    append_utf8(out, code);
  }
  return out;
}

/// Place in the file of each element in row-major order.
class Places {
 public:
  Places(const Shape& shape, bool fortran) : shape_(shape), stride_(shape.rank()), index_(shape.rank()) {
    size_t step = 1;
    for (size_t k = 0; k < shape.rank(); ++k) {
      const size_t axis = fortran ? k : shape.rank() - 1 - k;
      stride_[axis] = step;
      step *= static_cast<size_t>(shape[axis]);
    }
  }
  size_t next() {
    size_t at = 0;
    for (size_t a = 0; a < index_.size(); ++a) at += index_[a] * stride_[a];
    for (size_t a = index_.size(); a-- > 0;) {
      if (++index_[a] < static_cast<size_t>(shape_[a])) break;
      index_[a] = 0;
    }
    return at;
  }

 private:
  Shape shape_;
  std::vector<size_t> stride_, index_;
};
}  // namespace

NpyArray parse_npy(std::span<const std::byte> bytes) {
  const NpyHeader header = parse_npy_header(bytes);
  NpyArray array;
  array.shape = header.shape;
  array.type = header.descr;
  const bool text = header.kind == 'S' || header.kind == 'U';
  array.kind = text ? NpyArray::Kind::text : header.kind == 'f' ? NpyArray::Kind::real : NpyArray::Kind::integer;
  array.bytes_only = header.kind == 'u' && header.size == 1;
  const auto count = static_cast<size_t>(header.shape.count());
  const std::byte* values = bytes.data() + header.data_at;
  const bool in_order = !header.fortran || header.shape.rank() < 2;
  Places places(header.shape, header.fortran);
  if (array.bytes_only) array.pixels.reserve(count);
  else if (text) array.texts.reserve(header.size ? count : 0);
  else array.numbers.reserve(count);
  if (text && header.size == 0 && count > 0) throw Error("text of length 0");
  for (size_t i = 0; i < count; ++i) {
    const std::byte* p = values + (in_order ? i : places.next()) * header.size;
    if (array.bytes_only) array.pixels.push_back(std::to_integer<uint8_t>(*p));
    else if (text) array.texts.push_back(text_at(p, header));
    else array.numbers.push_back(number_at(p, header));
  }
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
      for (size_t k = 1; k <= more && i + k < text.size(); ++k) code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 63u);
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

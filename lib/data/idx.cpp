// SPDX-License-Identifier: MIT
#include "data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/log.h"
#include "data/gzip.h"

namespace nn {
namespace {

struct IdxType {
  unsigned code;
  h5::Type type;  ///< here: what IDX has and our files do not becomes int32
  size_t width;   ///< bytes of a value in the file
};
constexpr IdxType idx_types[] = {{0x08, h5::Type::u8, 1},  {0x09, h5::Type::i32, 1}, {0x0b, h5::Type::i32, 2},
                                 {0x0c, h5::Type::i32, 4}, {0x0d, h5::Type::f32, 4}, {0x0e, h5::Type::f64, 8}};

struct Header {
  IdxType type;
  Shape shape;
  size_t bytes;  ///< of the header itself
};

unsigned at(std::span<const std::byte> b, size_t i) { return std::to_integer<unsigned>(b[i]); }

Header read_header(std::span<const std::byte> start) {
  if (start.size() < 4)
    throw Error(fmt::format("not an IDX file: {} bytes, the header alone has 8 or more", start.size()));
  if (at(start, 0) != 0 || at(start, 1) != 0)
    throw Error(
        fmt::format("not an IDX file: it starts with {:02x} {:02x}, expected 00 00", at(start, 0), at(start, 1)));
  const auto known = std::find_if(std::begin(idx_types), std::end(idx_types),
                                  [&](const IdxType& t) { return t.code == at(start, 2); });
  if (known == std::end(idx_types))
    throw Error(fmt::format(
        "IDX type 0x{:02x} is not one of 0x08 uint8, 0x09 int8, 0x0b int16, 0x0c int32, 0x0d float32, 0x0e float64",
        at(start, 2)));
  const size_t rank = at(start, 3);
  if (rank < 1 || rank > 8) throw Error(fmt::format("IDX rank {} is not between 1 and 8", rank));
  Header header{*known, {}, 4 + 4 * rank};
  if (start.size() < header.bytes)
    throw Error(fmt::format("IDX header cut short: {} bytes of {}", start.size(), header.bytes));
  std::vector<int64_t> dims;
  for (size_t i = 4; i < header.bytes; i += 4)
    dims.push_back(int64_t{at(start, i)} << 24 | int64_t{at(start, i + 1)} << 16 | int64_t{at(start, i + 2)} << 8 |
                   int64_t{at(start, i + 3)});
  header.shape = Shape(std::move(dims));
  return header;
}

/// Content bytes that the header promises, checked against overflow.
size_t promised(const Header& header) {
  const auto count = static_cast<uint64_t>(header.shape.count());
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, uint64_t{header.type.width}, &bytes) || bytes > uint64_t{1} << 46)
    throw Error(fmt::format("IDX extents {} are beyond any file", header.shape.text()));
  return static_cast<size_t>(bytes);
}

/// Between big-endian and the machine's order, both ways.
void swap_values(std::span<std::byte> bytes, size_t width) {
  if (width == 1 || std::endian::native == std::endian::big) return;
  for (size_t i = 0; i + width <= bytes.size(); i += width) std::reverse(bytes.data() + i, bytes.data() + i + width);
}

/// Big-endian whole numbers of 1 or 2 bytes as int32.
void widen(std::span<const std::byte> from, size_t width, std::span<int32_t> to) {
  for (size_t i = 0; i < to.size(); ++i)
    to[i] =
        width == 1 ? static_cast<int8_t>(from[i]) : static_cast<int16_t>(at(from, 2 * i) << 8 | at(from, 2 * i + 1));
}

h5::Array parse(std::span<const std::byte> bytes, const Budget& budget) {
  const bool packed = is_gzip(bytes);
  const std::vector<std::byte> start =
      packed ? gunzip_start(bytes, 36)
             : std::vector<std::byte>(bytes.begin(),
                                      bytes.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(36, bytes.size())));
  const Header header = read_header(start);
  const size_t content = promised(header), whole = header.bytes + content;
  const auto wrong_size = [&](size_t found) {
    return Error(fmt::format("expected {} bytes ({} {}), found {}", whole, header.shape.text(),
                             h5::name_of(header.type.type), found));
  };
  if (packed && content / 1032 > bytes.size())
    throw Error(fmt::format("the header promises {} bytes ({}), more than {} bytes of gzip can hold", content,
                            header.shape.text(), bytes.size()));
  if (!packed && bytes.size() != whole) throw wrong_size(bytes.size());
  const auto count = static_cast<uint64_t>(header.shape.count());
  budget.ask_product({packed ? uint64_t{2} : uint64_t{1}, count, h5::size_of(header.type.type)},
                     "IDX values of " + header.shape.text());
  std::vector<std::byte> inflated;
  if (packed) {
    inflated = gunzip(bytes, whole);
    if (inflated.size() != whole) throw wrong_size(inflated.size());
    bytes = inflated;
  }
  h5::Array values = h5::Array::unfilled(header.type.type, header.shape);
  if (header.type.width != h5::size_of(header.type.type)) {
    widen(bytes.subspan(header.bytes), header.type.width, values.as<int32_t>());
    return values;
  }
  if (content > 0) std::memcpy(values.bytes.data(), bytes.data() + header.bytes, content);
  swap_values(values.bytes, header.type.width);
  return values;
}

}  // namespace

bool is_idx(std::string_view start) {
  return start.size() >= 4 && start[0] == 0 && start[1] == 0 && start[2] >= 8 && start[2] <= 14 && start[3] >= 1 &&
         start[3] <= 8;
}

h5::Array read_idx(std::span<const std::byte> bytes, const std::string& name, const Budget& budget) {
  return in_context(printable(name), [&] { return parse(bytes, budget); });
}

std::optional<uint64_t> idx_size(std::span<const std::byte> start) {
  try {
    const Header header = read_header(start);
    return header.bytes + promised(header);
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::byte> write_idx(const h5::Array& values) {
  const auto known = std::find_if(std::begin(idx_types), std::end(idx_types), [&](const IdxType& t) {
    return t.type == values.type && t.width == h5::size_of(t.type);
  });
  if (known == std::end(idx_types)) throw Error(fmt::format("IDX has no type for {}", h5::name_of(values.type)));
  const size_t rank = values.shape.rank();
  if (rank < 1 || rank > 8) throw Error(fmt::format("IDX holds 1 to 8 axes, not {}", rank));
  std::vector<std::byte> out{std::byte{0}, std::byte{0}, std::byte(known->code), std::byte(rank)};
  for (const int64_t n : values.shape) {
    if (n > 0xffffffff) throw Error(fmt::format("IDX extents have 32 bits, not enough for {}", n));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(std::byte(n >> shift & 0xff));
  }
  const size_t header = out.size();
  out.insert(out.end(), values.bytes.begin(), values.bytes.end());
  swap_values(std::span(out).subspan(header), h5::size_of(values.type));
  return out;
}

}  // namespace nn

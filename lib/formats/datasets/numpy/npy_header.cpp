// SPDX-License-Identifier: MIT
#include "formats/datasets/numpy/npy_header.h"

#include <charconv>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

/// Reads the one shape of dictionary that numpy writes: string keys; a string, True, False or a tuple as value.
class Dictionary {
 public:
  explicit Dictionary(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    int seen = 0;
    expect('{');
    while (!next_is('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr")
        header.descr = quoted(), seen |= 1;
      else if (key == "fortran_order")
        header.fortran = boolean(), seen |= 2;
      else if (key == "shape")
        header.shape = tuple(), seen |= 4;
      else
        fail("unknown key '" + printable(key) + "'");
      if (!next_is(',')) {
        expect('}');
        break;
      }
    }
    blanks();
    if (at_ != text_.size()) fail("text after the dictionary");
    if (seen != 7) fail("expected the keys descr, fortran_order and shape");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw Error("npy header, byte " + std::to_string(at_) + ": " + message);
  }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\0'))
      ++at_;
  }
  bool next_is(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!next_is(c)) fail(std::string("expected '") + c + "'");
  }
  std::string quoted() {
    blanks();
    if (at_ < text_.size() && text_[at_] == '[')
      fail("records of several fields are not arrays of numbers; save one array a field");
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("expected a quoted word");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quote that is never closed");
    const std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }
  bool boolean() {
    blanks();
    for (const bool value : {true, false})
      if (const std::string_view word = value ? "True" : "False"; text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    fail("expected True or False");
  }
  Shape tuple() {
    std::vector<int64_t> dims;
    expect('(');
    while (!next_is(')')) {
      blanks();
      int64_t extent = 0;
      const auto [stop, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0) fail("expected an extent");
      at_ = static_cast<size_t>(stop - text_.data());
      dims.push_back(extent);
      if (dims.size() > 32) fail("more than 32 axes");
      if (!next_is(',')) {
        expect(')');
        break;
      }
    }
    return Shape(dims);
  }

  std::string_view text_;
  size_t at_ = 0;
};

void parse_descr(NpyHeader& header) {
  const std::string& d = header.descr;
  const std::string shown = "'" + printable(d.substr(0, 40)) + "'";
  if (d == "|O" || d == "O")
    throw Error(
        "holds Python objects ('|O'), which only Python can read; save numbers or fixed-length text (dtype 'U')");
  if (d.size() < 3 || std::string_view("<>|=").find(d[0]) == std::string_view::npos ||
      std::string_view("biufSU").find(d[1]) == std::string_view::npos)
    throw Error("type " + shown + " is not one of bool, integer, float or fixed-length text");
  const auto [stop, error] = std::from_chars(d.data() + 2, d.data() + d.size(), header.size);
  if (error != std::errc() || stop != d.data() + d.size()) throw Error("type " + shown + " has no size");
  header.kind = d[1];
  header.big_endian = d[0] == '>';
  const bool number_size = header.size == 1 || header.size == 2 || header.size == 4 || header.size == 8;
  const bool fits = header.kind == 'S' || header.kind == 'U'
                        ? header.size >= (header.kind == 'S') && header.size <= 65536
                    : header.kind == 'f' ? number_size && header.size > 1
                    : header.kind == 'b' ? header.size == 1
                                         : number_size;
  if (!fits) throw Error("type " + shown + " has a size that is not supported");
  if (header.kind == 'U') header.size *= 4;
}

/// Without a look at the values. total: their bytes.
NpyHeader header_at_start(std::span<const std::byte> bytes, int64_t& total) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!is_npy(text) || text.size() < 10) throw Error("not a NumPy array: expected the bytes \\x93NUMPY at the start");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(text[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) throw Error("npy version " + std::to_string(version) + ", expected 1 to 3");
  const size_t start = version == 1 ? 10 : 12;
  if (text.size() < start) throw Error("npy header ends early");
  const size_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > 1'000'000 || length > text.size() - start)
    throw Error("npy header ends early: " + std::to_string(length) + " bytes announced");
  NpyHeader header = Dictionary(text.substr(start, length)).parse();
  parse_descr(header);
  header.data_at = start + length;
  total = header.shape.count();
  if (__builtin_mul_overflow(total, static_cast<int64_t>(header.size), &total))
    throw Error("npy shape " + header.shape.text() + " is too large");
  return header;
}
}  // namespace

bool is_npy(std::string_view start) { return start.starts_with("\x93NUMPY"); }

std::optional<uint64_t> npy_size(std::span<const std::byte> start) {
  try {
    int64_t total = 0;
    const NpyHeader header = header_at_start(start, total);
    return header.data_at + static_cast<uint64_t>(total);
  } catch (const Error&) {
    return {};
  }
}

NpyHeader parse_npy_header(std::span<const std::byte> bytes) {
  int64_t total = 0;
  NpyHeader header = header_at_start(bytes, total);
  const auto found = static_cast<int64_t>(bytes.size() - header.data_at);
  if (found != total)
    throw Error("shape " + header.shape.text() + " of type " + header.descr + " needs " + std::to_string(total) +
                " bytes, found " + std::to_string(found));
  return header;
}

std::string npy_header_text(const std::string& descr, const Shape& shape) {
  std::string dict = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : shape) dict += std::to_string(extent) + ", ";
  if (shape.rank() > 1) dict.resize(dict.size() - 2);
  if (shape.rank() == 1) dict.resize(dict.size() - 1);
  dict += "), }";
  while ((10 + dict.size() + 1) % 64) dict += ' ';  // values start at a multiple of 64, as numpy has it
  dict += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(dict.size() & 255);
  out += static_cast<char>(dict.size() >> 8);
  return out + dict;
}

}  // namespace nn

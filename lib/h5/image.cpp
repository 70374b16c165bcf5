// SPDX-License-Identifier: MIT
#include "h5/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/log.h"

namespace nn::h5 {
namespace {

constexpr std::string_view signature{"\x89HDF\r\n\x1a\n", signature_size};
constexpr size_t superblock_size = 48, version_at = 8, flags_at = 11, end_at = 28, checksum_at = 44;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

uint64_t little_endian(std::span<const std::byte> bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<uint64_t>(bytes[at + i]);
  return value;
}

uint32_t rotated(uint32_t x, int by) { return x << by | x >> (32 - by); }

// UTF-8 without control bytes other than those of lines and columns.
bool is_text(std::string_view text) {
  std::string head(text.substr(0, 4096));
  while (text.size() > head.size() && !head.empty() && static_cast<unsigned char>(head.back()) >= 0x80)
    head.pop_back();  // cut
  std::erase_if(head, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return printable(head) == head;
}

bool is_table(std::string_view text) {
  return is_text(text) && text.substr(0, text.find('\n')).find_first_of(",;\t") != std::string_view::npos;
}

}  // namespace

uint32_t lookup3(std::span<const std::byte> bytes, uint32_t start) {
  uint32_t a = 0xDEADBEEFU + static_cast<uint32_t>(bytes.size()) + start, b = a, c = a;
  const auto word = [&](size_t at) {
    return at < bytes.size() ? static_cast<uint32_t>(little_endian(bytes, at, std::min<size_t>(4, bytes.size() - at)))
                             : 0U;
  };
  size_t at = 0;
  for (; bytes.size() - at > 12; at += 12) {
    a += word(at), b += word(at + 4), c += word(at + 8);
    a -= c, a ^= rotated(c, 4), c += b;
    b -= a, b ^= rotated(a, 6), a += c;
    c -= b, c ^= rotated(b, 8), b += a;
    a -= c, a ^= rotated(c, 16), c += b;
    b -= a, b ^= rotated(a, 19), a += c;
    c -= b, c ^= rotated(b, 4), b += a;
  }
  if (at == bytes.size()) return c;
  a += word(at), b += word(at + 4), c += word(at + 8);
  c ^= b, c -= rotated(b, 14);
  a ^= c, a -= rotated(c, 11);
  b ^= a, b -= rotated(a, 25);
  c ^= b, c -= rotated(b, 16);
  a ^= c, a -= rotated(c, 4);
  b ^= a, b -= rotated(a, 14);
  c ^= b, c -= rotated(b, 24);
  return c;
}

bool has_signature(std::span<const std::byte> bytes) { return text_of(bytes).starts_with(signature); }

std::optional<uint64_t> stored_end(std::span<const std::byte> bytes) {
  if (bytes.size() < superblock_size || !has_signature(bytes)) return {};
  const int version = std::to_integer<int>(bytes[version_at]);
  if (version != 2 && version != 3) return {};
  return little_endian(bytes, end_at, 8);
}

std::optional<uint64_t> foreign_end(std::span<const std::byte> bytes) {
  if (!has_signature(bytes) || bytes.size() < superblock_size) return {};
  const auto version = std::to_integer<unsigned>(bytes[version_at]);
  constexpr std::array<size_t, 4> offset_size_at{13, 13, 9, 9}, ends_at{40, 44, end_at, end_at};
  if (version >= ends_at.size() || std::to_integer<unsigned>(bytes[offset_size_at[version]]) != 8) return {};
  if (bytes.size() < ends_at[version] + 8) return {};
  return little_endian(bytes, ends_at[version], 8);
}

void check_signature(std::span<const std::byte> bytes, const std::string& name) {
  if (!text_of(bytes).starts_with(signature.substr(0, std::min(bytes.size(), signature.size()))))
    throw Error(fmt::format("{}: not an HDF5 file of nn-tools, but {}", name, looks_like(bytes)));
}

namespace {

/// bytes: the first ones. whole: how many there are.
void check_start(std::span<const std::byte> bytes, const std::string& name, bool is_stream, uint64_t whole,
                 uint64_t size) {
  const bool standard = name == "standard input";
  const std::string subject = standard ? "stdin " : name + ": ";
  const char* cause = is_stream ? "; did the previous command fail?" : "; the file is not whole, make it again";
  if (bytes.empty())
    throw Error(standard ? "no data on standard input; did the previous command fail?" : name + ": the file is empty");
  check_signature(bytes, name);
  if (bytes.size() < superblock_size)
    throw Error(fmt::format("{}ended early ({} bytes){}", subject, bytes.size(), cause));
  const int version = std::to_integer<int>(bytes[version_at]);
  if (version < 2)
    throw Error(
        fmt::format("{}: an HDF5 file of another program (superblock version {}, expected 2 or 3); nn-hdf5(5) shows "
                    "how h5py writes a dataset, "
                    "nn-convert makes one of an .npz, and `h5repack -j 2` restores a file of ours that was rewritten",
                    name, version));
  // Offsets and lengths of 8 bytes, nothing in front of the superblock: so libhdf5 writes.
  const bool usual = version <= 3 && little_endian(bytes, 9, 2) == 0x0808 && little_endian(bytes, 12, 8) == 0;
  if (!usual || little_endian(bytes, checksum_at, 4) != lookup3(bytes.first(checksum_at)))
    throw Error(fmt::format("{}: damaged HDF5 superblock (its checksum does not fit)", name));
  if (bytes[flags_at] != std::byte{0})
    throw Error(
        fmt::format("{}: is marked as open for writing: another program has it open, or died before it closed it; "
                    "when none has it open, `h5clear -s FILE` takes the mark away",
                    name));
  const uint64_t end = little_endian(bytes, end_at, 8);
  if (whole < end) throw Error(fmt::format("{}ended early ({} of {} bytes){}", subject, whole, end, cause));
  if (whole > end)
    throw Error(fmt::format("{}: {} after the stored end at {}; were two files joined?", name,
                            is_stream ? "more bytes" : fmt::format("{} bytes", std::max(size, whole) - end), end));
}

}  // namespace

void check_image(std::span<const std::byte> bytes, const std::string& name, bool is_stream, uint64_t size) {
  check_start(bytes, name, is_stream, bytes.size(), size);
}

void check_head(std::span<const std::byte> head, const std::string& name, uint64_t size) {
  check_start(head, name, false, size, size);
}

void mend_image(std::vector<std::byte>& bytes) {
  const std::optional<uint64_t> end = stored_end(bytes);
  if (!end || *end != bytes.size()) throw Error("the HDF5 image in memory is not whole");
  const uint32_t sum = lookup3(std::span<const std::byte>(bytes).first(checksum_at));
  for (size_t i = 0; i < 4; ++i) bytes[checksum_at + i] = static_cast<std::byte>(sum >> (8 * i) & 0xFF);
}

std::string looks_like(std::span<const std::byte> bytes) {
  const std::string_view head = text_of(bytes);
  struct Mark {
    std::string_view start;
    const char* what;
  };
  static constexpr std::array marks{
      Mark{{"\x1f\x8b", 2}, "gzip data (IDX.gz, CSV.gz: nn-convert reads them)"},
      Mark{{"\x89PNG", 4}, "a PNG picture (nn-convert reads folders of them)"},
      Mark{{"\x93NUMPY", 6}, "a NumPy NPY file (nn-convert reads NPZ)"},
      Mark{{"PK\x03\x04", 4}, "a zip archive, as NPZ, .keras and .pth are (nn-convert reads NPZ)"},
      Mark{{"CDF", 3}, "a classic netCDF file"},
      Mark{{"\xff\xd8\xff", 3}, "a JPEG picture"},
      Mark{{"GIF8", 4}, "a GIF picture"},
      Mark{{"BZh", 3}, "bzip2 data"},
      Mark{{"\xfd"
            "7zXZ",
            5},
           "xz data"},
      Mark{{"\x28\xb5\x2f\xfd", 4}, "zstd data"},
      Mark{{"%PDF", 4}, "a PDF document"},
      Mark{{"\x80\x02", 2}, "a Python pickle"},
  };
  for (const Mark& mark : marks)
    if (head.starts_with(mark.start)) return mark.what;
  if (bytes.size() >= 4 && head[0] == 0 && head[1] == 0 && head[3] >= 1 && head[3] <= 8 &&
      std::string_view("\x08\x09\x0b\x0c\x0d\x0e").find(head[2]) != std::string_view::npos)
    return "an IDX file (nn-convert reads it)";
  const std::string_view body = head.substr(std::min(head.size(), head.find_first_not_of(" \t\r\n")));
  if (body.starts_with('<')) return "HTML or XML; was an error page downloaded?";
  if (body.starts_with('{') || body.starts_with('[')) return "JSON text";
  if (is_table(head)) return "a table as CSV or TSV (nn-convert reads it)";
  if (is_text(head)) return "text";
  return "bytes of unknown kind";
}

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
#include "formats/packed.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {
using namespace std::string_view_literals;

struct Packing {
  std::string_view start;
  const char *name, *unpacks;
};
constexpr Packing packings[] = {{"\xfd"
                                 "7zXZ\0"sv,
                                 "xz", "xz -dc"},
                                {"BZh"sv, "bzip2", "bzip2 -dc"},
                                {"\x28\xb5\x2f\xfd"sv, "zstd", "zstd -dc"},
                                {"\x04\x22\x4d\x18"sv, "lz4", "lz4 -dc"},
                                {"7z\xbc\xaf\x27\x1c"sv, "7-Zip", "7z e -so"}};

/// The name of the first file in a ZIP archive; empty when the bytes do not hold it.
std::string first_member(std::string_view bytes) {
  constexpr size_t length_at = 26, name_at = 30;
  if (bytes.size() < name_at) return "";
  const size_t length = static_cast<unsigned char>(bytes[length_at]) |
                        static_cast<size_t>(static_cast<unsigned char>(bytes[length_at + 1])) << 8;
  return bytes.size() - name_at < length ? "" : std::string(bytes.substr(name_at, length));
}

bool is_table_name(const std::string& name) {
  return std::ranges::any_of(std::initializer_list<const char*>{".csv", ".tsv", ".txt", ".data", ".dat"},
                             [&](const char* suffix) { return name.ends_with(suffix); });
}

/// As a shell takes it.
std::string word_of(const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           "._/-+:"sv.find(c) != std::string_view::npos;
  });
  return plain ? name : "'" + name + "'";
}
}  // namespace

void refuse_packed(const std::string& input, std::span<const std::byte> start) {
  const std::string_view bytes(reinterpret_cast<const char*>(start.data()), start.size());
  const bool standard = input == "-";
  const std::string subject = standard ? "standard input" : printable(input),
                    file = standard ? "FILE" : word_of(printable(input));
  for (const Packing& packing : packings)
    if (bytes.starts_with(packing.start))
      throw UsageError(subject + ": compressed with " + packing.name +
                       ", which is not read here; unpack it: " + packing.unpacks + " " + file + " | nn-convert - OUT");
  if (!bytes.starts_with("PK\x03\x04"sv)) return;
  const std::string member = printable(first_member(bytes));
  if (member.empty() || member.ends_with(".npy")) return;
  throw UsageError(subject + ": a ZIP archive that holds " + member + ", not arrays of NumPy; " +
                   (is_table_name(member)
                        ? "unpack it: unzip -p " + file + " " + word_of(member) + " | nn-convert - OUT"
                        : "unpack it with unzip, and name the file or folder in it"));
}

}  // namespace nn

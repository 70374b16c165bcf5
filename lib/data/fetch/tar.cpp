// SPDX-License-Identifier: MIT
#include "data/fetch/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"

namespace nn {
namespace {

constexpr size_t block = 512, most_members = 1'000'000;

// POSIX.1-1988, "ustar": fields of a header by their place.
struct Header {
  const char* at;
  std::string_view field(size_t begin, size_t size) const {
    const std::string_view all(at + begin, size);
    return all.substr(0, std::min(all.find('\0'), size));
  }
  uint64_t octal(size_t begin, size_t size, const char* what) const {
    uint64_t value = 0;
    bool digits = false;
    for (const char c : field(begin, size)) {
      if (c == ' ') continue;
      if (c < '0' || c > '7') throw Error(fmt::format("the {} of a member is not octal", what));
      value = value * 8 + static_cast<uint64_t>(c - '0'), digits = true;
    }
    if (!digits) throw Error(fmt::format("the {} of a member is missing", what));
    return value;
  }
  std::string name() const {
    const std::string_view prefix = field(257, 5) == "ustar" ? field(345, 155) : std::string_view();
    return (prefix.empty() ? "" : std::string(prefix) + "/") + std::string(field(0, 100));
  }
  char type() const { return at[156]; }
  void check() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < block; ++i) sum += i >= 148 && i < 156 ? uint64_t{' '} : static_cast<unsigned char>(at[i]);
    if (sum != octal(148, 8, "checksum")) throw Error("the checksum of a header is wrong");
  }
};

void check_name(const std::string& name) {
  if (name.empty() || name.front() == '/' || std::ranges::count(split_at(name, '/'), ".."))
    throw Error(fmt::format("member '{}': expected a name inside the archive", printable(name)));
}

}  // namespace

void read_tar(std::span<const std::byte> archive,
              const std::function<void(const std::string& name, std::span<const std::byte> bytes)>& take) {
  std::string long_name;
  size_t members = 0;
  for (size_t at = 0; at + block <= archive.size();) {
    const Header header{reinterpret_cast<const char*>(archive.data() + at)};
    if (std::string_view(header.at, block).find_first_not_of('\0') == std::string_view::npos) return;
    header.check();
    if (++members > most_members) throw Error(fmt::format("more than {} members", most_members));
    const uint64_t size = header.octal(124, 12, "size");
    at += block;
    if (size > archive.size() - at) throw Error(fmt::format("member '{}' is cut off", printable(header.name())));
    const std::span<const std::byte> bytes = archive.subspan(at, static_cast<size_t>(size));
    at += (static_cast<size_t>(size) + block - 1) / block * block;
    const std::string name = long_name.empty() ? header.name() : std::exchange(long_name, {});
    switch (header.type()) {
      case 'L': {  // GNU: the name of the next member
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        long_name = text.substr(0, text.find('\0'));
        continue;
      }
      case 'x':
      case 'g':  // pax: times and the like
      case '5':
        continue;
      case '0':
      case '\0':
        check_name(name);
        take(name, bytes);
        continue;
      default:
        throw Error(fmt::format("member '{}' is a link or a device: expected files and folders", printable(name)));
    }
  }
  throw Error("the archive is cut off: its end is missing");
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "data/zip.h"

#include <zip.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"

namespace nn {
namespace {

struct CloseZip {
  void operator()(zip_t* z) const { zip_discard(z); }
};
struct CloseFile {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};
using Archive = std::unique_ptr<zip_t, CloseZip>;

std::string zip_message(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Archive open_archive(std::span<const std::byte> bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (!source) throw Error("zip: " + zip_message(error));
  zip_t* zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (!zip) {
    zip_source_free(source);
    throw Error("not a whole zip archive: " + zip_message(error));
  }
  return Archive(zip);
}

void check_name(const std::string& name) {
  const std::string shown = "member '" + printable(name.substr(0, 100)) + "': ";
  if (name.empty() || name.find('\0') != std::string::npos) throw Error("a member without a name");
  if (name.front() == '/' || name.find('\\') != std::string::npos || name.find(':') != std::string::npos)
    throw Error(shown + "its name is not a plain relative path");
  if (std::ranges::count(split_at(name, '/'), "..")) throw Error(shown + "its name climbs out of the archive");
}

uint64_t number(std::span<const std::byte> bytes, size_t at, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) value |= std::to_integer<uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

// Marks and sizes of the records of a zip archive: APPNOTE.TXT 6.3, sections 4.3 and 4.5.
constexpr uint32_t local_mark = 0x04034b50, listed_mark = 0x02014b50, end_mark = 0x06054b50, end64_mark = 0x06064b50,
                   locator64_mark = 0x07064b50;
constexpr size_t local_size = 30, listed_size = 46, end_size = 22, end64_size = 56, locator64_size = 20;
constexpr uint64_t in_extra = 0xffffffff;  ///< stands for a number of 64 bits elsewhere

bool stands(std::span<const std::byte> bytes, uint64_t at, size_t size, uint32_t mark) {
  return at <= bytes.size() && size <= bytes.size() - at && number(bytes, at, 4) == mark;
}

/// Where the directory begins and ends: libzip takes the record of zip64 where there is one.
std::pair<uint64_t, uint64_t> directory(std::span<const std::byte> bytes) {
  constexpr size_t longest_comment = 65535;
  const size_t tail = bytes.size() > end_size + longest_comment ? bytes.size() - end_size - longest_comment : 0;
  size_t end = bytes.size() >= end_size ? bytes.size() - end_size : 0;
  while (end > tail && !stands(bytes, end, end_size, end_mark)) --end;
  if (!stands(bytes, end, end_size, end_mark)) throw Error("not a whole zip archive: no directory at the end");
  if (end < locator64_size || !stands(bytes, end - locator64_size, locator64_size, locator64_mark))
    return {number(bytes, end + 16, 4), end};
  const uint64_t record = number(bytes, end - locator64_size + 8, 8);
  if (!stands(bytes, record, end64_size, end64_mark)) throw Error("the directory of the zip archive is damaged");
  return {number(bytes, record + 48, 8), record};
}

struct Listed {
  uint64_t packed, local;  ///< size in the archive, place of its local header
};

/// A member as the directory has it; sizes of 64 bits stand in an extra field, in the order of those that are wanted.
Listed listed_at(std::span<const std::byte> bytes, uint64_t at) {
  const uint64_t size = number(bytes, at + 24, 4);
  Listed member{number(bytes, at + 20, 4), number(bytes, at + 42, 4)};
  constexpr uint64_t zip64 = 1;
  size_t field = at + listed_size + number(bytes, at + 28, 2);
  const size_t last = field + number(bytes, at + 30, 2);
  for (; field + 4 <= last; field += 4 + number(bytes, field + 2, 2)) {
    if (number(bytes, field, 2) != zip64) continue;
    size_t value = field + 4;
    const size_t end = std::min<size_t>(last, value + number(bytes, field + 2, 2));
    const auto take = [&](uint64_t& number_of_member) {
      if (number_of_member != in_extra) return;
      if (value + 8 > end) throw Error("the directory of the zip archive is damaged");
      number_of_member = number(bytes, value, 8);
      value += 8;
    };
    uint64_t unpacked = size;
    take(unpacked);
    take(member.packed);
    take(member.local);
    break;
  }
  return member;
}

/// The extents in the file that members occupy, from the central directory itself: what libzip does not compare.
void check_overlap(std::span<const std::byte> bytes, const std::vector<zip_stat_t>& members) {
  auto [at, end] = directory(bytes);
  std::vector<std::pair<uint64_t, uint64_t>> extents;
  for (const zip_stat_t& known : members) {
    if (at > end || listed_size > end - at || number(bytes, at, 4) != listed_mark)
      throw Error("the directory of the zip archive is damaged");
    const uint64_t whole =
        listed_size + number(bytes, at + 28, 2) + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
    if (whole > end - at) throw Error("the directory of the zip archive is damaged");
    const auto [packed, local] = listed_at(bytes, at);
    if (packed != known.comp_size) throw Error("the directory of the zip archive is not the one that libzip reads");
    if (!stands(bytes, local, local_size, local_mark))
      throw Error("a member of the zip archive does not start where the directory says");
    const uint64_t data = local + local_size + number(bytes, local + 26, 2) + number(bytes, local + 28, 2);
    if (data > bytes.size() || packed > bytes.size() - data)
      throw Error("a member of the zip archive runs past its end");
    extents.emplace_back(local, data + packed);
    at += whole;
  }
  std::ranges::sort(extents);
  for (size_t i = 1; i < extents.size(); ++i)
    if (extents[i].first < extents[i - 1].second) throw Error("members of the zip archive overlap");
}
}  // namespace

bool is_zip(std::string_view start) { return start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06"); }

std::vector<ZipMember> read_zip(std::span<const std::byte> bytes, const Budget& budget,
                                const std::function<bool(const std::string& name)>& wanted) {
  const Archive zip = open_archive(bytes);
  const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
  if (count > 100'000) throw Error("a zip archive of " + std::to_string(count) + " members");
  std::vector<zip_stat_t> stats(static_cast<size_t>(count));
  std::set<std::string> names;
  size_t total = 0;
  for (size_t i = 0; i < stats.size(); ++i) {
    if (zip_stat_index(zip.get(), i, 0, &stats[i]) != 0) throw Error("zip: " + std::string(zip_strerror(zip.get())));
    const std::string name = stats[i].name ? stats[i].name : "";
    check_name(name);
    const std::string shown = "member '" + printable(name) + "': ";
    if (!names.insert(name).second) throw Error(shown + "comes twice");
    if (stats[i].encryption_method != ZIP_EM_NONE) throw Error(shown + "is encrypted");
    if (stats[i].comp_method != ZIP_CM_STORE && stats[i].comp_method != ZIP_CM_DEFLATE)
      throw Error(shown + "is packed by a method other than deflate");
    if (wanted && !wanted(name)) continue;
    if (__builtin_add_overflow(total, stats[i].size, &total)) total = std::numeric_limits<size_t>::max();
  }
  check_overlap(bytes, stats);
  budget.ask(total, "the archive's content");
  std::vector<ZipMember> members;
  for (size_t i = 0; i < stats.size(); ++i) {
    ZipMember member{stats[i].name, {}};
    if (member.name.ends_with('/') || (wanted && !wanted(member.name))) continue;
    const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(zip.get(), i, 0));
    const std::string shown = "member '" + printable(member.name) + "': ";
    if (!file) throw Error(shown + zip_strerror(zip.get()));
    // Deflate cannot exceed 1032:1, so a size beyond that is a lie and is not allocated.
    if (stats[i].size / 1100 > stats[i].comp_size)
      throw Error(shown + "announces " + std::to_string(stats[i].size) + " bytes from " +
                  std::to_string(stats[i].comp_size));
    member.bytes.resize(stats[i].size);
    for (size_t at = 0; at < member.bytes.size();) {
      const zip_int64_t got = zip_fread(file.get(), member.bytes.data() + at, member.bytes.size() - at);
      if (got <= 0) throw Error(shown + (got < 0 ? zip_file_strerror(file.get()) : "ends early"));
      at += static_cast<size_t>(got);
    }
    std::byte more{};
    if (const zip_int64_t got = zip_fread(file.get(), &more, 1); got != 0)  // the CRC is compared at the end
      throw Error(shown + (got < 0 ? zip_file_strerror(file.get()) : "is longer than announced"));
    members.push_back(std::move(member));
  }
  return members;
}

namespace {
/// An extra field in the local header moves the bytes of the member behind it to a multiple of the alignment.
void align(zip_t* zip, zip_uint64_t index, uint64_t& at, const ZipMember& member, size_t alignment) {
  constexpr zip_uint16_t filler = 0x4246;  // "FB", as PyTorch has it
  constexpr uint64_t field_header = 4;
  const uint64_t head = at + local_size + member.name.size() + field_header;
  const std::vector<zip_uint8_t> fill((alignment - head % alignment) % alignment, 'Z');
  if (zip_file_extra_field_set(zip, index, filler, ZIP_EXTRA_FIELD_NEW, fill.data(),
                               static_cast<zip_uint16_t>(fill.size()), ZIP_FL_LOCAL) != 0)
    throw Error("zip: " + member.name + ": " + zip_strerror(zip));
  at = head + fill.size() + member.bytes.size();
}
}  // namespace

std::vector<std::byte> write_zip(const std::vector<ZipMember>& members, size_t alignment) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!target) throw Error("zip: " + zip_message(error));
  zip_source_keep(target);
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> keep(target, zip_source_free);
  zip_t* zip = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
  if (!zip) {
    zip_source_free(target);
    throw Error("zip: " + zip_message(error));
  }
  Archive archive(zip);
  uint64_t at = 0;
  for (const ZipMember& member : members) {
    zip_source_t* source = zip_source_buffer(zip, member.bytes.data(), member.bytes.size(), 0);
    const zip_int64_t index = source ? zip_file_add(zip, member.name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
      zip_source_free(source);
      throw Error("zip: " + member.name + ": " + zip_strerror(zip));
    }
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    zip_file_set_dostime(zip, static_cast<zip_uint64_t>(index), 0, 0x21, 0);  // 1 January 1980, as numpy
    if (alignment > 0) align(zip, static_cast<zip_uint64_t>(index), at, member, alignment);
  }
  if (zip_close(zip) != 0) throw Error(std::string("zip: ") + zip_strerror(zip));
  (void)archive.release();
  zip_stat_t stat;
  if (zip_source_stat(target, &stat) != 0 || zip_source_open(target) != 0)
    throw Error("zip: the archive cannot be read back");
  std::vector<std::byte> bytes(stat.size);
  const zip_int64_t got = zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  if (got != static_cast<zip_int64_t>(bytes.size())) throw Error("zip: the archive cannot be read back");
  return bytes;
}

}  // namespace nn

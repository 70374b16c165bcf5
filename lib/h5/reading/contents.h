// SPDX-License-Identifier: MIT
// What an HDF5 file of ours holds: the table of contents that a child process makes with libhdf5 (walk.h) and hands to
// its parent as bytes. The parent believes none of them: parse_contents checks every length, count, text and place
// against the file. A fuzzer's way in: parse_contents(bytes, size).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "h5/array.h"

namespace nn::h5 {

/// Limits that nn-hdf5(5) names.
constexpr int deepest = 16;                 ///< groups within groups
constexpr size_t most_objects = 16000;      ///< groups and datasets of a file: libhdf5 needs 50 microseconds for each
constexpr size_t most_attributes = 100000;  ///< of one object
constexpr size_t longest_path = 4096;       ///< bytes
constexpr size_t most_axes = 32, most_filters = 8;
constexpr uint64_t longest_extent = uint64_t{1} << 48;
constexpr uint64_t largest_chunk = (uint64_t{1} << 32) - 1;  ///< bytes

enum class ObjectKind : uint8_t {
  group,
  dataset,
  link,
  alias,
  foreign
};  ///< link: soft or external; alias: a second hard link
enum class Element : uint8_t { number, text, other };
enum class Layout : uint8_t { other, compact, contiguous, chunked };

constexpr uint32_t deflate_filter = 1, shuffle_filter = 2, fletcher32_filter = 3;  // their numbers in HDF5

struct StoredChunk {
  uint64_t place = 0, size = 0;
  uint32_t mask = 0;  ///< bit i: filter i was left out
};

struct Attribute {
  std::string name;
  Element element = Element::other;
  Type type = Type::u8;  ///< of numbers
  Shape shape;           ///< of numbers
  bool usual = true;     ///< described as our writer does, not only read as the same
  Bytes value;           ///< of numbers, or of one fixed-length text up to its first zero byte
};

struct Object {
  ObjectKind kind = ObjectKind::foreign;
  uint64_t address = 0;
  std::vector<size_t> children;  ///< of a group, in order of creation
  std::vector<Attribute> attributes;
  // Of a dataset:
  Element element = Element::other;
  Type type = Type::u8;
  Shape shape;
  bool usual = true;  ///< described as our writer does: extents that cannot grow, a type of its own
  Layout layout = Layout::other;
  bool external = false;          ///< its values are kept in another file
  std::vector<uint32_t> filters;  ///< numbers, in the order in which they were applied
  Shape chunk;
  std::vector<StoredChunk> chunks;  ///< row by row of the grid of chunks; empty when not all of them are stored
  std::optional<StoredChunk> run;   ///< where contiguous values lie
  Bytes values;                     ///< of compact layout
  // Filled for Reader::verify() only:
  std::vector<std::string> texts;                          ///< of a dataset of text
  std::vector<std::vector<uint64_t>> scales;               ///< DIMENSION_LIST: addresses of scales, by axis
  std::vector<std::pair<uint64_t, uint64_t>> scale_users;  ///< REFERENCE_LIST: address of a dataset, axis
};

class Contents {
 public:
  const Object* find(std::string_view path) const;
  const std::string& path(size_t object) const { return paths_[object]; }
  const Object& operator[](size_t object) const { return objects_[object]; }
  size_t size() const { return objects_.size(); }
  size_t add(const std::string& path, Object object);  ///< Error when it is there or its group is not
  Object& last() { return objects_.back(); }

 private:
  std::vector<Object> objects_;  // groups before what is in them; the root is the first
  std::vector<std::string> paths_;
  std::map<std::string, size_t, std::less<>> places_;
};

const Attribute* find_attribute(const Object& object, std::string_view name);

/// Bytes of one chunk, or of the whole; Error beyond 2^62.
uint64_t bytes_of(const Shape& shape, Type type);
/// Number of chunks, by axis, that a dataset of this shape has.
Shape chunk_grid(const Shape& shape, const Shape& chunk);

/// What the child says, from its bytes. file_size: of the image that it is about. Error at anything that cannot be.
Contents parse_contents(std::span<const std::byte> table, uint64_t file_size);

/// The child's pen: little-endian numbers, texts with their length in front.
class TableWriter {
 public:
  static constexpr uint64_t magic = 0x31656C626174'6E6EU, done = 0x656E6F64'656E6F64U;
  void number(uint64_t value);
  void bytes(std::span<const std::byte> value);
  void text(std::string_view value) { bytes(std::as_bytes(std::span(value.data(), value.size()))); }
  void shape(const Shape& shape);
  std::vector<std::byte>& buffer() { return buffer_; }

 private:
  std::vector<std::byte> buffer_;
};

}  // namespace nn::h5

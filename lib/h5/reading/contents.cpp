// SPDX-License-Identifier: MIT
#include "h5/reading/contents.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/error.h"
#include "base/log.h"
#include "base/text/utf8.h"

namespace nn::h5 {
namespace {

constexpr size_t word = 8;

/// Takes numbers and texts from the table; Error at its end.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> table) : rest_(table) {}

  uint64_t number() {
    if (rest_.size() < word) throw Error("the table of contents ends early");
    uint64_t value = 0;
    for (size_t i = word; i-- > 0;) value = value << 8 | std::to_integer<uint64_t>(rest_[i]);
    rest_ = rest_.subspan(word);
    return value;
  }
  uint64_t number(uint64_t most, const char* what) {
    const uint64_t value = number();
    if (value > most)
      throw Error(std::string(what) + " " + std::to_string(value) + " is beyond " + std::to_string(most));
    return value;
  }
  /// A count of things that take at least so many bytes of the table each.
  size_t count(size_t bytes_each, uint64_t most, const char* what) {
    const uint64_t value = number(most, what);
    if (value > rest_.size() / bytes_each) throw Error("the table of contents ends early");
    return static_cast<size_t>(value);
  }
  std::span<const std::byte> bytes() {
    const size_t size = count(1, std::numeric_limits<uint64_t>::max(), "length");
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::string text() {
    const auto taken = bytes();
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  Shape shape() {
    std::vector<int64_t> extents(count(word, most_axes, "number of axes"));
    for (int64_t& extent : extents) extent = static_cast<int64_t>(number(longest_extent, "an extent of"));
    return Shape(std::move(extents));
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

/// A name in a group or of an attribute, as no stock tool makes it otherwise.
void check_name(const std::string& name, bool of_link) {
  if (name.empty() || name.size() > longest_path || name.find('\0') != std::string::npos ||
      (of_link && (name.find('/') != std::string::npos || name == "." || name == "..")))
    throw Error("'" + printable(name.substr(0, 80)) + "' is no name in an HDF5 file");
  if (invalid_utf8(name) != std::string::npos) throw Error("the name '" + printable(name) + "' is not UTF-8");
}

Bytes copy_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

Type parse_type(Cursor& in) { return static_cast<Type>(in.number(static_cast<uint64_t>(Type::f64), "element type")); }
Element parse_element(Cursor& in) {
  return static_cast<Element>(in.number(static_cast<uint64_t>(Element::other), "kind of values"));
}

Attribute parse_attribute(Cursor& in, uint64_t file_size) {
  Attribute a;
  a.name = in.text();
  check_name(a.name, false);
  return in_context("attribute " + printable(a.name), [&] {
    a.element = parse_element(in);
    a.usual = in.number(1, "flag") == 1;
    if (a.element == Element::other) return a;
    if (a.element == Element::number) {
      a.type = parse_type(in);
      a.shape = in.shape();
    }
    const auto value = in.bytes();
    if (value.size() > file_size) throw Error("its value is larger than the file");
    if (a.element == Element::number && bytes_of(a.shape, a.type) != value.size())
      throw Error("its value has not the size of its shape " + a.shape.text());
    a.value = copy_of(value);
    return a;
  });
}

StoredChunk parse_place(Cursor& in, uint64_t file_size) {
  StoredChunk c;
  c.place = in.number();
  c.size = in.number();
  if (c.size > file_size || c.place > file_size - c.size) throw Error("its values lie beyond the end of the file");
  return c;
}

void parse_chunks(Cursor& in, Object& o, uint64_t file_size) {
  o.chunk = in.shape();
  bool fits = o.chunk.rank() == o.shape.rank() && o.chunk.rank() > 0;
  for (size_t i = 0; fits && i < o.shape.rank(); ++i)
    fits = o.chunk[i] >= 1 && o.chunk[i] <= std::max<int64_t>(o.shape[i], 1);
  if (!fits) throw Error("chunks larger than the dataset");
  if (bytes_of(o.chunk, o.type) > largest_chunk) throw Error("chunks of " + o.chunk.text() + " are too large");
  const auto wanted = static_cast<uint64_t>(chunk_grid(o.shape, o.chunk).count());
  const size_t count = in.count(3 * word, file_size, "number of chunks");
  if (count != 0 && count != wanted) throw Error(std::to_string(count) + " chunks of " + std::to_string(wanted));
  o.chunks.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    o.chunks.push_back(parse_place(in, file_size));
    if (o.chunks.back().size == 0) throw Error("a chunk without bytes");
    o.chunks.back().mask = static_cast<uint32_t>(in.number((uint64_t{1} << o.filters.size()) - 1, "filter mask"));
  }
}

void parse_dataset(Cursor& in, Object& o, uint64_t file_size) {
  o.element = parse_element(in);
  if (o.element == Element::number) o.type = parse_type(in);
  o.shape = in.shape();
  o.usual = in.number(1, "flag") == 1;
  if (o.element != Element::number) {
    for (size_t left = in.count(word, file_size, "number of texts"); left > 0; --left) o.texts.push_back(in.text());
    return;
  }
  const uint64_t bytes = bytes_of(o.shape, o.type);
  o.layout = static_cast<Layout>(in.number(static_cast<uint64_t>(Layout::chunked), "layout"));
  o.external = in.number(1, "flag") == 1;
  o.filters.resize(in.count(word, most_filters, "number of filters"));
  for (uint32_t& filter : o.filters)
    filter = static_cast<uint32_t>(in.number(std::numeric_limits<uint32_t>::max(), "filter"));
  if (o.layout == Layout::compact) {
    const auto values = in.bytes();
    if (values.size() != bytes || bytes > file_size)
      throw Error("its values have not the size of its shape " + o.shape.text());
    o.values = copy_of(values);
  } else if (o.layout == Layout::contiguous) {
    if (in.number(1, "flag") == 1) o.run = parse_place(in, file_size);
    if (o.run && o.run->size != bytes) throw Error("its values have not the size of its shape " + o.shape.text());
  } else if (o.layout == Layout::chunked) {
    parse_chunks(in, o, file_size);
  }
}

void parse_references(Cursor& in, Object& o) {
  o.scales.resize(in.count(word, most_axes, "number of axes"));
  for (auto& scales : o.scales) {
    scales.resize(in.count(word, most_objects, "number of scales"));
    for (uint64_t& scale : scales) scale = in.number();
  }
  o.scale_users.resize(in.count(2 * word, most_objects * most_axes, "number of references"));
  for (auto& [dataset, axis] : o.scale_users) {
    dataset = in.number();
    axis = in.number();
  }
}

Object parse_object(Cursor& in, uint64_t file_size) {
  Object o;
  o.kind = static_cast<ObjectKind>(in.number(static_cast<uint64_t>(ObjectKind::foreign), "kind of object"));
  if (o.kind != ObjectKind::group && o.kind != ObjectKind::dataset) return o;
  o.address = in.number();
  if (o.kind == ObjectKind::dataset) parse_dataset(in, o, file_size);
  std::unordered_set<std::string> names;
  for (size_t left = in.count(2 * word, most_attributes, "number of attributes"); left > 0; --left) {
    o.attributes.push_back(parse_attribute(in, file_size));
    if (!names.insert(o.attributes.back().name).second)
      throw Error("attribute " + printable(o.attributes.back().name) + " stands twice");
  }
  parse_references(in, o);
  return o;
}

/// No byte of the file belongs to two chunks: what is declared cannot be more than what is there.
void check_overlaps(const Contents& contents) {
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& o = contents[i];
    if (o.run && o.run->size > 0) ranges.emplace_back(o.run->place, o.run->size);
    for (const StoredChunk& c : o.chunks) ranges.emplace_back(c.place, c.size);
  }
  if (!std::is_sorted(ranges.begin(), ranges.end())) std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first - ranges[i - 1].first < ranges[i - 1].second)
      throw Error("values of two datasets share the bytes at " + std::to_string(ranges[i].first));
}

}  // namespace

const Object* Contents::find(std::string_view path) const {
  const auto found = places_.find(path);
  return found == places_.end() ? nullptr : &objects_[found->second];
}

size_t Contents::add(const std::string& path, Object object) {
  const size_t place = objects_.size();
  if (place >= most_objects) throw Error("more than " + std::to_string(most_objects) + " objects");
  if (place > 0) {
    const auto group = places_.find(path.substr(0, std::max<size_t>(1, path.rfind('/'))));
    if (group == places_.end() || objects_[group->second].kind != ObjectKind::group)
      throw Error("its group is not in the file");
    if (std::count(path.begin(), path.end(), '/') > deepest)
      throw Error("groups are nested deeper than " + std::to_string(deepest));
    objects_[group->second].children.push_back(place);
  }
  if (!places_.emplace(path, place).second) throw Error("the name stands twice");
  objects_.push_back(std::move(object));
  paths_.push_back(path);
  return place;
}

const Attribute* find_attribute(const Object& object, std::string_view name) {
  const auto found = std::find_if(object.attributes.begin(), object.attributes.end(),
                                  [&](const Attribute& a) { return a.name == name; });
  return found == object.attributes.end() ? nullptr : &*found;
}

uint64_t bytes_of(const Shape& shape, Type type) {
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(shape.count()), size_of(type), &bytes) || bytes >> 62)
    throw Error("the shape " + shape.text() + " is out of range");
  return bytes;
}

Shape chunk_grid(const Shape& shape, const Shape& chunk) {
  std::vector<int64_t> grid;
  for (size_t i = 0; i < shape.rank(); ++i) grid.push_back(shape[i] / chunk[i] + (shape[i] % chunk[i] != 0));
  return Shape(std::move(grid));
}

Contents parse_contents(std::span<const std::byte> table, uint64_t file_size) {
  Cursor in(table);
  if (in.number() != TableWriter::magic) throw Error("no table of contents");
  Contents contents;
  for (uint64_t more; (more = in.number()) != TableWriter::done;) {
    if (more != 1) throw Error("the table of contents is not well formed");
    const std::string path = in.text();
    const bool root = contents.size() == 0;
    in_context(printable(path.substr(0, longest_path)), [&] {
      if (path.size() > longest_path || path.empty() || path[0] != '/' || root != (path == "/"))
        throw Error("no path in an HDF5 file");
      if (!root) check_name(path.substr(path.rfind('/') + 1), true);
      Object object = parse_object(in, file_size);
      if (root && object.kind != ObjectKind::group) throw Error("expected a group");
      contents.add(path, std::move(object));
    });
  }
  if (!in.at_end() || contents.size() == 0) throw Error("the table of contents is not well formed");
  check_overlaps(contents);
  return contents;
}

void TableWriter::number(uint64_t value) {
  for (size_t i = 0; i < word; ++i) buffer_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
}

void TableWriter::bytes(std::span<const std::byte> value) {
  number(value.size());
  buffer_.insert(buffer_.end(), value.begin(), value.end());
}

void TableWriter::shape(const Shape& shape) {
  number(shape.rank());
  for (const int64_t extent : shape) number(static_cast<uint64_t>(extent));
}

}  // namespace nn::h5

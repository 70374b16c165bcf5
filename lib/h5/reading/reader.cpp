// SPDX-License-Identifier: MIT
#include "h5/reading/reader.h"

#include <algorithm>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text/utf8.h"
#include "h5/bytes.h"
#include "h5/digest.h"
#include "h5/image.h"
#include "h5/reading/child.h"
#include "h5/reading/chunks.h"
#include "h5/reading/contents.h"
#include "h5/reading/verify.h"

namespace nn::h5 {
namespace {

constexpr uint64_t deflate_ratio = 1040;  // DEFLATE reaches 1032:1 at most

Contents contents_of(std::span<const std::byte> image, const std::string& name, bool deep, const Budget& budget) {
  const std::vector<std::byte> table = table_from_child(image, name, deep, budget);
  return in_context(name + ": damaged or hostile HDF5 file", [&] { return parse_contents(table, image.size()); });
}

/// What a file declares is believed only as far as the bytes that it stores can yield; Error otherwise.
void check_storage(const Object& set, const std::string& place) {
  if (set.external) throw Error(place + ": its values are kept in another file, which nn-tools never follow");
  if (set.layout == Layout::other) throw Error(place + ": a storage layout that nn-tools do not read");
  bool deflated = false;
  for (const uint32_t filter : set.filters) {
    if (filter != deflate_filter && filter != shuffle_filter && filter != fletcher32_filter)
      throw Error(place + ": filter " + std::to_string(filter) + ", expected deflate, shuffle or fletcher32 only");
    deflated = deflated || filter == deflate_filter;
  }
  uint64_t stored = set.run ? set.run->size : set.values.size();
  for (const StoredChunk& chunk : set.chunks) stored += chunk.size;
  const uint64_t bytes = bytes_of(set.shape, set.type);
  const bool missing = bytes > 0 && ((set.layout == Layout::chunked && set.chunks.empty()) ||
                                     (set.layout == Layout::contiguous && !set.run));
  if (missing || (deflated ? bytes / deflate_ratio : bytes) > stored)
    throw Error(place + ": declares " + std::to_string(bytes) + " bytes, but " + std::to_string(stored) +
                " are stored; damaged or made to mislead");
}

Array make_array(Type type, const Shape& shape, const std::string& place, const Budget& budget) {
  budget.ask(bytes_of(shape, type), place);
  try {
    return Array::unfilled(type, shape);
  } catch (const std::bad_alloc&) {
    throw Error(place + ": " + shape.text() + " of " + name_of(type) + " does not fit into memory");
  }
}

}  // namespace

struct Reader::Body {
  std::string name;
  Bytes bytes;
  Contents contents;
  Budget budget{0};

  std::string place(const std::string& path) const { return name + ": " + printable(path); }

  void refuse_link(const Object& object, const std::string& path) const {
    if (object.kind == ObjectKind::link)
      throw Error(place(path) + ": a soft or external link, which nn-tools never follow");
    if (object.kind == ObjectKind::alias)
      throw Error(place(path) + ": a second link to an object that has a name already, which nn-tools never write");
  }

  /// Null when it is not there. Error when a link on the way is none of ours.
  const Object* find(const std::string& path) const {
    for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
      if (const Object* group = contents.find(std::string_view(path).substr(0, end)))
        refuse_link(*group, path.substr(0, end));
    const Object* found = contents.find(path);
    if (found) refuse_link(*found, path);
    return found;
  }

  const Object& object(const std::string& path) const {
    const Object* found = find(path);
    if (!found) throw Error(place(path) + ": is not in the file");
    if (found->kind == ObjectKind::foreign) throw Error(place(path) + ": an object that nn-tools do not write");
    return *found;
  }

  const Object& dataset(const std::string& path) const {
    const Object& set = object(path);
    if (set.kind != ObjectKind::dataset) throw Error(place(path) + ": expected a dataset, found a group");
    if (set.element != Element::number)
      throw Error(place(path) +
                  ": expected uint8, int32, int64, float32 or float64 (little-endian), found another type");
    return set;
  }

  const Attribute* attribute(const std::string& path, const std::string& name) const {
    return find_attribute(object(path), name);
  }

  void check_kind(const Reader& reader, const std::string& expected) const {
    const auto kind = reader.text("/", "nn_kind"), format = reader.text("/", "nn_format");
    if (!kind || !format)
      throw Error(name +
                  ": an HDF5 file of another program (its root has no attributes nn_kind and nn_format); nn-hdf5(5) "
                  "shows how h5py writes a dataset, and nn-convert makes one of an .npz");
    if (*format != "1")
      throw Error(name + ": nn_format " + printable(*format) + ", expected 1; a newer nn-tools wrote it");
    if (!expected.empty() && *kind != expected)
      throw Error(name + ": expected a " + expected + ", found a " + printable(*kind));
  }
};

Reader::Reader() : body_(std::make_unique<Body>()) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Reader Reader::open(const std::string& name, const std::string& kind, const Budget& budget) {
  Source source = read_image(name, budget);
  return of_image(std::move(source.bytes), source.name, source.is_stream, source.size, kind, budget);
}

Reader Reader::of_bytes(std::span<const std::byte> bytes, const std::string& name, const std::string& kind,
                        const Budget& budget) {
  return of_image({bytes.begin(), bytes.end()}, name, false, bytes.size(), kind, budget);
}

Reader Reader::of_image(Bytes bytes, const std::string& name, bool is_stream, uint64_t size, const std::string& kind,
                        const Budget& budget) {
  check_image(bytes, name, is_stream, size);
  Reader reader;
  Body& b = *reader.body_;
  b.name = name;
  b.bytes = std::move(bytes);
  b.budget = budget;
  b.contents = contents_of(b.bytes, b.name, false, budget);
  b.check_kind(reader, kind);
  return reader;
}

const std::string& Reader::name() const { return body_->name; }
const Budget& Reader::budget() const { return body_->budget; }
std::string Reader::kind() const { return required_text("/", "nn_kind"); }
bool Reader::has(const std::string& path) const { return body_->find(path) != nullptr; }

std::string Reader::stored_digest() const {
  const std::string stated = required_text("/", "nn_digest");
  if (stated.size() != 64 || stated.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw Error(body_->name + ": its nn_digest is no digest of 64 hexadecimal digits");
  return stated;
}

std::vector<std::string> Reader::children(const std::string& group) const {
  const Object& object = body_->object(group);
  if (object.kind != ObjectKind::group) throw Error(body_->place(group) + ": expected a group, found a dataset");
  std::vector<std::string> names;
  for (const size_t child : object.children) {
    const std::string& path = body_->contents.path(child);
    names.push_back(path.substr(path.rfind('/') + 1));
  }
  return names;
}

bool Reader::is_group(const std::string& path) const {
  const Object* found = body_->find(path);
  return found && found->kind == ObjectKind::group;
}

Shape Reader::shape(const std::string& path) const { return body_->dataset(path).shape; }
Type Reader::type(const std::string& path) const { return body_->dataset(path).type; }

Array Reader::read(const std::string& path) const {
  const Object& set = body_->dataset(path);
  const std::string place = body_->place(path);
  check_storage(set, place);
  Array array = make_array(set.type, set.shape, place, body_->budget);
  Sha256 sum;
  const int64_t rows = set.shape.rank() == 0 ? 1 : set.shape[0];
  body_->budget.ask(memory_to_read(set, 0, rows), place + ": reading its chunks");
  in_context(place + ": damaged", [&] { read_rows_of(set, body_->bytes, 0, rows, array.bytes, &sum); });
  if (values(path, "nn_volatile")) return array;
  const std::string stated = required_text(path, "nn_sha256"), found = sum.hex();
  if (stated != found)
    throw Error(place + ": damaged or changed since it was written (nn_sha256 is " + printable(stated.substr(0, 12)) +
                "..., the values give " + found.substr(0, 12) + "...)");
  return array;
}

Array Reader::read_rows(const std::string& path, int64_t begin, int64_t end) const {
  const Object& set = body_->dataset(path);
  const std::string place = body_->place(path);
  check_storage(set, place);
  if (set.shape.rank() == 0 || begin < 0 || begin > end || end > set.shape[0])
    throw Error(place + ": rows " + std::to_string(begin) + " to " + std::to_string(end) + " of " + set.shape.text() +
                " asked for");
  Shape part = set.shape;
  part[0] = end - begin;
  Array array = make_array(set.type, part, place, body_->budget);
  body_->budget.ask(memory_to_read(set, begin, end), place + ": reading its chunks");
  in_context(place + ": damaged", [&] { read_rows_of(set, body_->bytes, begin, end, array.bytes, nullptr); });
  return array;
}

std::optional<std::string> Reader::text(const std::string& path, const std::string& attribute) const {
  const Attribute* found = body_->attribute(path, attribute);
  if (!found) return {};
  const std::string place = body_->place(path) + ", attribute " + attribute;
  if (found->element != Element::text) throw Error(place + ": expected one text of fixed length, found another type");
  std::string value(reinterpret_cast<const char*>(found->value.data()), found->value.size());
  if (const size_t at = invalid_utf8(value); at != std::string::npos)
    throw Error(place + ": byte " + std::to_string(at + 1) + " of its text is not UTF-8");
  return value;
}

std::optional<Array> Reader::values(const std::string& path, const std::string& attribute) const {
  const Attribute* found = body_->attribute(path, attribute);
  if (!found) return {};
  const std::string place = body_->place(path) + ", attribute " + attribute;
  if (found->element != Element::number) throw Error(place + ": expected numbers, found another type");
  Array array = make_array(found->type, found->shape, place, body_->budget);
  std::copy(found->value.begin(), found->value.end(), array.bytes.begin());
  return array;
}

std::optional<double> Reader::number(const std::string& path, const std::string& attribute) const {
  const auto array = values(path, attribute);
  if (!array) return {};
  const std::vector<double> all = array->to_double();
  if (all.size() != 1)
    throw Error(body_->place(path) + ", attribute " + attribute + ": expected one number, found " +
                array->shape.text());
  return all[0];
}

std::string Reader::required_text(const std::string& path, const std::string& attribute) const {
  auto value = text(path, attribute);
  if (!value)
    throw Error(body_->place(path) + ": the attribute " + attribute + " is missing" +
                (attribute == "nn_sha256" ? " (nn-hdf5(5) shows how h5py writes it)" : ""));
  return *std::move(value);
}

std::vector<std::string> Reader::attributes(const std::string& path) const {
  std::vector<std::string> names;
  for (const Attribute& attribute : body_->object(path).attributes)
    if (!is_housekeeping(attribute.name)) names.push_back(attribute.name);
  return names;
}

std::string Reader::digest() const { return digest_of(body_->contents); }

std::string Reader::computed_digest() const {
  const Contents& contents = body_->contents;
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& object = body_->object(contents.path(i));
    check_countable(object, contents.path(i), body_->name);
    if (object.kind == ObjectKind::dataset && object.element != Element::text) read(contents.path(i));
  }
  return digest();
}

void Reader::verify() const {
  const std::string stated = required_text("/", "nn_digest"), found = computed_digest();
  if (stated != found)
    throw Error(body_->name + ": changed since it was written (nn_digest is " + printable(stated) +
                ", the content gives " + found + ")");
  VolatileSums sums;
  for (size_t i = 0; i < body_->contents.size(); ++i)
    if (find_attribute(body_->contents[i], "nn_volatile"))
      sums.emplace(body_->contents.path(i), sha256_hex(read(body_->contents.path(i)).bytes));
  check_copies(contents_of(body_->bytes, body_->name, true, body_->budget), sums, body_->name);
}

}  // namespace nn::h5

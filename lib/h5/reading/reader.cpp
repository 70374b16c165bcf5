// SPDX-License-Identifier: MIT
#include "h5/reading/reader.h"

#include <algorithm>
#include <stdexcept>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text/utf8.h"
#include "h5/bytes.h"
#include "h5/digest.h"
#include "h5/image.h"
#include "h5/reading/child.h"
#include "h5/reading/chunks.h"
#include "h5/reading/contents.h"
#include "h5/reading/storage.h"
#include "h5/reading/verify.h"

namespace nn::h5 {
namespace {

constexpr uint64_t in_memory_part = 4;  // of the budget: a larger file stays where it is

Contents contents_of(const FileBytes& image, const std::string& name, bool deep, const Budget& budget) {
  const std::vector<std::byte> table = table_from_child(image, name, deep, budget);
  return in_context(name + ": damaged or hostile HDF5 file", [&] { return parse_contents(table, image.size()); });
}

}  // namespace

struct Reader::Body {
  std::string name;
  Bytes image;        ///< of a file in memory
  Descriptor opened;  ///< else
  FileBytes bytes;
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

Reader::Reader() : body_(std::make_shared<Body>()) {}

Reader Reader::share() const {
  Reader other;
  other.body_ = body_;
  return other;
}

Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Reader Reader::open(const std::string& name, const std::string& kind, const Budget& budget, bool in_place) {
  const uint64_t large = in_place ? 0 : budget.bytes() / in_memory_part + 1;
  if (std::optional<LargeFile> file = open_large(name, large)) return of_file(*std::move(file), kind, budget);
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
  reader.body_->image = std::move(bytes);
  reader.body_->bytes = FileBytes(reader.body_->image);
  reader.describe(name, kind, budget);
  return reader;
}

Reader Reader::of_file(LargeFile file, const std::string& kind, const Budget& budget) {
  Reader reader;
  Body& b = *reader.body_;
  b.opened = std::move(file.descriptor);
  b.bytes = FileBytes(b.opened.get(), file.size);
  std::vector<std::byte> head;
  check_head(b.bytes.get(0, std::min<uint64_t>(file.size, 4096), head), file.name, file.size);
  reader.describe(file.name, kind, budget);
  return reader;
}

void Reader::describe(const std::string& name, const std::string& kind, const Budget& budget) {
  body_->name = name;
  body_->budget = budget;
  body_->contents = contents_of(body_->bytes, name, false, budget);
  body_->check_kind(*this, kind);
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
  check_hash(path, sum.hex());
  return array;
}

void Reader::check_hash(const std::string& path, const std::string& found) const {
  if (values(path, "nn_volatile")) return;
  const std::string stated = required_text(path, "nn_sha256");
  if (stated != found)
    throw Error(body_->place(path) + ": damaged or changed since it was written (nn_sha256 is " +
                printable(stated.substr(0, 12)) + "..., the values give " + found.substr(0, 12) + "...)");
}

void Reader::check_sum(const std::string& path, Sha256& sum) const { check_hash(path, sum.hex()); }

uint64_t Reader::size_in_memory(const std::string& path) const {
  const Object& set = body_->dataset(path);
  return bytes_of(set.shape, set.type);
}

bool Reader::has_chunk_sums(const std::string& path) const {
  const Object& set = body_->dataset(path);
  const auto sum = std::ranges::find(set.filters, fletcher32_filter);
  if (set.layout != Layout::chunked || sum == set.filters.end()) return false;
  const auto bit = 1U << (sum - set.filters.begin());
  return std::ranges::none_of(set.chunks, [&](const StoredChunk& chunk) { return (chunk.mask & bit) != 0; });
}

int64_t Reader::chunk_rows(const std::string& path) const {
  const Object& set = body_->dataset(path);
  return set.layout == Layout::chunked && set.chunk.rank() > 0 ? set.chunk[0] : 1;
}

Array Reader::read_rows(const std::string& path, int64_t begin, int64_t end) const {
  const Object& set = body_->dataset(path);
  const std::string place = body_->place(path);
  check_storage(set, place);
  check_rows(set, begin, end, place);
  Shape part = set.shape;
  part[0] = end - begin;
  Array array = make_array(set.type, part, place, body_->budget);
  read_rows(path, begin, end, array.bytes, nullptr);
  return array;
}

void Reader::read_rows(const std::string& path, int64_t begin, int64_t end, std::span<std::byte> out,
                       Sha256* sum) const {
  const Object& set = body_->dataset(path);
  const std::string place = body_->place(path);
  check_storage(set, place);
  check_rows(set, begin, end, place);
  if (out.size() != bytes_of(set.shape.without_first(), set.type) * static_cast<uint64_t>(end - begin))
    throw std::logic_error(place + ": rows are read into memory of another size");
  body_->budget.ask(memory_to_read(set, begin, end), place + ": reading its chunks");
  in_context(place + ": damaged", [&] { read_rows_of(set, body_->bytes, begin, end, out, sum); });
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

/// A large dataset by rows, so that it need not fit into memory.
void Reader::check_values(const std::string& path) const {
  const uint64_t portion = std::min(uint64_t{64} << 20, body_->budget.bytes() / 16);
  const Object& set = body_->dataset(path);
  if (set.shape.rank() == 0 || size_in_memory(path) <= portion) {
    (void)read(path);
    return;
  }
  const uint64_t row = std::max<uint64_t>(1, bytes_of(set.shape.without_first(), set.type));
  const int64_t chunk = chunk_rows(path), rows = static_cast<int64_t>(std::max<uint64_t>(1, portion / row)),
                step = (rows + chunk - 1) / chunk * chunk;
  Sha256 sum;
  Bytes values;
  for (int64_t begin = 0; begin < set.shape[0]; begin += step) {
    const int64_t end = std::min(begin + step, set.shape[0]);
    body_->budget.ask(row * static_cast<uint64_t>(end - begin), body_->place(path));
    values.resize(static_cast<size_t>(row) * static_cast<size_t>(end - begin));
    read_rows(path, begin, end, values, &sum);
  }
  check_sum(path, sum);
}

std::string Reader::digest() const { return digest_of(body_->contents); }

std::string Reader::computed_digest(const AttributeTexts& instead) const {
  const Contents& contents = body_->contents;
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& object = body_->object(contents.path(i));
    check_countable(object, contents.path(i), body_->name);
    if (object.kind == ObjectKind::dataset && object.element != Element::text) check_values(contents.path(i));
  }
  return digest_of(contents, instead);
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

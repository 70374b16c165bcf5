// SPDX-License-Identifier: MIT
#include "h5/reading/foreign.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text/utf8.h"
#include "h5/image.h"
#include "h5/reading/child.h"
#include "h5/reading/foreign_walk.h"

namespace nn::h5 {
namespace {

using Kind = ForeignObject::Kind;

/// What the child sends; none of it is believed.
class TableReader {
 public:
  explicit TableReader(std::span<const std::byte> table) : table_(table) {}
  uint64_t number() {
    uint64_t value = 0;
    for (size_t i = 0; const std::byte b : take(sizeof value)) value |= std::to_integer<uint64_t>(b) << (8 * i++);
    return value;
  }
  std::span<const std::byte> bytes() { return take(number()); }
  std::string text() {
    const auto part = bytes();
    std::string value(reinterpret_cast<const char*>(part.data()), part.size());
    if (invalid_utf8(value) != std::string::npos) throw Error("a text that is not UTF-8");
    return value;
  }
  Shape shape() {
    std::vector<int64_t> dims;
    const uint64_t rank = number();
    if (rank > most_axes) throw Error("more axes than there can be");
    for (uint64_t i = 0; i < rank; ++i) {
      dims.push_back(static_cast<int64_t>(number()));
      if (dims.back() < 0 || static_cast<uint64_t>(dims.back()) > longest_extent) throw Error("an extent out of range");
    }
    return Shape(std::move(dims));
  }
  void end() const {
    if (!table_.empty()) throw Error("more than there should be");
  }

 private:
  std::span<const std::byte> take(uint64_t n) {
    if (n > table_.size()) throw Error("it ends early");
    const auto part = table_.first(static_cast<size_t>(n));
    table_ = table_.subspan(static_cast<size_t>(n));
    return part;
  }
  std::span<const std::byte> table_;
};

size_t element_size(Kind kind) {
  return kind == Kind::float32 ? 4 : kind == Kind::bfloat16 ? 2 : kind == Kind::float64 || kind == Kind::int64 ? 8 : 0;
}

ForeignObject object_from(TableReader& from) {
  ForeignObject object;
  object.path = from.text();
  const uint64_t kind = from.number();
  if (kind > static_cast<uint64_t>(Kind::other)) throw Error("an object of no kind");
  object.kind = static_cast<Kind>(kind);
  object.shape = from.shape();
  const auto values = from.bytes();
  uint64_t expected = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(object.shape.count()), element_size(object.kind), &expected) ||
      (object.kind != Kind::group && object.kind != Kind::other && values.size() != expected))
    throw Error("values that are not of their shape");
  object.values.assign(values.begin(), values.end());
  const uint64_t attributes = from.number();
  for (uint64_t i = 0; i < attributes; ++i) {
    const std::string name = from.text();
    const uint64_t count = from.number();
    std::vector<std::string>& texts = object.texts[name];
    for (uint64_t k = 0; k < count; ++k) texts.push_back(from.text());
  }
  return object;
}

}  // namespace

const ForeignObject* ForeignFile::find(std::string_view path) const {
  const auto found = objects.find(path);
  return found == objects.end() ? nullptr : &found->second;
}

const std::string* ForeignFile::text(std::string_view path, const std::string& attribute) const {
  const ForeignObject* object = find(path);
  if (!object) return nullptr;
  const auto found = object->texts.find(attribute);
  return found == object->texts.end() || found->second.size() != 1 ? nullptr : &found->second[0];
}

std::vector<std::string> ForeignFile::children(std::string_view group) const {
  const std::string front = group == "/" ? "/" : std::string(group) + "/";
  std::vector<std::string> names;
  for (auto at = objects.upper_bound(front); at != objects.end() && at->first.starts_with(front); ++at)
    if (at->first.find('/', front.size()) == std::string::npos) names.push_back(at->first.substr(front.size()));
  return names;
}

ForeignFile parse_foreign(std::span<const std::byte> table) {
  ForeignFile file;
  TableReader from(table);
  if (from.number() != foreign_magic) throw Error("no table of contents");
  while (from.number() == 1) {
    ForeignObject object = object_from(from);
    const std::string path = object.path;
    if (!file.objects.emplace(path, std::move(object)).second) throw Error(printable(path) + " is there twice");
  }
  from.end();
  if (!file.find("/")) throw Error("no root group");
  return file;
}

ForeignFile read_foreign_file(std::span<const std::byte> image, const std::string& name, const Budget& budget) {
  check_signature(image, name);
  const FileBytes bytes(image);
  const std::vector<std::byte> table = table_from_child(bytes, name, false, budget, walk_foreign);
  return in_context(name + ": damaged or hostile HDF5 file", [&] { return parse_foreign(table); });
}

}  // namespace nn::h5

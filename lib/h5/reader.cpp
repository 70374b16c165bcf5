// SPDX-License-Identifier: MIT
#include "h5/reader.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/sha256.h"
#include "h5/bytes.h"
#include "h5/chunks.h"
#include "h5/digest.h"
#include "h5/handle.h"
#include "h5/image.h"
#include "h5/types.h"

namespace nn::h5 {
namespace {

constexpr int deepest = 16;
constexpr size_t most_objects = 100000;
constexpr uint64_t deflate_ratio = 1040;  // DEFLATE reaches 1032:1 at most

// "/weights/conv1" in steps: each link on the way must be a plain one, so that no path leaves the file.
bool is_plain_path(hid_t file, const std::string& path) {
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos || path.size() > 4096) return false;
  for (size_t end = path.find('/', 1); path.size() > 1; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    H5L_info_t info{};
    if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0 || H5Lget_info(file, part.c_str(), &info, H5P_DEFAULT) < 0) {
      H5Eclear2(H5E_DEFAULT);
      return false;
    }
    if (info.type != H5L_TYPE_HARD) throw Error(part + ": a soft or external link, which nn-tools never follow");
    if (end == std::string::npos) break;
    const Handle step(H5Oopen(file, part.c_str(), H5P_DEFAULT), H5Oclose, part);
    if (H5Iget_type(step.id()) != H5I_GROUP) return false;
  }
  return true;
}

Shape shape_of(hid_t space, const std::string& place) {
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  const int rank = checked(H5Sget_simple_extent_ndims(space), place);
  if (H5Sget_simple_extent_type(space) == H5S_NULL) throw Error(place + ": without values");
  checked(H5Sget_simple_extent_dims(space, dims.data(), nullptr), place);
  std::vector<int64_t> extents;
  for (int i = 0; i < rank; ++i) {
    if (dims[static_cast<size_t>(i)] > hsize_t{1} << 48) throw Error(place + ": an extent of " + std::to_string(dims[static_cast<size_t>(i)]) + " is out of range");
    extents.push_back(static_cast<int64_t>(dims[static_cast<size_t>(i)]));
  }
  return Shape(std::move(extents));
}

uint64_t bytes_of(const Shape& shape, Type type, const std::string& place) {
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(in_context(place, [&] { return shape.count(); })), size_of(type), &bytes) || bytes >> 62)
    throw Error(place + ": the shape " + shape.text() + " is out of range");
  return bytes;
}

Array make_array(Type type, const Shape& shape, const std::string& place) {
  try {
    return Array::unfilled(type, shape);
  } catch (const std::bad_alloc&) {
    throw Error(place + ": " + shape.text() + " of " + name_of(type) + " does not fit into memory");
  } catch (const std::length_error&) {
    throw Error(place + ": " + shape.text() + " of " + name_of(type) + " does not fit into memory");
  }
}

struct OpenDataset {
  std::string place;
  Handle handle, space;
  Type type = Type::u8;
  Shape shape;

  // What a file declares is believed only as far as the bytes that it stores can yield.
  void check_storage(uint64_t file_size) const {
    const Handle creation(H5Dget_create_plist(handle.id()), H5Pclose, place);
    const H5D_layout_t layout = H5Pget_layout(creation.id());
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) throw Error(place + ": a storage layout that nn-tools do not read");
    if (H5Pget_external_count(creation.id()) != 0) throw Error(place + ": its values are kept in another file, which nn-tools never follow");
    bool deflated = false;
    const int filters = checked(H5Pget_nfilters(creation.id()), place);
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0, config = 0;
      size_t values = 0;
      const H5Z_filter_t filter = H5Pget_filter2(creation.id(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
      if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
        throw Error(place + ": filter " + std::to_string(filter) + ", expected deflate, shuffle or fletcher32 only");
      deflated = deflated || filter == H5Z_FILTER_DEFLATE;
    }
    const uint64_t bytes = bytes_of(shape, type, place);
    if (layout == H5D_CHUNKED) check_chunk(creation.id());
    const uint64_t stored = H5Dget_storage_size(handle.id());
    if (stored > file_size || (deflated ? bytes / deflate_ratio : bytes) > stored)
      throw Error(place + ": declares " + std::to_string(bytes) + " bytes, but " + std::to_string(stored) + " are stored; damaged or made to mislead");
  }

 private:
  void check_chunk(hid_t creation) const {
    std::array<hsize_t, H5S_MAX_RANK> chunk{};
    const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk.data());
    bool fits = rank == static_cast<int>(shape.rank());
    for (size_t i = 0; fits && i < shape.rank(); ++i) fits = chunk[i] >= 1 && chunk[i] <= static_cast<hsize_t>(std::max<int64_t>(shape[i], 1));
    if (!fits) throw Error(place + ": chunks larger than the dataset");
  }
};

/// Names of links or attributes as they were made; by the alphabet in a file that another program rewrote without that
/// order. They are taken as their index stands (H5_ITER_NATIVE) and sorted here: for any other order libhdf5 1.10.8
/// collects a table first, and where damage stops that, it frees entries that were never filled.
class NameList {
 public:
  template <class Info>
  static herr_t add(hid_t, const char* name, const Info* info, void* list) {
    auto& names = static_cast<NameList*>(list)->names_;
    names.emplace_back(info->corder_valid ? static_cast<int64_t>(info->corder) : 0, name);
    return 0;
  }
  std::vector<std::string> sorted() {
    std::sort(names_.begin(), names_.end());
    std::vector<std::string> out;
    for (auto& [order, name] : names_) out.push_back(std::move(name));
    return out;
  }

 private:
  std::vector<std::pair<int64_t, std::string>> names_;
};

}  // namespace

struct Reader::Body {
  std::string name;
  Bytes bytes;  // outlives file, which reads from it
  Handle file;

  std::string place(const std::string& path) const { return name + ": " + printable(path); }

  bool has(const std::string& path) const {
    return in_context(name, [&] { return is_plain_path(file.id(), path); });
  }

  Handle open_object(const std::string& path) const {
    if (!has(path)) throw Error(place(path) + ": is not in the file");
    return {H5Oopen(file.id(), path.c_str(), H5P_DEFAULT), H5Oclose, place(path)};
  }

  OpenDataset open_dataset(const std::string& path) const {
    OpenDataset set;
    set.place = place(path);
    if (!has(path)) throw Error(set.place + ": is not in the file");
    set.handle = Handle(H5Oopen(file.id(), path.c_str(), H5P_DEFAULT), H5Oclose, set.place);
    if (H5Iget_type(set.handle.id()) != H5I_DATASET) throw Error(set.place + ": expected a dataset, found a group");
    const Handle type(H5Dget_type(set.handle.id()), H5Tclose, set.place);
    const auto known = known_type(type.id());
    if (!known) throw Error(set.place + ": expected uint8, int32, int64, float32 or float64 (little-endian), found another type");
    set.type = *known;
    set.space = Handle(H5Dget_space(set.handle.id()), H5Sclose, set.place);
    set.shape = shape_of(set.space.id(), set.place);
    return set;
  }

  // Empty when there is no attribute of that name.
  std::optional<Handle> open_attribute(const std::string& path, const std::string& attribute) const {
    const Handle object = open_object(path);
    const std::string at = place(path) + ", attribute " + attribute;
    if (checked(H5Aexists(object.id(), attribute.c_str()), at) == 0) return {};
    return Handle(H5Aopen(object.id(), attribute.c_str(), H5P_DEFAULT), H5Aclose, at);
  }

  bool is_text_dataset(const std::string& path) const {
    const Handle object = open_object(path);
    const Handle type(H5Dget_type(object.id()), H5Tclose, place(path));
    return H5Tget_class(type.id()) == H5T_STRING;
  }

  void check_kind(const Reader& reader, const std::string& expected) const {
    const auto kind = reader.text("/", "nn_kind"), format = reader.text("/", "nn_format");
    if (!kind || !format) throw Error(name + ": an HDF5 file, but none of nn-tools (no attribute nn_kind or nn_format on its root)");
    if (*format != "1") throw Error(name + ": nn_format " + printable(*format) + ", expected 1; a newer nn-tools wrote it");
    if (!expected.empty() && *kind != expected) throw Error(name + ": expected a " + expected + ", found a " + printable(*kind));
  }
};

Reader::Reader() : body_(std::make_unique<Body>()) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Reader Reader::open(const std::string& name, const std::string& kind) {
  Source source = read_source(name);
  check_image(source.bytes, source.name, source.is_stream);
  start_library();
  Reader reader;
  Body& b = *reader.body_;
  b.name = source.name;
  b.bytes = std::move(source.bytes);
  // The image stays ours: HDF5 neither copies nor frees it.
  b.file = Handle(H5LTopen_file_image(b.bytes.data(), b.bytes.size(), H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE), H5Fclose,
                  b.name + ": damaged HDF5 file");
  b.check_kind(reader, kind);
  return reader;
}

const std::string& Reader::name() const { return body_->name; }
std::string Reader::kind() const { return required_text("/", "nn_kind"); }
std::string Reader::digest() const { return required_text("/", "nn_digest"); }
bool Reader::has(const std::string& path) const { return body_->has(path); }

std::vector<std::string> Reader::children(const std::string& group) const {
  const std::string place = body_->place(group);
  const Handle object = body_->open_object(group);
  H5G_info_t info{};
  checked(H5Gget_info(object.id(), &info), place);
  if (info.nlinks > most_objects) throw Error(place + ": " + std::to_string(info.nlinks) + " links are too many");
  NameList names;
  checked(H5Literate(object.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, NameList::add<H5L_info_t>, &names), place);
  return names.sorted();
}

bool Reader::is_group(const std::string& path) const { return has(path) && H5Iget_type(body_->open_object(path).id()) == H5I_GROUP; }
Shape Reader::shape(const std::string& path) const { return body_->open_dataset(path).shape; }
Type Reader::type(const std::string& path) const { return body_->open_dataset(path).type; }

Array Reader::read(const std::string& path) const {
  const OpenDataset set = body_->open_dataset(path);
  set.check_storage(body_->bytes.size());
  Array array = make_array(set.type, set.shape, set.place);
  Sha256 sum;
  const bool summed = !array.bytes.empty() && read_chunks(set.handle.id(), set.shape, body_->bytes, array.bytes, sum);
  if (!array.bytes.empty() && !summed)
    checked(H5Dread(set.handle.id(), hdf5_type(set.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()), set.place + ": damaged");
  if (values(path, "nn_volatile")) return array;
  const std::string stated = required_text(path, "nn_sha256"), found = summed ? sum.hex() : sha256_hex(array.bytes);
  if (stated != found)
    throw Error(set.place + ": damaged or changed since it was written (nn_sha256 is " + printable(stated.substr(0, 12)) + "..., the values give " + found.substr(0, 12) + "...)");
  return array;
}

Array Reader::read_rows(const std::string& path, int64_t begin, int64_t end) const {
  const OpenDataset set = body_->open_dataset(path);
  set.check_storage(body_->bytes.size());
  if (set.shape.rank() == 0 || begin < 0 || begin > end || end > set.shape[0])
    throw Error(set.place + ": rows " + std::to_string(begin) + " to " + std::to_string(end) + " of " + set.shape.text() + " asked for");
  Shape part = set.shape;
  part[0] = end - begin;
  Array array = make_array(set.type, part, set.place);
  if (array.bytes.empty()) return array;
  std::vector<hsize_t> start(part.rank(), 0), count(part.begin(), part.end());
  start[0] = static_cast<hsize_t>(begin);
  checked(H5Sselect_hyperslab(set.space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), set.place);
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose, set.place);
  checked(H5Dread(set.handle.id(), hdf5_type(set.type), memory.id(), set.space.id(), H5P_DEFAULT, array.bytes.data()), set.place + ": damaged");
  return array;
}

std::optional<std::string> Reader::text(const std::string& path, const std::string& attribute) const {
  const auto opened = body_->open_attribute(path, attribute);
  if (!opened) return {};
  const std::string place = body_->place(path) + ", attribute " + attribute;
  const Handle type(H5Aget_type(opened->id()), H5Tclose, place), space(H5Aget_space(opened->id()), H5Sclose, place);
  if (H5Tget_class(type.id()) != H5T_STRING || checked(H5Tis_variable_str(type.id()), place) > 0)
    throw Error(place + ": expected text of fixed length, found another type");
  const size_t size = H5Tget_size(type.id());
  if (H5Sget_simple_extent_npoints(space.id()) != 1 || size > body_->bytes.size()) throw Error(place + ": expected one text");
  std::string value(size, '\0');
  checked(H5Aread(opened->id(), type.id(), value.data()), place);
  value.resize(std::min(value.find('\0'), value.size()));
  return value;
}

std::optional<Array> Reader::values(const std::string& path, const std::string& attribute) const {
  const auto opened = body_->open_attribute(path, attribute);
  if (!opened) return {};
  const std::string place = body_->place(path) + ", attribute " + attribute;
  const Handle type(H5Aget_type(opened->id()), H5Tclose, place), space(H5Aget_space(opened->id()), H5Sclose, place);
  const auto known = known_type(type.id());
  if (!known) throw Error(place + ": expected numbers, found another type");
  const Shape shape = shape_of(space.id(), place);
  if (bytes_of(shape, *known, place) > body_->bytes.size()) throw Error(place + ": the shape " + shape.text() + " is out of range");
  Array array = make_array(*known, shape, place);
  if (!array.bytes.empty()) checked(H5Aread(opened->id(), hdf5_type(*known), array.bytes.data()), place);
  return array;
}

std::optional<double> Reader::number(const std::string& path, const std::string& attribute) const {
  const auto array = values(path, attribute);
  if (!array) return {};
  const std::vector<double> all = array->to_double();
  if (all.size() != 1) throw Error(body_->place(path) + ", attribute " + attribute + ": expected one number, found " + array->shape.text());
  return all[0];
}

std::string Reader::required_text(const std::string& path, const std::string& attribute) const {
  auto value = text(path, attribute);
  if (!value) throw Error(body_->place(path) + ": the attribute " + attribute + " is missing");
  return *std::move(value);
}

std::vector<std::string> Reader::attributes(const std::string& path) const {
  const Handle object = body_->open_object(path);
  NameList list;
  checked(H5Aiterate2(object.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, NameList::add<H5A_info_t>, &list), body_->place(path));
  std::vector<std::string> names = list.sorted();
  std::erase_if(names, [](const std::string& name) { return is_housekeeping(name); });
  return names;
}

void Reader::verify() const {
  ContentDigest content;
  size_t objects = 0;
  const auto visit = [&](const auto& self, const std::string& path, int depth) -> void {
    if (depth > deepest || ++objects > most_objects) throw Error(body_->place(path) + ": groups too deep or too many; does a link lead back?");
    const bool group = is_group(path);
    if (!group && !body_->is_text_dataset(path)) {
      const Array array = read(path);
      if (values(path, "nn_volatile")) return;
      content.dataset(path, name_of(array.type), array.shape.text(), sha256_hex(array.bytes));
    }
    for (const std::string& name : attributes(path)) {
      if (!ContentDigest::counts(path, name)) continue;
      const Handle attribute = *body_->open_attribute(path, name);
      const Handle type(H5Aget_type(attribute.id()), H5Tclose, body_->place(path));
      if (H5Tget_class(type.id()) == H5T_STRING) {
        const std::string value = required_text(path, name);
        content.attribute(path, name, "text", "scalar", std::as_bytes(std::span<const char>(value)));
      } else {
        const Array array = *values(path, name);
        content.attribute(path, name, name_of(array.type), array.shape.text(), array.bytes);
      }
    }
    if (group)
      for (const std::string& child : children(path)) self(self, (path == "/" ? "/" : path + "/") + child, depth + 1);
  };
  visit(visit, "/", 0);
  const std::string stated = digest(), found = content.hex();
  if (stated != found)
    throw Error(body_->name + ": changed since it was written (nn_digest is " + printable(stated) + ", the content gives " + found + ")");
}

}  // namespace nn::h5

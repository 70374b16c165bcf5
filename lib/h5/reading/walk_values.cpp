// SPDX-License-Identifier: MIT
#include "h5/reading/walk_values.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "h5/handle.h"
#include "h5/reading/chunk_places.h"
#include "h5/types.h"

namespace nn::h5 {
namespace {

struct Extents {
  std::optional<Shape> shape;  ///< empty for a null dataspace, which holds no value
  bool usual = false;          ///< none can grow, and one value stands in a scalar
};

Extents usual_extents_of(hid_t space) {
  const H5S_class_t kind = checked(H5Sget_simple_extent_type(space), "extents");
  if (kind == H5S_NULL) return {};
  std::array<hsize_t, H5S_MAX_RANK> dims{}, most{};
  const int rank = checked(H5Sget_simple_extent_dims(space, dims.data(), most.data()), "extents");
  std::vector<int64_t> extents;
  for (size_t i = 0; i < static_cast<size_t>(rank); ++i) {
    if (dims[i] > longest_extent) throw Error("an extent of " + std::to_string(dims[i]) + " is out of range");
    extents.push_back(static_cast<int64_t>(dims[i]));
  }
  return {Shape(std::move(extents)), dims == most && (rank > 0 || kind == H5S_SCALAR)};
}

/// Whether a type is the file's own, not a named one, and a text ends with a zero and is UTF-8 (or `ascii`).
bool is_usual(hid_t type, bool ascii = false) {
  if (checked(H5Tcommitted(type), "type") > 0) return false;
  if (H5Tget_class(type) != H5T_STRING) return true;
  const H5T_cset_t letters = H5Tget_cset(type);
  if (letters != H5T_CSET_UTF8 && !(ascii && letters == H5T_CSET_ASCII)) return false;
  const Handle ours(H5Tcopy(H5T_C_S1), H5Tclose, "type");  // it has more fields than those that matter for reading
  const bool variable = checked(H5Tis_variable_str(type), "text") > 0;
  checked(H5Tset_size(ours.id(), variable ? H5T_VARIABLE : H5Tget_size(type)), "text");
  checked(H5Tset_cset(ours.id(), letters), "text");
  return checked(H5Tequal(type, ours.id()), "type") > 0;
}

struct ScaleUser {
  hobj_ref_t dataset;
  int axis;
};

Handle type_of_scales() { return {H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose, "type"}; }

Handle type_of_users(hid_t axis) {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(ScaleUser)), H5Tclose, "type");
  checked(H5Tinsert(type.id(), "dataset", HOFFSET(ScaleUser, dataset), H5T_STD_REF_OBJ), "type");
  checked(H5Tinsert(type.id(), "dimension", HOFFSET(ScaleUser, axis), axis), "type");
  return type;
}

/// libhdf5 numbers axes by int up to 1.12 and by unsigned int from 1.14 on (hl/src/H5DS.c).
bool is_type_of_users(hid_t type) {
  for (const hid_t axis : {H5T_NATIVE_INT, H5T_NATIVE_UINT})
    if (checked(H5Tequal(type, type_of_users(axis).id()), "type") > 0) return true;
  return false;
}

/// Of the attributes that are neither numbers nor texts, libhdf5 itself makes two in our files.
bool is_usual_reference(const std::string& name, hid_t type) {
  if (name == "DIMENSION_LIST") return checked(H5Tequal(type, type_of_scales().id()), "type") > 0;
  if (name == "REFERENCE_LIST") return is_type_of_users(type);
  return true;
}

void check_size(uint64_t bytes, uint64_t file_size) {
  if (bytes > file_size)
    throw Error("a value of " + std::to_string(bytes) + " bytes in a file of " + std::to_string(file_size));
}

std::string up_to_zero(const char* text, size_t size) { return {text, std::find(text, text + size, '\0')}; }

/// Texts of a dataset, of fixed or variable length.
std::vector<std::string> dataset_texts(hid_t dataset, hid_t type, const Shape& shape, uint64_t file_size) {
  const auto count = static_cast<size_t>(shape.count());
  std::vector<std::string> texts;
  check_size(count, file_size);
  if (count == 0) return texts;
  if (checked(H5Tis_variable_str(type), "text") > 0) {
    std::vector<char*> values(count);
    checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "texts");
    for (const char* value : values) texts.emplace_back(value ? value : "");
    return texts;  // the library's memory goes with this process
  }
  const size_t size = H5Tget_size(type);
  constexpr uint64_t inflates_to = 1040;  // DEFLATE reaches 1032:1 at most
  if (size == 0 || count > std::numeric_limits<uint64_t>::max() / size || count * size / inflates_to > file_size)
    throw Error("texts of " + std::to_string(size) + " bytes are out of range");
  std::vector<char> values(count * size);
  checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "texts");
  for (size_t i = 0; i < count; ++i) texts.push_back(up_to_zero(values.data() + i * size, size));
  return texts;
}

/// Other programs read the chunks one by one through their index; their bytes are those at the places that were found.
void compare_chunks(hid_t dataset, const Shape& grid, const Shape& chunk, const std::vector<StoredChunk>& places,
                    const FileBytes& image) {
  std::vector<std::byte> bytes, found;
  ChunkPlaces at(dataset, grid, chunk);
  for (size_t i = 0; i < places.size(); ++i) {
    const StoredChunk& c = places[i];
    if (c.size > image.size() || c.place > image.size() - c.size)
      throw Error("a chunk lies beyond the end of the file");
    bytes.resize(static_cast<size_t>(c.size));
    uint32_t mask = 0;
    checked(H5Dread_chunk(dataset, H5P_DEFAULT, at.at(i), &mask, bytes.data()), "chunk");
    if (mask != c.mask || !std::ranges::equal(bytes, image.get(c.place, c.size, found)))
      throw Error("chunk " + std::to_string(i) + " is not where the index of chunks is taken to say");
  }
}

void write_chunks(TableWriter& table, hid_t dataset, hid_t creation, const Shape& shape, Type type, bool deflated,
                  const FileBytes& image, bool deep) {
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  const int rank = checked(H5Pget_chunk(creation, H5S_MAX_RANK, dims.data()), "chunks");
  std::vector<int64_t> extents;
  bool fits = rank == static_cast<int>(shape.rank());
  for (size_t i = 0; i < static_cast<size_t>(rank); ++i) {
    extents.push_back(static_cast<int64_t>(std::min<hsize_t>(dims[i], longest_extent)));
    fits = fits && dims[i] >= 1 && dims[i] <= static_cast<hsize_t>(std::max<int64_t>(shape[i], 1));
  }
  const Shape chunk(std::move(extents));
  table.shape(chunk);
  std::vector<StoredChunk> places;
  // What is declared is looked for only where the bytes that are stored can yield it.
  constexpr uint64_t inflates_to = 1040;
  const uint64_t stored = H5Dget_storage_size(dataset), bytes = bytes_of(shape, type);
  if (fits && stored >= (deflated ? bytes / inflates_to : bytes)) {
    const Shape grid = chunk_grid(shape, chunk);
    if (static_cast<uint64_t>(grid.count()) <= stored) places = ChunkPlaces(dataset, grid, chunk).find();
    if (deep) compare_chunks(dataset, grid, chunk, places, image);
  }
  table.number(places.size());
  for (const StoredChunk& c : places) {
    table.number(c.place);
    table.number(c.size);
    table.number(c.mask);
  }
}

/// Numbers of the filters; deflated: whether one of them is deflate.
void write_filters(TableWriter& table, hid_t creation, size_t element, bool& deflated) {
  const int filters = checked(H5Pget_nfilters(creation), "filters");
  table.number(static_cast<uint64_t>(filters));
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, config = 0;
    unsigned first = 0;
    size_t values = 1;
    const H5Z_filter_t filter = checked(
        H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, &first, 0, nullptr, &config), "filter");
    if (filter == H5Z_FILTER_SHUFFLE && (values != 1 || first != element))
      throw Error("values shuffled as elements of another size");
    deflated = deflated || filter == H5Z_FILTER_DEFLATE;
    table.number(static_cast<uint64_t>(filter));
  }
}

/// What other programs read passes through the whole of the library: its filters with their parameters, fill values.
void read_first(hid_t dataset, const Shape& shape, hid_t type, size_t size) {
  if (shape.count() == 0) return;
  const Handle values(H5Dget_space(dataset), H5Sclose, "extents"), one(H5Screate(H5S_SCALAR), H5Sclose, "extents");
  const std::vector<hsize_t> place(shape.rank()), count(shape.rank(), 1);
  if (shape.rank() > 0)
    checked(H5Sselect_hyperslab(values.id(), H5S_SELECT_SET, place.data(), nullptr, count.data(), nullptr), "extents");
  std::vector<std::byte> value(size);
  checked(H5Dread(dataset, type, one.id(), values.id(), H5P_DEFAULT, value.data()), "values");
}

void write_storage(TableWriter& table, hid_t dataset, const Shape& shape, Type type, const FileBytes& image,
                   bool deep) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose, "creation properties");
  const H5D_layout_t layout = H5Pget_layout(creation.id());
  const Layout known = layout == H5D_COMPACT      ? Layout::compact
                       : layout == H5D_CONTIGUOUS ? Layout::contiguous
                       : layout == H5D_CHUNKED    ? Layout::chunked
                                                  : Layout::other;
  table.number(static_cast<uint64_t>(known));
  const bool external = checked(H5Pget_external_count(creation.id()), "external files") != 0;
  table.number(external);
  bool deflated = false;
  write_filters(table, creation.id(), size_of(type), deflated);
  if (known == Layout::compact) {
    std::vector<std::byte> values(static_cast<size_t>(bytes_of(shape, type)));
    if (values.size() > (64 << 10)) throw Error("compact values of " + std::to_string(values.size()) + " bytes");
    if (!values.empty())
      checked(H5Dread(dataset, hdf5_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "values");
    table.bytes(values);
  } else if (known == Layout::contiguous) {
    const haddr_t place = external ? HADDR_UNDEF : H5Dget_offset(dataset);
    table.number(place != HADDR_UNDEF);
    if (place != HADDR_UNDEF) {
      table.number(place);
      table.number(bytes_of(shape, type));
    } else {
      H5Eclear2(H5E_DEFAULT);
    }
  } else if (known == Layout::chunked) {
    write_chunks(table, dataset, creation.id(), shape, type, deflated, image, deep);
  }
}

}  // namespace

void write_attribute(TableWriter& table, hid_t attribute, const std::string& name, uint64_t file_size, bool deep) {
  const Handle type(H5Aget_type(attribute), H5Tclose, "type"), space(H5Aget_space(attribute), H5Sclose, "extents");
  const auto [shape, usual_extents] = usual_extents_of(space.id());
  const bool of_scales = name == "CLASS" || name == "NAME";
  const bool usual = !deep || (usual_extents && is_usual(type.id(), of_scales));
  if (const auto known = known_type(type.id()); known && shape) {
    std::vector<std::byte> value(static_cast<size_t>(bytes_of(*shape, *known)));
    check_size(value.size(), file_size);
    if (!value.empty()) checked(H5Aread(attribute, hdf5_type(*known), value.data()), "value");
    table.number(static_cast<uint64_t>(Element::number));
    table.number(usual);
    table.number(static_cast<uint64_t>(*known));
    table.shape(*shape);
    return table.bytes(value);
  }
  const bool text = H5Tget_class(type.id()) == H5T_STRING && H5Tis_variable_str(type.id()) == 0;
  if (text && shape && shape->count() == 1) {
    std::vector<char> value(H5Tget_size(type.id()));
    check_size(value.size(), file_size);
    checked(H5Aread(attribute, type.id(), value.data()), "value");
    const std::string told = up_to_zero(value.data(), value.size());
    table.number(static_cast<uint64_t>(Element::text));
    table.number(usual && (!deep || (shape->rank() == 0 && value.size() == told.size() + 1)));
    return table.text(told);
  }
  table.number(static_cast<uint64_t>(Element::other));
  table.number(!deep || (usual && is_usual_reference(name, type.id())));
}

void write_dataset(TableWriter& table, hid_t dataset, const FileBytes& image, bool deep) {
  const Handle type(H5Dget_type(dataset), H5Tclose, "type"), space(H5Dget_space(dataset), H5Sclose, "extents");
  const auto [shape, usual_extents] = usual_extents_of(space.id());
  const auto known = known_type(type.id());
  const bool text = H5Tget_class(type.id()) == H5T_STRING;
  table.number(static_cast<uint64_t>(known && shape  ? Element::number
                                     : text && shape ? Element::text
                                                     : Element::other));
  if (known && shape) table.number(static_cast<uint64_t>(*known));
  table.shape(shape.value_or(Shape{}));
  table.number(!deep ||
               (usual_extents && is_usual(type.id()) && (!text || checked(H5Tis_variable_str(type.id()), "text") > 0)));
  if (known && shape) {
    if (deep) read_first(dataset, *shape, hdf5_type(*known), size_of(*known));
    return write_storage(table, dataset, *shape, *known, image, deep);
  }
  const auto values =
      text && shape && deep ? dataset_texts(dataset, type.id(), *shape, image.size()) : std::vector<std::string>{};
  table.number(values.size());
  for (const std::string& value : values) table.text(value);
}

void write_references(TableWriter& table, hid_t object) {
  const auto has = [&](const char* name) { return checked(H5Aexists(object, name), name) > 0; };
  const auto count_of = [](hid_t attribute) {
    const Handle space(H5Aget_space(attribute), H5Sclose, "extents");
    const auto count = checked(H5Sget_simple_extent_npoints(space.id()), "extents");
    if (static_cast<uint64_t>(count) > most_objects * most_axes) throw Error("too many references");
    return static_cast<size_t>(count);
  };
  std::vector<hvl_t> lists;
  if (has("DIMENSION_LIST")) {
    const Handle attribute(H5Aopen(object, "DIMENSION_LIST", H5P_DEFAULT), H5Aclose, "attribute");
    const Handle type = type_of_scales();
    lists.resize(count_of(attribute.id()));
    if (!lists.empty()) checked(H5Aread(attribute.id(), type.id(), lists.data()), "references");
  }
  table.number(lists.size());
  for (const hvl_t& list : lists) {
    table.number(list.len);
    for (size_t i = 0; i < list.len; ++i) table.number(static_cast<const hobj_ref_t*>(list.p)[i]);
  }
  std::vector<ScaleUser> users;
  if (has("REFERENCE_LIST")) {
    const Handle attribute(H5Aopen(object, "REFERENCE_LIST", H5P_DEFAULT), H5Aclose, "attribute");
    const Handle type = type_of_users(H5T_NATIVE_INT);
    users.resize(count_of(attribute.id()));
    if (!users.empty()) checked(H5Aread(attribute.id(), type.id(), users.data()), "references");
  }
  table.number(users.size());
  for (const ScaleUser& user : users) {
    table.number(user.dataset);
    table.number(static_cast<uint64_t>(user.axis));
  }
}

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
#include "h5/writing/writer.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <set>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text/utf8.h"
#include "h5/digest.h"
#include "h5/handle.h"
#include "h5/image.h"
#include "h5/reading/at_work.h"
#include "h5/types.h"

namespace nn::h5 {
namespace {

constexpr size_t core_growth = size_t{4} << 20;

Handle property_list(hid_t kind) { return {H5Pcreate(kind), H5Pclose, "HDF5 property list"}; }

// The same bytes each time need an order of creation and no time stamps, on everything that has them.
void set_creation(hid_t list, bool group) {
  if (group)
    checked(H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "HDF5 link order");
  checked(H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "HDF5 attribute order");
  checked(H5Pset_obj_track_times(list, false), "HDF5 time stamps");
}

Handle make_file() {
  const AtWork writing;
  start_library();
  const Handle access = property_list(H5P_FILE_ACCESS), creation = property_list(H5P_FILE_CREATE);
  checked(H5Pset_fapl_core(access.id(), core_growth, false), "HDF5 core driver");
  // The newest metadata that 1.10 knows: all of it carries checksums, chunk indexes too.
  checked(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110), "HDF5 format bounds");
  set_creation(creation.id(), true);
  static std::atomic<unsigned> count{0};  // one that an error left open keeps its name
  const std::string name = "nn-tools " + std::to_string(count++);
  return {H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose, "HDF5 file in memory"};
}

std::vector<hsize_t> chunk_of(const Shape& shape, size_t element);

// A large array in pieces of whole chunks: HDF5 keeps some kilobytes for every chunk that one call writes.
void write_values(hid_t dataset, hid_t type, hid_t space, const Array& array, const std::string& path) {
  constexpr size_t piece = size_t{16} << 20;
  if (array.shape.rank() == 0 || array.bytes.size() <= 4 * piece) {
    checked(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()), path);
    return;
  }
  std::vector<hsize_t> start(array.shape.rank()), count(array.shape.begin(), array.shape.end());
  const hsize_t rows = count[0], chunk = chunk_of(array.shape, size_of(array.type))[0];
  const size_t row = array.bytes.size() / rows;
  const hsize_t step = std::max<hsize_t>(1, piece / row / chunk) * chunk;
  for (; start[0] < rows; start[0] += step) {
    count[0] = std::min(step, rows - start[0]);
    const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose,
                        "HDF5 extents");
    checked(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), path);
    checked(H5Dwrite(dataset, type, memory.id(), space, H5P_DEFAULT, array.bytes.data() + start[0] * row), path);
  }
}

// 64 samples, more where samples are small (at least 16 KiB a chunk), fewer where they are large (at most 4 MiB).
std::vector<hsize_t> chunk_of(const Shape& shape, size_t element) {
  constexpr int64_t samples = 64, least = 16 << 10, most = 4 << 20;
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  const int64_t row = shape.without_first().count() * static_cast<int64_t>(element);
  const int64_t group = samples * row;
  const int64_t rows = samples * std::max<int64_t>(1, (least + group - 1) / group);
  chunk[0] = static_cast<hsize_t>(std::min(shape[0], rows));
  for (hsize_t& extent : chunk) {
    const auto bytes = std::accumulate(chunk.begin(), chunk.end(), static_cast<hsize_t>(element), std::multiplies<>());
    if (bytes <= most) break;
    extent = std::max<hsize_t>(1, most / std::max<hsize_t>(1, bytes / extent));
  }
  return chunk;
}

/// Our files hold UTF-8 without zero bytes.
void check_text(const std::string& text, const std::string& place) {
  if (text.find('\0') != std::string::npos) throw Error(place + ": text with a zero byte");
  if (const size_t at = invalid_utf8(text); at != std::string::npos)
    throw Error(place + ": '" + printable(text.substr(at < 40 ? 0 : at - 40, 80)) + "': byte " +
                std::to_string(at + 1) + " is not UTF-8");
}

std::string parent_of(const std::string& path) { return path.substr(0, std::max<size_t>(1, path.rfind('/'))); }
std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void check_path(const std::string& path) {
  if (path.empty() || path[0] != '/' || (path.size() > 1 && path.back() == '/') ||
      path.find("//") != std::string::npos || path.find('\0') != std::string::npos)
    throw Error("'" + printable(path) + "' is no path in an HDF5 file");
  check_text(path, printable(path));
}

/// None, or one an axis.
std::vector<std::string> axes_of(const DatasetOptions& options, size_t rank) {
  std::vector<std::string> axes = options.axes;
  const bool none = std::all_of(axes.begin(), axes.end(), [](const std::string& axis) { return axis.empty(); });
  axes.resize(none ? 0 : rank);
  return axes;
}

}  // namespace

struct Writer::Body {
  Handle file = make_file();
  bool compress = false;
  std::set<std::string> groups{"/"}, datasets, hidden;
  // Those of them that differ between equal files: written last, so that no address depends on their lengths.
  std::vector<std::pair<std::string, std::string>> late;
  ContentDigest content;
  RootSum rest;
  std::string digest;

  void make_group(const std::string& path) {
    if (groups.contains(path)) return;
    if (datasets.contains(path)) throw Error(path + " is a dataset already, not a group");
    make_group(parent_of(path));
    const Handle creation = property_list(H5P_GROUP_CREATE);
    set_creation(creation.id(), true);
    Handle group(H5Gcreate2(file.id(), path.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose, path);
    group.close(path);
    groups.insert(path);
    rest.object(path, "group", {}, {}, "");
  }

  void new_dataset(const std::string& path) {
    check_path(path);
    if (groups.contains(path) || datasets.contains(path)) throw Error(path + " is written twice");
    make_group(parent_of(path));
    datasets.insert(path);
  }

  Handle open_object(const std::string& path) {
    check_path(path);
    if (!datasets.contains(path)) make_group(path);
    return {H5Oopen(file.id(), path.c_str(), H5P_DEFAULT), H5Oclose, path};
  }

  void attribute(const std::string& path, const std::string& name, hid_t type, const Shape& shape, const void* value) {
    const std::string place = path + ", attribute " + name;
    const AtWork writing;
    Handle object = open_object(path);
    if (checked(H5Aexists(object.id(), name.c_str()), place) > 0) checked(H5Adelete(object.id(), name.c_str()), place);
    const Handle space = space_of(shape);
    Handle made(H5Acreate2(object.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, place);
    checked(H5Awrite(made.id(), type, value), place);
    made.close(place);
    object.close(path);
  }

  void text(const std::string& path, const std::string& name, const std::string& value) {
    check_text(value, path + ", attribute " + name);
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "HDF5 text");
    checked(H5Tset_size(type.id(), value.size() + 1), "HDF5 text");
    checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), "HDF5 text");
    attribute(path, name, type.id(), {}, value.c_str());
    count(path, name, "text", "scalar", std::as_bytes(std::span(value)));
  }

  void values(const std::string& path, const std::string& name, const Array& value) {
    attribute(path, name, hdf5_type(value.type), value.shape, value.bytes.data());
    count(path, name, name_of(value.type), value.shape.text(), value.bytes);
  }

  void count(const std::string& path, const std::string& name, const std::string& type, const std::string& shape,
             std::span<const std::byte> bytes) {
    if (ContentDigest::counts(path, name) && !hidden.contains(path))
      content.attribute(path, name, type, shape, bytes);
    else
      rest.attribute(path, name, type, shape, bytes);
  }

  void make_scale(hid_t dataset, const std::string& path) {
    const std::string name = last_of(path);
    checked(H5DSset_scale(dataset, name.c_str()), path + ": dimension scale");
    for (const auto& [attribute, value] :
         {std::pair<std::string, std::string>{"CLASS", "DIMENSION_SCALE"}, {"NAME", name}})
      rest.attribute(path, attribute, "text", "scalar", std::as_bytes(std::span(value)));
  }

  // What differs between equal files is not compressed: its size would move what follows.
  // Values of rank 0 lie in the object header, which has a checksum; others in chunks with one each.
  Handle creation_of(const Array& array, bool deflate) {
    Handle creation = property_list(H5P_DATASET_CREATE);
    set_creation(creation.id(), false);
    if (array.shape.rank() == 0) {
      checked(H5Pset_layout(creation.id(), H5D_COMPACT), "HDF5 layout");
    } else if (!array.bytes.empty()) {
      const std::vector<hsize_t> chunk = chunk_of(array.shape, size_of(array.type));
      checked(H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data()), "HDF5 chunks");
      if (deflate) checked(H5Pset_deflate(creation.id(), 1), "HDF5 deflate");
      checked(H5Pset_fletcher32(creation.id()), "HDF5 fletcher32");
    }
    return creation;
  }

  void attach_axes(hid_t dataset, const std::string& path, const Shape& shape, const std::vector<std::string>& axes) {
    if (axes.size() > shape.rank()) throw Error(path + ": more axes than extents");
    for (size_t i = 0; i < axes.size(); ++i) {
      if (axes[i].empty()) continue;
      if (!datasets.contains(axes[i])) throw Error(path + ": its axis " + axes[i] + " is not made yet");
      Handle scale(H5Dopen2(file.id(), axes[i].c_str(), H5P_DEFAULT), H5Dclose, axes[i]);
      checked(H5DSattach_scale(dataset, scale.id(), static_cast<unsigned>(i)), path + ": axis " + axes[i]);
      scale.close(axes[i]);
    }
  }
};

Writer::Writer(const std::string& kind, const std::string& title, bool compress) : body_(std::make_unique<Body>()) {
  body_->compress = compress;
  text("/", "Conventions", "CF-1.11");
  text("/", "title", title);
  text("/", "nn_kind", kind);
  text("/", "nn_format", "1");
  text("/", "nn_sums", "nn_digest nn_root_sha256");
}

Writer::Writer(Writer&&) noexcept = default;
Writer::~Writer() = default;

void Writer::dataset(const std::string& path, const Array& array, const DatasetOptions& options) {
  Body& b = *body_;
  const AtWork writing;
  b.new_dataset(path);
  const Handle space = space_of(array.shape), creation = b.creation_of(array, b.compress && !options.is_volatile);
  const hid_t type = hdf5_type(array.type);
  Handle dataset(H5Dcreate2(b.file.id(), path.c_str(), type, space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                 H5Dclose, path);
  if (!array.bytes.empty()) write_values(dataset.id(), type, space.id(), array, path);
  if (options.is_scale) b.make_scale(dataset.id(), path);
  b.attach_axes(dataset.id(), path, array.shape, options.axes);
  dataset.close(path);
  const std::string sum = sha256_hex(array.bytes);
  b.rest.object(path, name_of(array.type), array.shape, axes_of(options, array.shape.rank()),
                options.is_volatile ? sum : "");
  if (options.is_volatile) {
    b.hidden.insert(path);
    integer(path, "nn_volatile", 1);
  } else {
    text(path, "nn_sha256", sum);
    b.content.dataset(path, name_of(array.type), array.shape.text(), sum);
  }
}

void Writer::strings(const std::string& path, const std::vector<std::string>& values, bool scalar, bool is_scale) {
  if (scalar && values.size() != 1)
    throw Error(path + ": a scalar text of " + std::to_string(values.size()) + " values");
  const AtWork writing;
  body_->new_dataset(path);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, path), creation = property_list(H5P_DATASET_CREATE);
  checked(H5Tset_size(type.id(), H5T_VARIABLE), path);
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), path);
  set_creation(creation.id(), false);
  const Handle space = space_of(scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())});
  std::vector<const char*> texts;
  for (const std::string& value : values) {
    check_text(value, path);
    texts.push_back(value.c_str());
  }
  Handle dataset(
      H5Dcreate2(body_->file.id(), path.c_str(), type.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
      H5Dclose, path);
  if (!texts.empty()) checked(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()), path);
  if (is_scale) body_->make_scale(dataset.id(), path);
  dataset.close(path);
  body_->rest.object(path, "text", scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())}, {}, "");
}

void Writer::axis(const std::string& path, int64_t n) {
  if (body_->datasets.contains(path)) return;
  if (n > std::numeric_limits<int32_t>::max())
    throw Error(path + ": an axis of " + std::to_string(n) + " places is too long");
  Array places = Array::unfilled(Type::i32, {n});
  std::iota(places.as<int32_t>().begin(), places.as<int32_t>().end(), 0);
  DatasetOptions scale;
  scale.is_scale = true;
  dataset(path, places, scale);
}

void Writer::text(const std::string& path, const std::string& attribute, const std::string& value) {
  if (path == "/" && (attribute == "history" || attribute == "nn_provenance")) {
    check_text(value, path + ", attribute " + attribute);
    body_->late.emplace_back(attribute, value);
  } else {
    body_->text(path, attribute, value);
  }
}

void Writer::number(const std::string& path, const std::string& attribute, double value) {
  values(path, attribute, Array::of<double>(Shape{}, std::span(&value, 1)));
}

void Writer::integer(const std::string& path, const std::string& attribute, int64_t value) {
  values(path, attribute, Array::of<int64_t>(Shape{}, std::span(&value, 1)));
}

void Writer::values(const std::string& path, const std::string& attribute, const Array& value) {
  body_->values(path, attribute, value);
}

std::vector<std::byte> Writer::finish() {
  Body& b = *body_;
  const AtWork writing;
  b.digest = b.content.hex();
  for (const auto& [name, value] : b.late) b.text("/", name, value);
  b.text("/", "nn_digest", b.digest);
  b.text("/", "nn_root_sha256", b.rest.hex());
  checked(H5Fflush(b.file.id(), H5F_SCOPE_GLOBAL), "HDF5 flush");
  std::vector<std::byte> image(static_cast<size_t>(checked(H5Fget_file_image(b.file.id(), nullptr, 0), "HDF5 image")));
  checked(H5Fget_file_image(b.file.id(), image.data(), image.size()), "HDF5 image");
  b.file.close("HDF5 close");
  mend_image(image);
  return image;
}

std::string Writer::digest() const { return body_->digest; }

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
#include "h5/writing/plain_writer.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <atomic>

#include "base/error.h"
#include "h5/reading/at_work.h"
#include "h5/types.h"

namespace nn::h5 {
namespace {

Handle properties(hid_t kind) { return {H5Pcreate(kind), H5Pclose, "HDF5 property list"}; }

Handle without_times(hid_t kind) {
  Handle list = properties(kind);
  checked(H5Pset_obj_track_times(list.id(), false), "HDF5 time stamps");  // the same content gives the same bytes
  return list;
}

Handle text_type(size_t size) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "HDF5 text");
  checked(H5Tset_size(type.id(), std::max<size_t>(1, size)), "HDF5 text");
  if (size != H5T_VARIABLE) checked(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "HDF5 text");
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), "HDF5 text");
  return type;
}

}  // namespace

struct PlainWriter::Body {
  Handle file;

  void attribute(const std::string& path, const std::string& name, hid_t type, hid_t space, const void* values) {
    const AtWork writing;
    const Handle object(H5Oopen(file.id(), path.c_str(), H5P_DEFAULT), H5Oclose, path);
    Handle made(H5Acreate2(object.id(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, path);
    if (values) checked(H5Awrite(made.id(), type, values), path + ", attribute " + name);
    made.close(path);
  }
  Handle links() const {
    Handle list = properties(H5P_LINK_CREATE);
    checked(H5Pset_create_intermediate_group(list.id(), 1), "HDF5 links");
    return list;
  }
};

PlainWriter::PlainWriter() : body_(std::make_unique<Body>()) {
  const AtWork writing;
  start_library();
  const Handle access = properties(H5P_FILE_ACCESS);
  constexpr size_t growth = size_t{1} << 20;
  checked(H5Pset_fapl_core(access.id(), growth, false), "HDF5 core driver");
  static std::atomic<unsigned> count{0};
  const std::string name = "nn-tools for others " + std::to_string(count++);
  const Handle creation = without_times(H5P_FILE_CREATE);
  body_->file = {H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose, "HDF5 file in memory"};
}

PlainWriter::~PlainWriter() = default;

void PlainWriter::group(const std::string& path) {
  const AtWork writing;
  Handle made(H5Gcreate2(body_->file.id(), path.c_str(), body_->links().id(), without_times(H5P_GROUP_CREATE).id(),
                         H5P_DEFAULT),
              H5Gclose, path);
  made.close(path);
}

void PlainWriter::floats(const std::string& path, const Shape& shape, std::span<const float> values) {
  if (static_cast<int64_t>(values.size()) != shape.count())
    throw Error(path + ": shape " + shape.text() + " given " + std::to_string(values.size()) + " values");
  const AtWork writing;
  Handle made(H5Dcreate2(body_->file.id(), path.c_str(), H5T_IEEE_F32LE, space_of(shape).id(), body_->links().id(),
                         without_times(H5P_DATASET_CREATE).id(), H5P_DEFAULT),
              H5Dclose, path);
  if (!values.empty()) checked(H5Dwrite(made.id(), H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), path);
  made.close(path);
}

void PlainWriter::text(const std::string& path, const std::string& name, const std::string& value) {
  const char* const pointer = value.c_str();  // of variable length: attributes of more than 64 KiB have no other form
  body_->attribute(path, name, text_type(H5T_VARIABLE).id(), space_of({}).id(), &pointer);
}

void PlainWriter::texts(const std::string& path, const std::string& name, const std::vector<std::string>& values) {
  size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  std::string all;
  for (const std::string& value : values) all += value + std::string(longest - value.size(), '\0');
  body_->attribute(path, name, text_type(longest).id(), space_of({static_cast<int64_t>(values.size())}).id(),
                   values.empty() ? nullptr : all.data());
}

std::vector<std::byte> PlainWriter::finish() {
  const AtWork writing;
  checked(H5Fflush(body_->file.id(), H5F_SCOPE_GLOBAL), "HDF5 flush");
  std::vector<std::byte> image(
      static_cast<size_t>(checked(H5Fget_file_image(body_->file.id(), nullptr, 0), "HDF5 image")));
  checked(H5Fget_file_image(body_->file.id(), image.data(), image.size()), "HDF5 image");
  body_->file.close("HDF5 close");
  return image;
}

}  // namespace nn::h5

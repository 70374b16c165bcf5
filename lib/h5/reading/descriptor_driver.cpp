// SPDX-License-Identifier: MIT
// Source: HDF5 Virtual File Layer; H5FDpublic.h of 1.10, H5FDdevelop.h of 1.14.
#include "h5/reading/descriptor_driver.h"

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <span>

namespace nn::h5 {
namespace {

struct OpenFile {
  H5FD_t base;  // first: the library knows no more of it
  FileBytes bytes;
  haddr_t end;
};

OpenFile& of(H5FD_t* file) { return *reinterpret_cast<OpenFile*>(file); }
const OpenFile& of(const H5FD_t* file) { return *reinterpret_cast<const OpenFile*>(file); }

H5FD_t* open_file(const char*, unsigned flags, hid_t access, haddr_t) {
  const auto* bytes = static_cast<const FileBytes*>(H5Pget_driver_info(access));
  if (!bytes || (flags & H5F_ACC_RDWR) != 0) return nullptr;
  return reinterpret_cast<H5FD_t*>(new OpenFile{{}, *bytes, 0});
}

herr_t close_file(H5FD_t* file) {
  delete &of(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  if (flags) *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
  return 0;
}

haddr_t get_end(const H5FD_t* file, H5FD_mem_t) { return of(file).end; }
herr_t set_end(H5FD_t* file, H5FD_mem_t, haddr_t end) {
  of(file).end = end;
  return 0;
}
haddr_t size_of_file(const H5FD_t* file, H5FD_mem_t) { return of(file).bytes.size(); }

herr_t read_file(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, size_t size, void* out) {
  return of(file).bytes.read(at, std::span(static_cast<std::byte*>(out), size)) ? 0 : -1;
}
herr_t write_file(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, size_t, const void*) { return -1; }

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(260);  // of those that are free for tests
#endif
  driver.name = "nn_descriptor";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<int64_t>::max());
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(FileBytes);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = get_end;
  driver.set_eoa = set_end;
  driver.get_eof = size_of_file;
  driver.read = read_file;
  driver.write = write_file;
  const H5FD_mem_t map[] = H5FD_FLMAP_SINGLE;
  static_assert(sizeof map == sizeof driver.fl_map);
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return driver;
}

}  // namespace

Handle open_descriptor(const FileBytes& file) {
  static const H5FD_class_t driver = driver_class();
  const Handle registered(H5FDregister(&driver), H5FDunregister, "driver");
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file access");
  checked(H5Pset_driver(access.id(), registered.id(), &file), "file access");
  return Handle(H5Fopen("file", H5F_ACC_RDONLY, access.id()), H5Fclose, "file");
}

}  // namespace nn::h5

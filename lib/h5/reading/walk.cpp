// SPDX-License-Identifier: MIT
#include "h5/reading/walk.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "h5/handle.h"
#include "h5/reading/chunk_places.h"
#include "h5/reading/descriptor_driver.h"
#include "h5/reading/walk_values.h"
#include "h5/types.h"

namespace nn::h5 {
namespace {

#if H5_VERSION_GE(1, 12, 0)
using ObjectInfo = H5O_info1_t;
#else
using ObjectInfo = H5O_info_t;
#endif

/// Names of links or attributes as they were made; by the alphabet in a file that another program rewrote without that
/// order. They are taken as their index stands (H5_ITER_NATIVE) and sorted here: for any other order libhdf5 1.10.8
/// collects a table first, and where damage stops that, it frees entries that were never filled.
struct Named {
  int64_t order;
  std::string name;
  bool is_hard;
  auto operator<=>(const Named&) const = default;
};

template <class Info>
herr_t add_name(hid_t, const char* name, const Info* info, void* list) {
  bool hard = true;
  if constexpr (requires { info->type; }) hard = info->type == H5L_TYPE_HARD;
  auto& names = *static_cast<std::vector<Named>*>(list);
  if (names.size() > std::max(most_objects, most_attributes)) return -1;
  names.push_back({info->corder_valid ? static_cast<int64_t>(info->corder) : 0, name, hard});
  return 0;
}

/// Other programs list by name, or in the order of creation: those indexes are there, and list the same.
template <class List>
void compare_orders(const std::vector<Named>& names, bool by_creation, const char* what, List&& list) {
  for (const H5_index_t index : {H5_INDEX_NAME, H5_INDEX_CRT_ORDER}) {
    if (index == H5_INDEX_CRT_ORDER && !by_creation) continue;
    std::vector<Named> others;
    checked(list(index, others), what);
    std::sort(others.begin(), others.end());
    if (others != names) throw Error(std::string(what) + " that another order lists otherwise");
  }
}

/// Messages of object headers that our writer makes, or a library that touches the file: all others are refused.
/// Numbers of the HDF5 File Format Specification 3.0, section IV.A.2.
enum Message {
  nil = 0,
  dataspace = 1,
  link_info = 2,
  datatype = 3,
  fill_value = 5,
  hard_link = 6,
  external_files = 7,
  data_layout = 8,
  group_info = 10,
  filters = 11,
  attribute_message = 12,
  continuation = 16,
  attribute_info = 21,
  reference_count = 22
};
constexpr uint64_t known_messages = [] {
  uint64_t set = 0;
  for (const Message m : {nil, dataspace, link_info, datatype, fill_value, hard_link, external_files, data_layout,
                          group_info, filters, attribute_message, continuation, attribute_info, reference_count})
    set |= uint64_t{1} << m;
  return set;
}();

ObjectInfo info_of(hid_t object) {
  ObjectInfo info{};
  checked(H5Oget_info2(object, &info, H5O_INFO_BASIC | H5O_INFO_HDR), "object header");
  return info;
}

/// Empty when our writer, or a stock tool that kept to the file's form, could have made the object header.
std::string why_foreign(const ObjectInfo& info) {
  if (info.hdr.version != 2) return "an object header of version " + std::to_string(info.hdr.version) + ", expected 2";
  if (const uint64_t strange = info.hdr.mesg.present & ~known_messages)
    return "an object header with a message of type " + std::to_string(__builtin_ctzll(strange));
  return {};
}

}  // namespace

namespace {

/// Whether an object has an index of links, or of attributes, in the order of creation.
bool tracks(hid_t object, herr_t (*order_of)(hid_t, unsigned*)) {
  const bool group = H5Iget_type(object) == H5I_GROUP;
  const Handle creation(group ? H5Gget_create_plist(object) : H5Dget_create_plist(object), H5Pclose,
                        "creation properties");
  unsigned order = 0;
  checked(order_of(creation.id(), &order), "creation properties");
  return (order & H5P_CRT_ORDER_INDEXED) != 0;
}

}  // namespace

struct Walk::Body {
  Walk& walk;
  TableWriter table;
  std::set<uint64_t> seen;

  void send(bool all) {
    constexpr size_t portion = 64 << 10;
    if (!all && table.buffer().size() < portion) return;
    walk.output_.put(table.buffer());
    table.buffer().clear();
  }

  void attribute(hid_t object, const std::string& name, const std::string& path) {
    walk.output_.at(path, name);
    const Handle opened(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, "it does not open");
    table.text(name);
    write_attribute(table, opened.id(), name, walk.image_.size(), walk.deep_);
    send(false);
  }

  void attributes(hid_t object, const std::string& path) {
    std::vector<Named> names;
    checked(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_name<H5A_info_t>, &names), "attributes");
    std::sort(names.begin(), names.end());
    if (walk.deep_)
      compare_orders(names, tracks(object, H5Pget_attr_creation_order), "attributes",
                     [&](H5_index_t index, std::vector<Named>& list) {
                       return H5Aiterate2(object, index, H5_ITER_INC, nullptr, add_name<H5A_info_t>, &list);
                     });
    table.number(names.size());
    for (const Named& n : names) attribute(object, n.name, path);
  }

  void references(hid_t object, const std::string& path) {
    walk.output_.at(path, "");
    if (walk.deep_) return write_references(table, object);
    table.number(0);
    table.number(0);
  }

  void begin(const std::string& path, ObjectKind kind) {
    table.number(1);
    table.text(path);
    table.number(static_cast<uint64_t>(kind));
  }

  void link(hid_t group, const Named& named, const std::string& path, int depth) {
    walk.output_.at(path, "");
    if (!named.is_hard) return begin(path, ObjectKind::link);
    const Handle opened(H5Oopen(group, named.name.c_str(), H5P_DEFAULT), H5Oclose, "object");
    object(opened.id(), path, depth);
  }

  void object(hid_t id, const std::string& path, int depth) {
    if (depth > deepest) throw Error("groups are nested deeper than " + std::to_string(deepest));
    if (path.size() > longest_path) throw Error("the path is longer than " + std::to_string(longest_path) + " bytes");
    const ObjectInfo info = info_of(id);
    const H5I_type_t type = H5Iget_type(id);
    if (const std::string why = why_foreign(info); !why.empty()) {
      if (path == "/") throw Error(why);
      return begin(path, ObjectKind::foreign);
    }
    if (type != H5I_GROUP && type != H5I_DATASET) return begin(path, ObjectKind::foreign);
    if (!seen.insert(info.addr).second) return begin(path, ObjectKind::alias);
    if (seen.size() > most_objects) throw Error("more than " + std::to_string(most_objects) + " objects");
    begin(path, type == H5I_GROUP ? ObjectKind::group : ObjectKind::dataset);
    table.number(info.addr);
    if (type == H5I_DATASET) write_dataset(table, id, walk.image_, walk.deep_);
    attributes(id, path);
    references(id, path);
    send(false);
    if (type == H5I_GROUP) children(id, path, depth);
  }

  void children(hid_t group, const std::string& path, int depth) {
    std::vector<Named> names;
    checked(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_name<H5L_info_t>, &names), "links");
    std::sort(names.begin(), names.end());
    if (walk.deep_)
      compare_orders(names, tracks(group, H5Pget_link_creation_order), "links",
                     [&](H5_index_t index, std::vector<Named>& list) {
                       return H5Literate(group, index, H5_ITER_INC, nullptr, add_name<H5L_info_t>, &list);
                     });
    if (seen.size() + names.size() > most_objects)
      throw Error("more than " + std::to_string(most_objects) + " objects");
    for (const Named& n : names) link(group, n, (path == "/" ? path : path + "/") + n.name, depth + 1);
  }
};

namespace {

Handle open_bytes(const FileBytes& bytes) {
  if (!bytes.in_memory()) return open_descriptor(bytes);
  // The image stays ours: HDF5 neither copies nor frees it, nor writes to it.
  const std::span<const std::byte> image = bytes.image();
  return Handle(H5LTopen_file_image(const_cast<std::byte*>(image.data()), image.size(),
                                    H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE),
                H5Fclose, "file");
}

}  // namespace

Walk::Walk(const FileBytes& image, bool deep, WalkOutput output)
    : image_(image), deep_(deep), output_(std::move(output)) {}

void Walk::run() {
  output_.at("/", "");
  const Handle file = open_bytes(image_);
  const Handle root(H5Oopen(file.id(), "/", H5P_DEFAULT), H5Oclose, "root group");
  Body body{*this, {}, {}};
  body.table.number(TableWriter::magic);
  body.object(root.id(), "/", 0);
  body.table.number(TableWriter::done);
  body.send(true);
}

}  // namespace nn::h5

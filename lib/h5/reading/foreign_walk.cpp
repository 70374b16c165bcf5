// SPDX-License-Identifier: MIT
#include "h5/reading/foreign_walk.h"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "h5/handle.h"
#include "h5/image.h"
#include "h5/reading/foreign.h"

namespace nn::h5 {
namespace {

using Kind = ForeignObject::Kind;
constexpr int deepest_group = 64;
constexpr size_t most_text = size_t{64} << 20;

#if H5_VERSION_GE(1, 12, 0)
using ObjectInfo = H5O_info1_t;
#else
using ObjectInfo = H5O_info_t;
#endif

struct Link {
  std::string name;
  bool is_hard;
};

herr_t add_link(hid_t, const char* name, const H5L_info_t* info, void* list) {
  auto& links = *static_cast<std::vector<Link>*>(list);
  if (links.size() > most_objects) return -1;
  links.push_back({name, info->type == H5L_TYPE_HARD});
  return 0;
}

herr_t add_attribute(hid_t, const char* name, const H5A_info_t*, void* list) {
  auto& names = *static_cast<std::vector<std::string>*>(list);
  if (names.size() > most_objects) return -1;
  names.emplace_back(name);
  return 0;
}

Shape extents_of(hid_t space) {
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  if (checked(H5Sget_simple_extent_type(space), "extents") == H5S_NULL) return Shape{0};
  const int rank = checked(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "extents");
  std::vector<int64_t> extents;
  for (size_t i = 0; i < static_cast<size_t>(rank); ++i) {
    if (dims[i] > longest_extent) throw Error("an extent of " + std::to_string(dims[i]) + " is out of range");
    extents.push_back(static_cast<int64_t>(dims[i]));
  }
  return Shape(std::move(extents));
}

/// Up to the first zero byte, and without the blanks that Fortran fills up with.
std::string text_of(const char* text, size_t size, bool blanks) {
  std::string value(text, std::find(text, text + size, '\0'));
  while (blanks && value.ends_with(' ')) value.pop_back();
  return value;
}

std::vector<std::string> attribute_texts(hid_t attribute, hid_t type, const Shape& shape, uint64_t file_size) {
  std::vector<std::string> texts;
  const auto count = static_cast<uint64_t>(shape.count());
  if (count > file_size)
    throw Error(std::to_string(count) + " texts in a file of " + std::to_string(file_size) + " bytes");
  if (count == 0) return texts;
  if (checked(H5Tis_variable_str(type), "text") > 0) {
    std::vector<char*> values(static_cast<size_t>(count));
    checked(H5Aread(attribute, type, values.data()), "texts");
    for (const char* value : values) texts.emplace_back(value ? value : "");
    return texts;  // the library's memory goes with this process
  }
  const size_t size = H5Tget_size(type);
  if (size == 0 || count > most_text / size)
    throw Error("texts of " + std::to_string(size) + " bytes are out of range");
  std::vector<char> values(static_cast<size_t>(count) * size);
  checked(H5Aread(attribute, type, values.data()), "texts");
  const bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  for (size_t i = 0; i < count; ++i) texts.push_back(text_of(values.data() + i * size, size, blanks));
  return texts;
}

class ForeignWalk {
 public:
  ForeignWalk(const FileBytes& image, const WalkOutput& output) : image_(image), output_(output) {}

  void run() {
    output_.at("/", "");
    const std::span<const std::byte> bytes = image_.image();
    if (const auto end = foreign_end(bytes); end && *end > bytes.size())
      throw Error(fmt::format("it is cut off: {} bytes of {}", bytes.size(), *end));
    const Handle file(H5LTopen_file_image(const_cast<std::byte*>(bytes.data()), bytes.size(),
                                          H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE),
                      H5Fclose, "file");
    const Handle root(H5Oopen(file.id(), "/", H5P_DEFAULT), H5Oclose, "root group");
    table_.number(foreign_magic);
    object(root.id(), "/", 0);
    table_.number(0);
    send();
  }

 private:
  void send() {
    output_.put(table_.buffer());
    table_.buffer().clear();
  }

  void object(hid_t id, const std::string& path, int depth) {
    if (depth > deepest_group) throw Error("groups are nested deeper than " + std::to_string(deepest_group));
    if (path.size() > longest_path) throw Error("the path is longer than " + std::to_string(longest_path) + " bytes");
    ObjectInfo info{};
    checked(H5Oget_info2(id, &info, H5O_INFO_BASIC), "object header");
    if (!seen_.insert(info.addr).second) throw Error("an object that has two names");
    if (seen_.size() > most_objects) throw Error("more than " + std::to_string(most_objects) + " objects");
    const H5I_type_t type = H5Iget_type(id);
    if (type != H5I_GROUP && type != H5I_DATASET) return;
    const std::map<std::string, std::vector<std::string>> texts = attributes(id, path);
    output_.at(path, "");
    table_.number(1);
    table_.text(path);
    if (type == H5I_DATASET) {
      dataset(id, texts);
    } else {
      table_.number(static_cast<uint64_t>(Kind::group));
      table_.shape(Shape{});
      table_.bytes({});
    }
    table_.number(texts.size());
    for (const auto& [name, values] : texts) {
      table_.text(name);
      table_.number(values.size());
      for (const std::string& value : values) table_.text(value);
    }
    send();
    if (type == H5I_GROUP) children(id, path, depth);
  }

  std::map<std::string, std::vector<std::string>> attributes(hid_t id, const std::string& path) {
    std::vector<std::string> names;
    checked(H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_attribute, &names), "attributes");
    std::map<std::string, std::vector<std::string>> texts;
    for (const std::string& name : names) {
      output_.at(path, name);
      const Handle opened(H5Aopen(id, name.c_str(), H5P_DEFAULT), H5Aclose, "it does not open");
      const Handle type(H5Aget_type(opened.id()), H5Tclose, "type"),
          space(H5Aget_space(opened.id()), H5Sclose, "extents");
      if (H5Tget_class(type.id()) != H5T_STRING) continue;
      texts[name] = attribute_texts(opened.id(), type.id(), extents_of(space.id()), image_.size());
      for (const std::string& text : texts[name])
        if ((text_ += text.size()) > most_text) throw Error("more than 64 MiB of text");
    }
    return texts;
  }

  static Kind kind_of(hid_t type, const std::map<std::string, std::vector<std::string>>& texts) {
    const size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
      case H5T_FLOAT:
        return size <= 4 ? Kind::float32 : Kind::float64;
      case H5T_INTEGER:
        return size <= 8 ? Kind::int64 : Kind::other;
      case H5T_OPAQUE: {
        const auto dtype = texts.find("dtype");
        return size == 2 && dtype != texts.end() && dtype->second == std::vector<std::string>{"bfloat16"}
                   ? Kind::bfloat16
                   : Kind::other;
      }
      default:
        return Kind::other;
    }
  }

  void dataset(hid_t id, const std::map<std::string, std::vector<std::string>>& texts) {
    const Handle type(H5Dget_type(id), H5Tclose, "type"), space(H5Dget_space(id), H5Sclose, "extents"),
        creation(H5Dget_create_plist(id), H5Pclose, "creation properties");
    if (checked(H5Pget_external_count(creation.id()), "external files") != 0)
      throw Error("its values are kept in another file");
    const H5D_layout_t layout = H5Pget_layout(creation.id());
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
      throw Error("its values are kept in other datasets");
    const Shape shape = extents_of(space.id());
    const Kind kind = kind_of(type.id(), texts);
    std::vector<std::byte> values;
    if (kind != Kind::other && shape.count() > 0) {
      const size_t size = kind == Kind::bfloat16 ? 2 : kind == Kind::float32 ? 4 : 8;
      constexpr uint64_t packed = 8, least = 1 << 20;  // a table of contents may be so much larger than the file
      if (static_cast<uint64_t>(shape.count()) > (least + packed * image_.size()) / size)
        throw Error("values of shape " + shape.text() + " in a file of " + std::to_string(image_.size()) + " bytes");
      values.resize(static_cast<size_t>(shape.count()) * size);
      const hid_t memory = kind == Kind::float32   ? H5T_IEEE_F32LE
                           : kind == Kind::float64 ? H5T_IEEE_F64LE
                           : kind == Kind::int64   ? H5T_STD_I64LE
                                                   : type.id();
      checked(H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "values");
    }
    table_.number(static_cast<uint64_t>(kind));
    table_.shape(kind == Kind::other ? Shape{} : shape);
    table_.bytes(values);
  }

  void children(hid_t group, const std::string& path, int depth) {
    std::vector<Link> links;
    checked(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_link, &links), "links");
    for (const Link& link : links) {
      const std::string place = (path == "/" ? path : path + "/") + link.name;
      output_.at(place, "");
      if (!link.is_hard) throw Error("a soft or external link");
      const Handle opened(H5Oopen(group, link.name.c_str(), H5P_DEFAULT), H5Oclose, "object");
      object(opened.id(), place, depth + 1);
    }
  }

  const FileBytes& image_;
  const WalkOutput& output_;
  TableWriter table_;
  std::set<uint64_t> seen_;
  size_t text_ = 0;
};

}  // namespace

void walk_foreign(const FileBytes& image, bool, const WalkOutput& output) { ForeignWalk(image, output).run(); }

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
#include "h5/reading/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text/json.h"
#include "h5/digest.h"

namespace nn::h5 {
namespace {

std::string text_of(const Attribute& a) { return {reinterpret_cast<const char*>(a.value.data()), a.value.size()}; }

std::string required_text(const Contents& contents, const std::string& path, const std::string& attribute) {
  const Object* object = contents.find(path);
  const Attribute* found = object ? find_attribute(*object, attribute) : nullptr;
  if (!found || found->element != Element::text)
    throw Error("there is no text " + attribute + " on " + path + " that repeats it");
  return text_of(*found);
}

/// Texts as the attribute that our readers use has them.
std::vector<std::string> copy_of(const Contents& contents, const std::string& path) {
  if (path == "/prep/recipe") return {required_text(contents, "/prep", "nn_recipe")};
  if (path == "/layers") return {required_text(contents, "/", "nn_layers")};
  std::string axis = path.substr(1);
  if (axis == "class_true") axis = "class";
  if (axis != "class" && axis != "feature" && axis != "target") throw Error("a text that nn-tools do not write");
  std::vector<std::string> names;
  for (const Json& name : Json::parse(required_text(contents, "/", "nn_" + axis)).items())
    names.push_back(name.string());
  return names;
}

void check_texts(const Contents& contents) {
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& o = contents[i];
    if (o.kind != ObjectKind::dataset || o.element != Element::text) continue;
    in_context(printable(contents.path(i)), [&] {
      if (o.texts != copy_of(contents, contents.path(i)))
        throw Error("damaged or changed since it was written: it is not what its attribute says");
    });
  }
}

/// Each reference of a dataset to a scale (DIMENSION_LIST) has one back (REFERENCE_LIST), and the other way round.
void check_references(const Contents& contents) {
  using Link = std::tuple<uint64_t, uint64_t, uint64_t>;  // dataset, axis, scale
  std::set<Link> there, back;
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& o = contents[i];
    for (size_t axis = 0; axis < o.scales.size(); ++axis)
      for (const uint64_t scale : o.scales[axis]) there.emplace(o.address, axis, scale);
    for (const auto& [dataset, axis] : o.scale_users) back.emplace(dataset, axis, o.address);
  }
  if (there == back) return;
  std::vector<Link> differ;
  std::set_symmetric_difference(there.begin(), there.end(), back.begin(), back.end(), std::back_inserter(differ));
  const auto path = [&](uint64_t address) {
    for (size_t i = 0; i < contents.size(); ++i)
      if (contents[i].address == address) return printable(contents.path(i));
    return std::string("an object that is not there");
  };
  const auto& [dataset, axis, scale] = differ.front();
  throw Error(path(dataset) + ": damaged: its axis " + std::to_string(axis) + " and " + path(scale) +
              " do not refer to each other");
}

/// Paths of the scales of a dataset, as the writer gave them.
std::vector<std::string> axes_of(const Object& object, const std::unordered_map<uint64_t, std::string>& paths) {
  std::vector<std::string> axes;
  for (const std::vector<uint64_t>& scales : object.scales) {
    if (scales.size() > 1) throw Error("an axis with several scales");
    const auto found = scales.empty() ? paths.end() : paths.find(scales[0]);
    axes.push_back(found == paths.end() ? "" : found->second);
  }
  return axes;
}

const char* kind_of(const Object& object) {
  if (object.kind == ObjectKind::group) return "group";
  return object.element == Element::number ? name_of(object.type) : object.element == Element::text ? "text" : "other";
}

std::string root_sum(const Contents& contents, const VolatileSums& sums) {
  std::unordered_map<uint64_t, std::string> paths;
  for (size_t i = 0; i < contents.size(); ++i) paths.emplace(contents[i].address, contents.path(i));
  RootSum rest;
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& o = contents[i];
    const std::string& path = contents.path(i);
    const auto sum = sums.find(path);
    if (i > 0) rest.object(path, kind_of(o), o.shape, axes_of(o, paths), sum == sums.end() ? "" : sum->second);
    for (const Attribute& a : o.attributes) {
      if (a.element == Element::other || (ContentDigest::counts(path, a.name) && sum == sums.end())) continue;
      const bool text = a.element == Element::text;
      rest.attribute(path, a.name, text ? "text" : name_of(a.type), text ? "scalar" : a.shape.text(), a.value);
    }
  }
  return rest.hex();
}

/// As it was before it covered more than texts of the root group.
std::string first_root_sum(const Object& root) {
  std::map<std::string, std::string> lines;
  for (const Attribute& a : root.attributes)
    for (const char* name : {"Conventions", "title", "history", "nn_digest", "nn_format", "nn_provenance"})
      if (a.name == name && a.element == Element::text) lines[name] = sha256_hex(a.value);
  Sha256 sum;
  for (const auto& [name, of_text] : lines) sum.add(name + '\t' + of_text + '\n');
  return sum.hex();
}

void check_root(const Contents& contents, const VolatileSums& sums) {
  const Attribute* stated = find_attribute(contents[0], "nn_root_sha256");
  const bool promised =
      find_attribute(contents[0], "nn_sums") != nullptr;  // as nn_root_sha256, not in the first files of 0.1
  if (!stated && !promised) return;
  if (!stated) throw Error("/: damaged or changed since it was written: it has nn_sums, but no nn_root_sha256");
  const std::string text = text_of(*stated);
  if (text != root_sum(contents, sums) && (promised || text != first_root_sum(contents[0])))
    throw Error(
        "/: damaged or changed since it was written: nn_root_sha256 is not that of its objects, attributes and "
        "volatile values");
}

/// What other programs show of types and extents is what our writer makes.
void check_descriptions(const Contents& contents) {
  for (size_t i = 0; i < contents.size(); ++i) {
    const auto refuse = [&](const std::string& what) {
      throw Error(printable(contents.path(i)) + what +
                  ": its type or its extents are described otherwise than nn-tools do");
    };
    if (!contents[i].usual) refuse("");
    for (const Attribute& a : contents[i].attributes)
      if (!a.usual) refuse(", attribute " + printable(a.name));
  }
}

}  // namespace

std::string digest_of(const Contents& contents, const AttributeTexts& instead) {
  ContentDigest content;
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& o = contents[i];
    const std::string& path = contents.path(i);
    if (o.kind != ObjectKind::group && o.kind != ObjectKind::dataset) continue;
    if (o.kind == ObjectKind::dataset && o.element == Element::number) {
      if (find_attribute(o, "nn_volatile")) continue;
      const Attribute* sum = find_attribute(o, "nn_sha256");
      content.dataset(path, name_of(o.type), o.shape.text(), sum && sum->element == Element::text ? text_of(*sum) : "");
    }
    for (const Attribute& a : o.attributes) {
      const auto other = instead.find({path, a.name});
      const auto text = other == instead.end() ? std::span<const std::byte>(a.value)
                                               : std::as_bytes(std::span<const char>(other->second));
      if (a.element == Element::text) content.attribute(path, a.name, "text", "scalar", text);
      if (a.element == Element::number) content.attribute(path, a.name, name_of(a.type), a.shape.text(), a.value);
    }
  }
  return content.hex();
}

void check_countable(const Object& object, const std::string& path, const std::string& name) {
  if (find_attribute(object, "nn_volatile")) return;
  for (const Attribute& a : object.attributes)
    if (a.element == Element::other && ContentDigest::counts(path, a.name))
      throw Error(name + ": " + printable(path) + ", attribute " + printable(a.name) +
                  ": expected numbers or a text of fixed length, found another type");
}

void check_copies(const Contents& contents, const VolatileSums& sums, const std::string& name) {
  in_context(name, [&] {
    check_descriptions(contents);
    check_texts(contents);
    check_references(contents);
    check_root(contents, sums);
  });
}

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
#include "h5/verify.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sha256.h"
#include "h5/digest.h"

namespace nn::h5 {
namespace {

std::string text_of(const Attribute& a) { return {reinterpret_cast<const char*>(a.value.data()), a.value.size()}; }

std::string required_text(const Contents& contents, const std::string& path, const std::string& attribute) {
  const Object* object = contents.find(path);
  const Attribute* found = object ? find_attribute(*object, attribute) : nullptr;
  if (!found || found->element != Element::text) throw Error("there is no text " + attribute + " on " + path + " that repeats it");
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
  for (const Json& name : Json::parse(required_text(contents, "/", "nn_" + axis)).items()) names.push_back(name.string());
  return names;
}

void check_texts(const Contents& contents) {
  for (size_t i = 0; i < contents.size(); ++i) {
    const Object& o = contents[i];
    if (o.kind != ObjectKind::dataset || o.element != Element::text) continue;
    in_context(printable(contents.path(i)), [&] {
      if (o.texts != copy_of(contents, contents.path(i))) throw Error("damaged or changed since it was written: it is not what its attribute says");
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
  throw Error(path(dataset) + ": damaged: its axis " + std::to_string(axis) + " and " + path(scale) + " do not refer to each other");
}

void check_root(const Object& root) {
  const Attribute* stated = find_attribute(root, "nn_root_sha256");
  if (!stated) return;  // files of 0.1
  std::map<std::string, std::string> texts;
  for (const Attribute& a : root.attributes)
    if (a.element == Element::text) texts[a.name] = text_of(a);
  if (text_of(*stated) != root_sum(texts)) throw Error("/: damaged or changed since it was written: its texts are not what nn_root_sha256 says");
}

}  // namespace

std::string digest_of(const Contents& contents) {
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
      if (a.element == Element::text) content.attribute(path, a.name, "text", "scalar", a.value);
      if (a.element == Element::number) content.attribute(path, a.name, name_of(a.type), a.shape.text(), a.value);
    }
  }
  return content.hex();
}

void check_countable(const Object& object, const std::string& path, const std::string& name) {
  if (find_attribute(object, "nn_volatile")) return;
  for (const Attribute& a : object.attributes)
    if (a.element == Element::other && ContentDigest::counts(path, a.name))
      throw Error(name + ": " + printable(path) + ", attribute " + printable(a.name) + ": expected numbers or a text of fixed length, found another type");
}

void check_copies(const Contents& contents, const std::string& name) {
  in_context(name, [&] {
    check_texts(contents);
    check_references(contents);
    check_root(contents[0]);
  });
}

}  // namespace nn::h5

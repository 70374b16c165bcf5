// SPDX-License-Identifier: MIT
#include "h5/schema.h"

#include "base/text/json.h"
#include "base/text/names.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

namespace nn::h5 {
namespace {

void write_statistics(Writer& to, const std::string& path, const std::vector<float>& values) {
  if (values.empty()) return;
  to.axis("/prep/channel", static_cast<int64_t>(values.size()));
  to.dataset(path, Array::of(values), {{"/prep/channel"}, false, false});
}

std::vector<float> read_statistics(const Reader& from, const std::string& path) {
  if (!from.has(path)) return {};
  const Array array = from.read(path);
  if (array.type != Type::f32 || array.shape.rank() != 1)
    throw Error(from.name() + ": " + path + ": expected float32 of one axis, found " + name_of(array.type) + " " +
                array.shape.text());
  const auto values = array.as<float>();
  return {values.begin(), values.end()};
}

}  // namespace

void write_prep(Writer& to, const PrepRecord& prep) {
  if (prep.empty()) return;
  if (!prep.mean.empty() && !prep.std.empty() && prep.mean.size() != prep.std.size())
    throw Error("/prep: " + std::to_string(prep.mean.size()) + " means for " + std::to_string(prep.std.size()) +
                " deviations");
  to.strings("/prep/recipe", {prep.recipe}, true);
  to.text("/prep", "nn_recipe", prep.recipe);
  write_statistics(to, "/prep/mean", prep.mean);
  write_statistics(to, "/prep/std", prep.std);
}

PrepRecord read_prep(const Reader& from) {
  PrepRecord prep;
  if (!from.has("/prep")) return prep;
  prep.recipe = from.required_text("/prep", "nn_recipe");
  prep.mean = read_statistics(from, "/prep/mean");
  prep.std = read_statistics(from, "/prep/std");
  return prep;
}

void write_names(Writer& to, const std::string& axis, const std::vector<std::string>& names) {
  if (names.empty()) return;
  to.strings("/" + axis, names, false, true);
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(name);
  to.text("/", "nn_" + axis, list.dump());
}

std::vector<std::string> read_names(const Reader& from, const std::string& axis) {
  const auto text = from.text("/", "nn_" + axis);
  if (!text) return {};
  return in_context(from.name() + ": /, attribute nn_" + axis, [&] {
    std::vector<std::string> names;
    for (const Json& name : Json::parse(*text).items()) names.push_back(name.string());
    check_distinct(names, axis);
    return names;
  });
}

void write_classes(Writer& to, const std::vector<std::string>& classes) { write_names(to, "class", classes); }
std::vector<std::string> read_classes(const Reader& from) { return read_names(from, "class"); }

}  // namespace nn::h5

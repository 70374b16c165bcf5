// SPDX-License-Identifier: MIT
#include "train/run/checkpoint.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

namespace nn {
namespace {

const std::string state_group = "/state";
constexpr int deepest = 16;
constexpr size_t most_fields = 100000;

/// An object; a name that comes several times has an array of its values.
std::string json_of(const NamedTexts& texts) {
  Json object = Json::object();
  for (const auto& [name, value] : texts) {
    Json& member = object[name];
    if (member.is_null()) {
      member = Json(value);
    } else {
      if (member.is_string()) member = Json(Json::Array{member});
      member.push_back(Json(value));
    }
  }
  return object.dump();
}

NamedTexts texts_of(const std::string& json) {
  NamedTexts texts;
  const Json object = Json::parse(json);
  if (!object.is_object()) throw Error("expected a JSON object");
  for (const auto& [name, value] : object.members()) {
    if (!value.is_array()) {
      texts.emplace_back(name, value.string());
      continue;
    }
    for (const Json& one : value.items()) texts.emplace_back(name, one.string());
  }
  return texts;
}

NamedTexts read_texts(const h5::Reader& file, const std::string& attribute) {
  const std::string text = file.required_text(state_group, attribute);
  return in_context(file.name() + ": " + state_group + ", attribute " + attribute, [&] { return texts_of(text); });
}

template <class T>
h5::Array array_of(const std::vector<T>& values) {
  return values.size() == 1 ? h5::Array::of<T>(Shape{}, std::span<const T>(values)) : h5::Array::of<T>(values);
}

template <class T>
std::vector<T> vector_of(const h5::Array& array) {
  const auto values = array.as<T>();
  return {values.begin(), values.end()};
}

StateValues values_of(const h5::Array& array, const std::string& place) {
  if (array.shape.rank() > 1)
    throw Error(fmt::format("{}: expected one axis, found shape {}", place, array.shape.text()));
  switch (array.type) {
    case h5::Type::i64:
      return vector_of<int64_t>(array);
    case h5::Type::f64:
      return vector_of<double>(array);
    case h5::Type::f32:
      return vector_of<float>(array);
    default:
      throw Error(fmt::format("{}: expected int64, float64 or float32, found {}", place, h5::name_of(array.type)));
  }
}

/// All datasets below a group; field: the group's name in the state, "" or "callbacks/".
void read_fields(const h5::Reader& file, const std::string& field, int depth,
                 std::map<std::string, StateValues>& state) {
  const std::string group = state_group + (field.empty() ? "" : "/" + field.substr(0, field.size() - 1));
  if (depth > deepest) throw Error(fmt::format("{}: {}: groups too deep", file.name(), printable(group)));
  for (const std::string& child : file.children(group)) {
    const std::string path = group + "/" + child;
    if (file.is_group(path)) {
      read_fields(file, field + child + "/", depth + 1, state);
      continue;
    }
    if (state.size() == most_fields)
      throw Error(fmt::format("{}: {}: more than {} fields", file.name(), state_group, most_fields));
    state.emplace(field + child, values_of(file.read(path), file.name() + ": " + printable(path)));
  }
}

}  // namespace

std::vector<std::byte> write_checkpoint(const Checkpoint& checkpoint, const h5::Provenance& provenance) {
  return write_model(checkpoint.model, provenance, false, [&](h5::Writer& to) {
    to.text(state_group, "nn_command", json_of(checkpoint.command));
    to.text(state_group, "nn_machine", json_of(checkpoint.machine));
    for (const auto& [name, values] : checkpoint.state)
      std::visit([&](const auto& v) { to.dataset(state_group + "/" + name, array_of(v)); }, values);
  });
}

Checkpoint read_checkpoint(const h5::Reader& file) {
  if (!file.has(state_group))
    throw Error(fmt::format("{}: a model without {}, so no training goes on from it; --init takes its weights",
                            file.name(), state_group));
  Checkpoint checkpoint;
  checkpoint.name = file.name();
  checkpoint.model = read_model(file);
  checkpoint.command = read_texts(file, "nn_command");
  checkpoint.machine = read_texts(file, "nn_machine");
  read_fields(file, "", 0, checkpoint.state);
  return checkpoint;
}

}  // namespace nn

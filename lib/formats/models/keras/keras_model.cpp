// SPDX-License-Identifier: MIT
#include "formats/models/keras/keras_model.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

Element element_of(h5::ForeignObject::Kind kind) {
  switch (kind) {
    case h5::ForeignObject::Kind::float64:
      return Element::f64;
    case h5::ForeignObject::Kind::int64:
      return Element::i64;
    case h5::ForeignObject::Kind::bfloat16:
      return Element::bf16;
    default:
      return Element::f32;
  }
}

ForeignTensor tensor_of(const h5::ForeignObject& object, const std::string& name) {
  if (object.kind == h5::ForeignObject::Kind::group || object.kind == h5::ForeignObject::Kind::other)
    throw Error(printable(object.path) + ": expected a dataset of numbers");
  const Element type = element_of(object.kind);
  return {name, object.shape, type, floats_of(object.values, type)};
}

/// vars/0, vars/1, ... below a group.
std::vector<ForeignTensor> numbered(const h5::ForeignFile& file, const std::string& group, const std::string& name) {
  std::vector<ForeignTensor> arrays;
  for (size_t i = 0;; ++i) {
    const h5::ForeignObject* object = file.find(group + "/vars/" + std::to_string(i));
    if (!object) return arrays;
    arrays.push_back(tensor_of(*object, name + "/" + std::to_string(i)));
  }
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// The names of an attribute, which is cut into name0, name1, ... where it is long.
std::vector<std::string> listed(const h5::ForeignFile& file, const std::string& path, const std::string& name) {
  const h5::ForeignObject* object = file.find(path.empty() ? "/" : path);
  if (!object) throw Error(printable(path) + " is missing");
  if (const auto whole = object->texts.find(name); whole != object->texts.end()) return whole->second;
  std::vector<std::string> names;
  for (size_t i = 0;; ++i) {
    const auto part = object->texts.find(name + std::to_string(i));
    if (part == object->texts.end()) return names;
    names.insert(names.end(), part->second.begin(), part->second.end());
  }
}

/// An array of a layer, or of a model that is a layer, in the older files.
struct LegacyArray {
  std::string layer, role;  ///< as Keras named the variable: "base/conv2d_1", "kernel"
  const h5::ForeignObject* object;
};

std::vector<LegacyArray> legacy_list(const h5::ForeignFile& file, const std::string& group) {
  std::vector<LegacyArray> list;
  for (const std::string& weight : listed(file, group, "weight_names")) {
    const h5::ForeignObject* object = file.find(group + "/" + weight);
    if (!object) throw Error(printable(group + "/" + weight) + " is missing");
    const size_t cut = weight.rfind('/');
    std::string role = weight.substr(cut + 1);
    if (const size_t colon = role.find(':'); colon != std::string::npos) role.erase(colon);
    list.push_back({cut == std::string::npos ? "" : weight.substr(0, cut), role, object});
  }
  return list;
}

std::vector<ForeignTensor> legacy_arrays(const h5::ForeignFile& file, const std::string& group,
                                         const std::string& name) {
  std::vector<ForeignTensor> arrays;
  for (const LegacyArray& array : legacy_list(file, group))
    arrays.push_back(tensor_of(*array.object, name + "/" + array.role));
  return arrays;
}

/// How many characters at their ends are equal.
size_t common_end(const std::string& a, const std::string& b) {
  const auto [at, ignored] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>(at - a.rbegin());
}

/// The layers of a model that is a layer, whose arrays lie in one group. Their variables have the names of the layers,
/// behind those of some of the models around them.
void take_joined_arrays(const h5::ForeignFile& file, const std::string& group, const std::vector<KerasLayer*>& layers) {
  constexpr std::ptrdiff_t most_alike = 1000;
  std::multimap<std::string, KerasLayer*> by_name;
  for (KerasLayer* layer : layers) by_name.emplace(layer->short_name, layer);
  for (const LegacyArray& array : legacy_list(file, group)) {
    std::vector<KerasLayer*> owners;
    size_t most = 0;
    // A name may hold a '/' itself: "conv1/bn".
    for (size_t at = 0; at != std::string::npos; at = array.layer.find('/', at + 1)) {
      const auto [begin, end] = by_name.equal_range(array.layer.substr(at == 0 ? 0 : at + 1));
      if (std::distance(begin, end) > most_alike) throw Error("too many layers are named " + printable(begin->first));
      for (auto found = begin; found != end; ++found) {
        const size_t common = common_end(array.layer, found->second->name);
        if (common > most) owners.clear(), most = common;
        if (common == most) owners.push_back(found->second);
      }
    }
    if (owners.size() != 1)
      throw Error(printable(group + ": '" + array.layer + "/" + array.role) + "' may belong to " +
                  (owners.empty() ? "no layer" : "several layers") + " of this model");
    owners[0]->arrays.push_back(tensor_of(*array.object, owners[0]->name + "/" + array.role));
  }
}

/// What lies in a container of layers, and in those of models among them. front: of the names, "base.".
void add_named(const h5::ForeignFile& file, const std::string& container, const std::string& front,
               std::vector<ForeignTensor>& all) {
  const std::string kind = container.substr(container.rfind('/'));
  for (const std::string& layer : file.children(container)) {
    const std::string group = container + "/" + layer;
    const std::string* told = file.text(group + "/vars", "name");  // the user's, where Keras notes it
    const std::string name = front + (told ? *told : layer);
    std::vector<ForeignTensor> arrays = numbered(file, group, name);
    // Roles by their number and rank, as the layers here have them: a file of weights alone does not tell more.
    constexpr const char* of_norm[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    const bool norm =
        arrays.size() == 4 && std::ranges::all_of(arrays, [](const auto& a) { return a.shape.rank() == 1; });
    for (size_t i = 0; i < arrays.size(); ++i) {
      const std::string role = norm ? of_norm[i] : i == 0 ? "kernel" : i == 1 ? "bias" : std::to_string(i);
      arrays[i].name = name + "/" + role;
      all.push_back(std::move(arrays[i]));
    }
    if (file.find(group + kind)) add_named(file, group + kind, name + ".", all);
  }
}

}  // namespace

std::string snake_case(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool begins = i > 0 && (is_lower(name[i - 1]) || (i + 1 < name.size() && is_lower(name[i + 1])));
    if (is_upper(c) && begins) out += '_';
    out += is_upper(c) ? static_cast<char>(c + 32) : c;
  }
  return out;
}

void take_loss(const Json& compile, KerasModel& model) {
  const Json* loss = compile.find("loss");
  if (!loss) return;
  if (loss->is_string()) {
    model.loss = loss->string();
  } else if (const Json* type = loss->find("class_name"); type && type->is_string()) {
    const Json* config = loss->find("config");
    model.loss =
        type->string() == "function" && config && config->is_string() ? config->string() : snake_case(type->string());
  }
}

void take_new_arrays(const h5::ForeignFile& file, KerasModel& model) {
  std::string container = "/layers";
  if (!file.find(container)) container = "/_layer_checkpoint_dependencies";
  if (!file.find(container)) throw Error("no group 'layers' in the weights");
  for (KerasLayer& layer : model.layers) {
    std::string group;
    for (const std::string& name : layer.groups) group += container + "/" + name;
    layer.arrays = numbered(file, group, layer.name);
  }
}

void take_legacy_arrays(const h5::ForeignFile& file, const std::string& root, KerasModel& model) {
  std::map<std::string, std::vector<KerasLayer*>> inside;  // by the outermost model that is a layer
  for (KerasLayer& layer : model.layers) {
    if (!layer.models.empty())
      inside[layer.models.front()].push_back(&layer);
    else if (file.find(root + "/" + layer.name))
      layer.arrays = legacy_arrays(file, root + "/" + layer.name, layer.name);
  }
  for (const auto& [name, layers] : inside)
    if (file.find(root + "/" + name)) take_joined_arrays(file, root + "/" + name, layers);
}

std::vector<ForeignTensor> named_arrays(const h5::ForeignFile& file) {
  std::vector<ForeignTensor> all;
  for (const char* container : {"/layers", "/_layer_checkpoint_dependencies"})
    if (file.find(container)) add_named(file, container, "", all);
  const std::string root = file.find("/model_weights") ? "/model_weights" : "";
  if (all.empty())
    for (const std::string& layer : listed(file, root, "layer_names"))
      for (ForeignTensor& array : legacy_arrays(file, root + "/" + layer, layer)) all.push_back(std::move(array));
  return all;
}

}  // namespace nn

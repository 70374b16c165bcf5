// SPDX-License-Identifier: MIT
// Weights as arrays of NumPy in one file, by PyTorch's names; nn_model is a text with the layers.
#include "data/zip.h"
#include "formats/datasets/numpy/npy.h"
#include "formats/intake.h"
#include "formats/models/description.h"
#include "formats/models/torch_names.h"

namespace nn {
namespace {

constexpr size_t name_at = 30;  // in a local header of a zip archive

/// An archive whose first member is the text that is written here.
bool is_described(std::string_view start) {
  return is_zip(start) && start.size() > name_at && start.substr(name_at).starts_with(description_key);
}

const Content described_content{.begins = is_described};
const Content zip_content{.begins = is_zip};

ForeignTensor tensor_of(const std::string& name, const NpyArray& array) {
  ForeignTensor tensor{name, array.shape(), Element::f32, {}};
  if (array.kind() == NpyArray::Kind::text) throw Error("text; expected numbers");
  tensor.stored = array.type().ends_with("f8")   ? Element::f64
                  : array.type().ends_with("f2") ? Element::f16
                                                 : Element::f32;
  tensor.values.resize(array.count());
  for (size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = static_cast<float>(array.number(i));
  return tensor;
}

ForeignModel read_npz(const std::string& input, const PlainModelOptions& options) {
  const std::vector<std::byte> bytes = input_bytes(input, options, zip_content);
  return in_context(shown_name(input), [&] {
    ForeignModel model;
    for (ZipMember& member :
         read_zip(bytes, options.budget, [](const std::string& name) { return name.ends_with(".npy"); })) {
      const std::string name = member.name.substr(0, member.name.size() - 4);
      in_context("array '" + printable(name) + "'", [&] {
        const NpyArray array = parse_npy(std::move(member.bytes));
        if (name == description_key && array.kind() == NpyArray::Kind::text && array.count() == 1)
          return take_description(array.text(0), model);
        options.budget.ask_product({array.count(), sizeof(float)}, "its values");
        model.tensors.push_back(tensor_of(name, array));
      });
    }
    return model;
  });
}

std::vector<ForeignFile> write_npz(const Model& model, const PlainModelOptions&) {
  std::vector<ZipMember> members{{std::string(description_key) + ".npy", write_npy({description_of(model)})}};
  for (const auto& [name, shape, tensor] : state_dict_of(model))
    members.push_back({name + ".npy", write_npy(h5::Array::of<float>(shape, std::span<const float>(tensor->values)))});
  return {{"", write_zip(members)}};
}

}  // namespace

extern const ModelFormat npz_model;
const ModelFormat npz_model{
    .name = "npz",
    .summary = "NumPy arrays, one a weight, by PyTorch's names",
    .suffixes = {".weights.npz", ".npz"},
    .folder = false,
    .text = false,
    .content = &described_content,
    .reader = reader_with<PlainModelOptions, read_npz>,
    .writer = writer_with<PlainModelOptions, write_npz>,
};

}  // namespace nn

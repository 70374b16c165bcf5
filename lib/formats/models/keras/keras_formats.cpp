// SPDX-License-Identifier: MIT
// Keras' files: .keras (a zip archive of configuration and weights), .weights.h5, and .h5 of Keras 2 and before.
#include "data/zip.h"
#include "formats/intake.h"
#include "formats/models/description.h"
#include "formats/models/keras/keras_model.h"
#include "formats/models/keras/keras_write.h"
#include "h5/image.h"

namespace nn {
namespace {

constexpr size_t name_at = 30, version_at = 8;  // in a local header of a zip archive; in a superblock of HDF5

bool is_keras_zip(std::string_view start) {
  if (!is_zip(start) || start.size() <= name_at) return false;
  const std::string_view name = start.substr(name_at);
  return name.starts_with("metadata.json") || name.starts_with("config.json") || name.starts_with("model.weights.h5") ||
         name.starts_with("assets/");
}
/// Files of the tools themselves have a superblock of version 2 or later.
bool is_old_hdf5(std::string_view start) {
  return h5::has_signature(std::as_bytes(std::span(start))) && start.size() > version_at && start[version_at] < 2;
}

const Content keras_content{.begins = is_keras_zip};
const Content h5_content{.begins = is_old_hdf5};
const Content zip_content{.begins = is_zip};

const ZipMember* member_of(const std::vector<ZipMember>& members, std::string_view name) {
  for (const ZipMember& member : members)
    if (member.name == name) return &member;
  return nullptr;
}

Json json_of(const std::string& name, std::string_view text) {
  return in_context(name, [&] { return Json::parse(text); });
}

/// Classes, recipe and the like, where nn-tools wrote the file; the layers are those of the configuration.
void take_known(const h5::ForeignFile& file, ForeignModel& model) {
  const std::string* text = file.text("/", description_key);
  if (!text) return;
  ForeignModel described;
  take_description(*text, described);
  model.known = std::move(described.known);
  if (model.layers.empty()) model.layers = described.layers, model.input = described.input;
}

ForeignModel read_keras(const std::string& input, const KerasOptions& options) {
  const std::vector<std::byte> bytes = input_bytes(input, options, zip_content);
  const std::string shown = shown_name(input);
  return in_context(shown, [&] {
    const std::vector<ZipMember> members = read_zip(bytes, options.budget, [](const std::string& name) {
      return name == "metadata.json" || name == "config.json" || name == "model.weights.h5";
    });
    const ZipMember *config = member_of(members, "config.json"), *weights = member_of(members, "model.weights.h5");
    if (!config) throw Error("no config.json in it: no file of Keras");
    if (!weights) throw Error("no model.weights.h5 in it: weights in other forms are not read");
    const Json json =
        json_of("config.json", {reinterpret_cast<const char*>(config->bytes.data()), config->bytes.size()});
    KerasModel model = in_context("config.json", [&] { return keras_layers(json); });
    if (const Json* compile = json.find("compile_config")) take_loss(*compile, model);
    const h5::ForeignFile file = h5::read_foreign_file(weights->bytes, "model.weights.h5", options.budget);
    in_context("model.weights.h5", [&] { take_new_arrays(file, model); });
    ForeignModel made = translated(model);
    take_known(file, made);
    return made;
  });
}

ForeignModel read_keras_h5(const std::string& input, const KerasOptions& options) {
  const std::vector<std::byte> bytes = input_bytes(input, options);
  const std::string shown = shown_name(input);
  const h5::ForeignFile file = h5::read_foreign_file(bytes, shown, options.budget);
  return in_context(shown, [&] {
    const bool legacy_weights = file.text("/", "layer_names") || file.find("/")->texts.contains("layer_names");
    if (const std::string* config = file.text("/", "model_config")) {
      KerasModel model = in_context("model_config", [&] { return keras_layers(json_of("JSON", *config)); });
      if (const std::string* version = file.text("/", "keras_version")) model.is_version_2 = version->starts_with("2");
      if (const std::string* compile = file.text("/", "training_config"))
        take_loss(json_of("training_config", *compile), model);
      take_legacy_arrays(file, "/model_weights", model);
      ForeignModel made = translated(model);
      take_known(file, made);
      return made;
    }
    if (!legacy_weights && !file.find("/layers") && !file.find("/_layer_checkpoint_dependencies") &&
        !file.find("/model_weights"))
      throw Error(
          "an HDF5 file of another program (not of Keras: neither model_config nor layer_names nor layers); nn-hdf5(5) "
          "shows how h5py writes a dataset, and nn-convert makes one of an .npz");
    ForeignModel model;
    model.axes = AxisOrder::keras;
    model.tensors = named_arrays(file);
    take_known(file, model);
    return model;
  });
}

}  // namespace

extern const ModelFormat keras_model, keras_weights_model, keras_h5_model;
const ModelFormat keras_model{
    .name = "keras",
    .summary = "Keras 3, layers and weights",
    .suffixes = {".keras"},
    .folder = false,
    .text = false,
    .content = &keras_content,
    .reader = reader_with<KerasOptions, read_keras>,
    .writer = writer_with<KerasOptions, write_keras>,
};
const ModelFormat keras_h5_model{
    .name = "keras-h5",
    .summary = "Keras' older HDF5 files, layers and weights; reads weights alone, too",
    .suffixes = {".keras.h5"},
    .folder = false,
    .text = false,
    .content = &h5_content,
    .reader = reader_with<KerasOptions, read_keras_h5>,
    .writer = writer_with<KerasOptions, write_keras_h5>,
};
const ModelFormat keras_weights_model{
    .name = "keras-weights",
    .summary = "weights of Keras 3 alone, as save_weights writes them",
    .suffixes = {".weights.h5"},
    .folder = false,
    .text = false,
    .content = &h5_content,
    .reader = reader_with<KerasOptions, read_keras_h5>,
    .writer = writer_with<KerasOptions, write_keras_weights>,
};

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "formats/models/torch/pth_write.h"

#include "data/zip.h"
#include "formats/models/description.h"
#include "formats/models/torch/optimizer_state.h"
#include "formats/models/torch/pickle_writer.h"
#include "formats/models/torch_names.h"
#include "h5/writing/outfile.h"

namespace nn {
namespace {

constexpr size_t alignment = 64;
constexpr const char* folder = "archive";

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

void write_state_dict(const std::vector<StateTensor>& weights, PickleWriter& pickle) {
  pickle.ordered_dict();
  pickle.begin_items();
  for (const auto& [name, shape, tensor] : weights) pickle.text(name), pickle.tensor(shape, tensor->values);
  pickle.end_items();
}

}  // namespace

std::vector<ForeignFile> write_pth(const Model& model, const PthOptions& options) {
  if (!options.python.empty())
    h5::OutFile(options.python, h5::OutFile::Content::text, options.rules).commit(python_module(model));
  const auto named = [](const std::string& name) { return folder + ("/" + name); };
  PickleWriter pickle;
  const std::vector<StateTensor> weights = state_dict_of(model, !options.python.empty());
  if (options.optimizer_state) {
    if (!model.optimizer)
      throw UsageError(
          "--optimizer-state: only a checkpoint of nn-train has an optimizer's state, with an optimizer "
          "that keeps one");
    pickle.dict();
    pickle.begin_items();
    pickle.text("epoch"), pickle.integer(model.weights_epoch);
    pickle.text("model_state_dict"), write_state_dict(weights, pickle);
    pickle.text("optimizer_state_dict"), write_optimizer(*model.optimizer, weights, pickle);
    pickle.end_items();
  } else {
    write_state_dict(weights, pickle);
  }
  std::vector<ZipMember> members{{named("data.pkl"), bytes_of(pickle.take())},
                                 {named("byteorder"), bytes_of("little")}};
  size_t key = 0;
  for (const std::span<const float> storage : pickle.storages())
    members.push_back({named("data/" + std::to_string(key++)), bytes_of_floats(storage)});
  members.push_back({named("version"), bytes_of("3\n")});
  members.push_back({named(std::string("extra/") + description_key), bytes_of(description_of(model))});
  return {{"", write_zip(members, alignment)}};
}

void PthOptions::declare_writing(OptionSet& set) {
  set.add("python", python, "FILE", "write the network as the source of a PyTorch module, too, which loads the weights")
      .writes_file();
  set.flag(
      "optimizer-state", optimizer_state,
      "of a checkpoint: write a dictionary of epoch, model_state_dict and optimizer_state_dict, from which a script "
      "of PyTorch goes on with its own sgd, adam or adamw");
}

}  // namespace nn

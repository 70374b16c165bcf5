// SPDX-License-Identifier: MIT
// PyTorch's .pth and .pt: weights by the names of modules. An archive of TorchScript gives its weights, not its code.
#include "formats/intake.h"
#include "formats/models/description.h"
#include "formats/models/torch/optimizer_state.h"
#include "formats/models/torch/pth_write.h"
#include "formats/models/torch/torch_file.h"

namespace nn {
namespace {

bool is_pth(std::string_view start) { return is_torch_zip(start) || is_torch_stream(start); }
const Content pth_content{.begins = is_pth};

ForeignModel read_pth(const std::string& input, const PthOptions& options) {
  const std::vector<std::byte> bytes = input_bytes(input, options);
  return in_context(shown_name(input), [&] {
    const TorchFile file = read_torch(bytes, options.budget);
    ForeignModel model;
    std::string used;
    model.tensors = state_dict_of(file, options.key, options.budget, used);
    model.optimizer = optimizer_of(file, model.tensors, options.budget);
    if (!used.empty()) model.notes.push_back("the weights are those of its entry '" + printable(used) + "' (--key)");
    if (file.is_script) model.notes.emplace_back("an archive of TorchScript: its weights are read, its code is not");
    if (!file.description.empty() && options.key.empty()) take_description(file.description, model);
    return model;
  });
}

}  // namespace

void PthOptions::declare_reading(OptionSet& set) {
  set.add(
      "key", key, "NAME",
      "entry of a PyTorch checkpoint that holds the weights; not given: state_dict, model_state_dict, model and the "
      "like, or the only one with tensors");
}

extern const ModelFormat pth_model;
const ModelFormat pth_model{
    .name = "pth",
    .summary = "PyTorch's state_dict or checkpoint, as torch.save writes and torch.load(weights_only=True) reads it",
    .suffixes = {".pth", ".pt", ".pt.tar", ".pth.tar", ".ckpt"},
    .folder = false,
    .text = false,
    .content = &pth_content,
    .reader = reader_with<PthOptions, read_pth>,
    .writer = writer_with<PthOptions, write_pth>,
};

}  // namespace nn

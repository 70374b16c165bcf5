// SPDX-License-Identifier: MIT
#include "train/run/training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "data/choose_split.h"
#include "data/recipe.h"
#include "data/stored_rows.h"
#include "train/engine/align.h"
#include "train/engine/model_texts.h"
#include "train/options/run_parts.h"

namespace nn {
namespace {

std::string digest_of(const Dataset& data) {
  const std::vector<std::byte> bytes = write_dataset(data, h5::Provenance(), false);
  return h5::Reader::of_bytes(bytes, "the dataset in the order of the checkpoint").digest();
}

/// The whole dataset of the file in the order of the model's names, when it is then the one that the model was trained
/// on.
std::optional<Dataset> in_order_of(const Model& model, const h5::Reader& file) {
  try {
    const Dataset whole = read_dataset(file);
    const Dataset ordered = align(model, whole, Answers::all).data();
    if (digest_of(ordered) == model.data_digest) return ordered;
  } catch (const Error&) {
    // check_same_run() refuses the data as it is, and says why.
  }
  return std::nullopt;
}

/// The splits of the file that are wanted, in the order of the checkpoint's names where that is all that differs.
Dataset splits_of(const h5::Reader& file, const std::vector<std::string>& wanted, const Log& log,
                  const Checkpoint* resumed) {
  Dataset data = open_dataset(file, wanted);
  if (!resumed || data.digest == resumed->model.data_digest) return data;
  const Model& model = resumed->model;
  std::string what;  // differs
  for (const auto& [name, before, now] : {std::tuple{"classes", &model.classes, &data.classes},
                                          {"features", &model.feature_names, &data.feature_names},
                                          {"targets", &model.target_names, &data.target_names}})
    if (*before != *now) what += (what.empty() ? "" : " and ") + std::string(name);
  if (what.empty()) return data;
  need_in_memory(data, fmt::format("{}: its {} differ from those of {}", file.name(), what, printable(resumed->name)));
  std::optional<Dataset> ordered = in_order_of(model, file);
  if (!ordered) return data;
  log.note(fmt::format("{}: its {} stand in another order than those of {}, and are matched by name", file.name(), what,
                       printable(resumed->name)));
  std::erase_if(ordered->splits, [&](const Split& split) { return !data.find(split.name); });
  ordered->digest = model.data_digest;
  return *std::move(ordered);
}

}  // namespace

Dataset training_data(const h5::Reader& file, const TrainOptions& options, const Log& log, const Checkpoint* resumed) {
  Dataset data = splits_of(file, training_splits(file, options.validation, options.test), log, resumed);
  if (const std::string note = stored_samples_note(data, file.name()); !note.empty()) log.note(note);
  if (const auto tokenizer = resumed ? resumed->model.tokenizer : options.tokenizer;
      tokenizer && holds_only_texts(data)) {
    const ReadLayers layers = read_layers(find_layers(options.model), rules_of(options));
    const int64_t most = takes_tokens(layers.nodes) ? layers.nodes.front().layer->most_rows() : 0;
    for (const std::string& note : most ? take_tokens(data, *tokenizer, most) : std::vector<std::string>{})
      log.note(file.name() + ": " + note);
  }
  if (file.has("/train/weights"))
    log.note(file.name() + ": /train/weights is not used in training: every sample counts alike");
  for (const Split& split : data.splits)  // in a random order the sums of the chunks must tell what is damaged
    if (StoredRows* stored = split.stored();
        stored && options.shuffle && split.name == "train" && !stored->has_chunk_sums())
      stored->verify();
  return with_augmentation(std::move(data), options.augment);
}

}  // namespace nn

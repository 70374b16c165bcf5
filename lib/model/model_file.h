// SPDX-License-Identifier: MIT
// A model in host memory and its file (nn-hdf5(5), kind "model").
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "h5/provenance.h"
#include "h5/schema.h"
#include "model/network.h"
#include "model/optimizer_state.h"
#include "random/draws.h"
#include "text/tokenizer.h"

namespace nn {

struct Model {
  std::string layers;                  ///< text of the layer language
  Shape input;                         ///< of one prepared sample
  std::string loss = "cross_entropy";  ///< spec text
  std::vector<NamedTensor> weights;    ///< in the order of Graph::params; buffers (running_mean) included
  h5::PrepRecord prep;
  Shape raw_input;                                                ///< of one sample before the recipe
  std::vector<std::string> classes, feature_names, target_names;  ///< of the dataset trained on; empty: unnamed
  std::optional<double> valid_min, valid_max;  ///< of the integer pixels trained on; none for floats and in old files
  std::optional<double> least, greatest;  ///< values of the float images trained on; none for others and in old files
  h5::Columns history;                    ///< epoch, loss, accuracy, val_loss, ... ; NaN where not measured
  h5::Columns steps;                      ///< step, epoch, loss, ...: the history finer than epochs, empty for none
  h5::Columns test_metrics;               ///< one value each, when --test was given
  std::vector<std::pair<std::string, std::string>> settings;  ///< option name, value: attributes of /history
  std::vector<std::pair<std::string, std::string>>
      rules;                ///< in which frameworks differ, as they were in force: attributes of /rules
  std::string data_digest;  ///< of the dataset trained on
  int64_t samples = 0;      ///< of an epoch of the training; 0: not known, as in old files
  int64_t weights_epoch =
      0;  ///< the weights are those at the end of this epoch, from 1; 0: initial ones, inside an epoch, or an old file
  std::shared_ptr<const TokenizerSettings> tokenizer = {};  ///< of a model that takes texts; null: it takes none
  /// Of a checkpoint, where asked for; write_model() leaves it out.
  std::optional<OptimizerState> optimizer = {};
};

/// Takes the values out of / puts them into a backend's memory. put: Error naming a missing or misshapen tensor.
std::vector<NamedTensor> weights_of(const Memory& memory);
void put_weights(const std::vector<NamedTensor>& weights, Memory& memory);

/// Fills one parameter as the spec of an initialiser says; `init` may be another than its own.
void initialise(Memory& memory, ParamId param, const std::string& init, Draws& draws);
/// Fills parameters from their initialisers, in order, from one stream.
void initialise(Memory& memory, Draws& draws);

/// add: writes what else the file is to hold (a checkpoint's /state), after all of the model.
std::vector<std::byte> write_model(const Model& model, const h5::Provenance& provenance, bool compress,
                                   const std::function<void(h5::Writer&)>& add = {});
/// with_optimizer: also what its optimizer keeps, of a checkpoint.
Model read_model(const h5::Reader& file, bool with_optimizer = false);

}  // namespace nn

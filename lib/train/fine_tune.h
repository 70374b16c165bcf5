// SPDX-License-Identifier: MIT
// --init MODEL: a training that starts from the weights of a model. Tensors are taken where path and shape agree, the
// others keep their initial values, and all of it is said.
#pragma once

#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/log.h"
#include "data/dataset.h"
#include "model/model_file.h"

namespace nn {

/// Whether --init names a model file: it ends in .h5 or .hdf5, or it is no initialiser and such a file is there. goes_on: a
/// run that did so is resumed, and the file may be gone.
bool init_is_model(const std::string& init, bool goes_on = false);
/// UsageError, with the nearest name, when it is neither that nor an initialiser.
void check_init(const std::string& init, bool goes_on = false);

/// What became of each tensor.
struct Taken {
  struct Left {
    std::string path, why;
  };
  std::vector<std::string> taken;   ///< paths
  std::vector<Left> left;           ///< of the network that is trained: kept their initial values
  std::vector<std::string> unused;  ///< of the model: the network has nothing of that name
};

/// Puts the weights and running statistics that fit into memory, after its initialisation. Error when none fits.
Taken take_weights(const Model& from, Memory& memory);

/// Says on the log what was taken and what not; name: of the model file.
void say_taken(const Taken& taken, const std::string& name, const Log& log);

/// A warning when the samples reach the network otherwise prepared than the model's did: its weights expect those.
void warn_of_other_recipe(const Model& from, const Dataset& data, const std::string& name, const Log& log);

}  // namespace nn

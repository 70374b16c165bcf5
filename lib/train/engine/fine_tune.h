// SPDX-License-Identifier: MIT
// --init MODEL: a training that starts from the weights of a model. Tensors are taken where path and shape agree, the
// others keep their initial values, and all of it is said.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/log.h"
#include "data/dataset.h"
#include "formats/models/model_format.h"
#include "model/model_file.h"
#include "optim/optimizer.h"

namespace nn {

/// Whether --init names a model file: it ends in .h5 or .hdf5, or it is no initialiser and such a file is there.
/// goes_on: a run that did so is resumed, and the file may be gone.
bool init_is_model(const std::string& init, bool goes_on = false);
/// UsageError, with the nearest name, when it is neither that nor an initialiser.
void check_init(const std::string& init, bool goes_on = false);

/// Whether --model names a model file, whose layers are taken: it ends in .h5 or .hdf5, or what stands in it begins as
/// HDF5 or as a model of another program.
bool layers_are_of_model(const std::string& model);

/// The model of --init. A file of another program may hold weights alone: then these are matched to the network that is
/// trained, and the model has neither layers nor weights of its own.
struct StartModel : Model {
  StartModel() = default;
  StartModel(Model model) : Model(std::move(model)) {}
  std::shared_ptr<const ForeignModel> foreign;
  std::string no_optimizer;  ///< not empty: why the optimizer's state in the file cannot be taken
};
/// Reads it: of another program by what it is, else by `ours`.
StartModel read_start_model(const std::string& file, const Log& log, const Budget& budget,
                            const std::function<Model()>& ours);
/// The model with its weights by the names of this network; of a model of ours the model itself.
Model matched_to(const StartModel& start, const Network& network, const Graph& graph);

struct TrainOptions;
/// Where --model names a pipe with layers as text, puts these in its place: a pipe can be read once.
void take_piped_layers(TrainOptions& options);
/// Reads the model files that --init and --model name: options.model gets the layers of --model FILE.h5, or of --init
/// where --model is not given. Returns the model of --init, to which options.init_from points then; null for none.
std::unique_ptr<const StartModel> read_start(TrainOptions& options,
                                             const std::function<StartModel(const std::string&)>& read);

/// Names of what the last layer gives (classes, or targets) and of the features that the first one gets; empty:
/// unnamed.
struct EndNames {
  std::vector<std::string> outputs, inputs;
};
/// labels: the loss is one of labels; else targets stand for themselves, or, without names of their own, for the
/// classes.
EndNames end_names(bool labels, const std::vector<std::string>& classes, const std::vector<std::string>& targets,
                   const std::vector<std::string>& features);

/// What became of each tensor.
struct Taken {
  struct Left {
    std::string path, why;
  };
  std::vector<std::string> taken;   ///< paths
  std::vector<Left> left;           ///< of the network that is trained: kept their initial values
  std::vector<std::string> unused;  ///< of the model: the network has nothing of that name
  /// Which rows and columns were taken by the names of classes, targets, features; what became of the optimizer.
  std::vector<std::string> sentences;
};

/// Puts the weights and running statistics that fit into memory, after its initialisation. Where both sides have names
/// that differ, rows of the last layer and columns of the first dense one are taken by name; those of new names keep
/// their initial values, and so do the layers `anew`. Error when none fits.
Taken take_weights(const Model& from, Memory& memory, const EndNames& now = {},
                   const std::vector<std::string>& anew = {});

/// Puts what the optimizer of `from` keeps of the weights that were taken into this one's slots; the others begin anew.
/// Names of classes and features count as in take_weights. Returns the steps behind it. UsageError when there is none,
/// when it was another kind of optimizer, or one that keeps more than that (nadam).
int64_t take_optimizer(const Model& from, const Optimizer& optimizer, const Taken& taken, Memory& memory,
                       const EndNames& now = {});

/// Says on the log what was taken and what not; name: of the model file.
void say_taken(const Taken& taken, const std::string& name, const Log& log);

/// A warning when the samples reach the network otherwise prepared than the model's did: its weights expect those.
void warn_of_other_recipe(const Model& from, const Dataset& data, const std::string& name, const Log& log);

}  // namespace nn

// SPDX-License-Identifier: MIT
#include <algorithm>

#include "train/callback.h"
#include "train/checkpoint.h"
#include "base/like.h"
#include "train/keyed_number.h"
#include "train/randomness.h"
#include "train/trainer.h"

namespace nn {
namespace {

/// The option of one callback. Given again, the last one holds; their order is that of the table.
Option callback_option(const CallbackType& type, std::vector<std::pair<std::string, std::string>>& callbacks) {
  Option o;
  o.name = type.name;
  o.metavar = type.metavar;
  o.help = type.summary;
  o.recorded = type.decides;
  if (type.writes_file) o.writes_file();
  o.group = "Callbacks";
  o.get = [&callbacks, name = o.name] {
    for (const auto& [known, value] : callbacks)
      if (known == name) return value;
    return std::string();
  };
  o.set = [&callbacks, name = o.name](std::string_view text) {
    std::erase_if(callbacks, [&](const auto& c) { return c.first == name; });
    if (text.empty()) return;
    const std::vector<std::string> order = names_of(callback_types());
    const auto rank = [&](const std::string& n) { return std::find(order.begin(), order.end(), n); };
    const auto after = std::find_if(callbacks.begin(), callbacks.end(), [&](const auto& c) { return rank(c.first) > rank(name); });
    callbacks.emplace(after, name, std::string(text));
  };
  return o;
}

/// yes or no, of which neither may be said.
void declare_switch(OptionSet& set, const char* name, std::optional<bool>& field, const char* help) { set.add(name, field, "", help); }

constexpr const char* breaks = "Stopping and going on";

void declare_engine(TrainOptions& o, OptionSet& set) {
  set.add(keyed_number("accumulate", o.accumulate, o.accumulate_keys, "N[,KEY=VALUE...]",
                       "batches whose mean gradient makes one update; by-batch=yes: each counts the same, else by its samples; over-epochs=yes: what "
                       "is left at the end of an epoch waits for the next, else it makes the epoch's last update; not given: as --like"))
      .at_least(1);
  set.add(keyed_number("ema", o.ema, o.ema_keys, "DECAY[,KEY=VALUE...]",
                       "keep averaged weights, decay * average + (1 - decay) * weights after each update, and save them; measured=yes: epochs are "
                       "measured with them; by-batch=yes: under --accumulate they move after each batch; not given: as --like"))
      .at_least(0).below(1);
  set.flag("terminate-on-nan", o.terminate_on_nan, "end when the loss of a batch, or a weight at the end of an epoch, is not a number, before anything is written; exit status 3");
  set.add("track", o.track, "gradient-norm|update-ratio", "a further column of the history; may be given again");
  set.add("history-every", o.history_every, "N", "keep a row of /steps each N batches, finer than epochs").at_least(0);
  set.add("like", o.like, "FRAMEWORK", "whose rules hold where PyTorch and Keras differ, and whose random numbers are drawn").one_of(like_names());
  set.add("penalties-in-loss", o.penalties_in_loss, "yes|no", "whether L1 and L2 penalties are part of the loss that is reported, when not as --like")
      .one_of({"yes", "no"});
  set.add("loss-average", o.loss_average, "batches|samples", "what an epoch's training loss is the mean over, when not as --like")
      .one_of({"batches", "samples"});
  set.add("streams", o.streams, "NAME", "whose random numbers, when not those of --like").one_of(stream_names());
}

void declare_callbacks(TrainOptions& o, OptionSet& set) {
  for (const CallbackType* type : callback_types()) set.add(callback_option(*type, o.callbacks));
  set.add("checkpoint", o.checkpoint, "FILE[,KEY=VALUE...]", "keep all that --resume needs in FILE, each epoch or every=N|best|METRIC, steps=N, minutes=N; keep=K files; required: the run "
                                        "fails when the last one cannot be written")
      .writes_file([](const std::string& value) { return CheckpointFile(value).names(); }).not_recorded().in_group(breaks);
  set.add("time-limit", o.time_limit, "TIME", "stop before TIME (as 3h50m) has passed, with a checkpoint and exit status 75")
      .not_recorded().in_group(breaks);
}

}  // namespace

void ClipKeys::declare(OptionSet& set) {
  declare_switch(set, "each", each, "the norm of each parameter by itself (Keras' clipnorm)");
  set.add("eps", epsilon, "E", "added to the norm");
}

void AccumulateKeys::declare(OptionSet& set) {
  declare_switch(set, "over-epochs", over_epochs, "what is left at the end of an epoch waits for the next");
  declare_switch(set, "by-batch", by_batch, "every batch counts the same");
}

void EmaKeys::declare(OptionSet& set) {
  declare_switch(set, "measured", measured, "epochs are measured with the averaged weights");
  declare_switch(set, "by-batch", by_batch, "they move after every batch");
}

bool TrainOptions::tracks(std::string_view column) const { return std::find(track.begin(), track.end(), column) != track.end(); }

void TrainOptions::declare(OptionSet& set) {
  set.add("model", model, "MODEL", "the network: a name of share/models, a file, the layers themselves, nn-layers(7), or a model file, whose layers are taken")
      .short_form('m').brief_help();
  set.add("epochs", epochs, "N", "passes over the training split; 0 writes the initialised model").at_least(0).short_form('e').brief_help();
  set.add("batch", batch, "N", "samples a step; the last step of an epoch takes what is left").at_least(1).short_form('b').brief_help();
  set.add("optimizer", optimizer, "NAME[,KEY=VALUE...]", "rule of the update, as sgd,momentum=0.9").brief_help();
  set.add("lr", rate, "RATE", "learning rate; the optimizer's own default when not given").at_least(0).brief_help();
  set.add("schedule", schedule, "NAME[,KEY=VALUE...]", "how the learning rate changes, as cosine,warmup=1").brief_help();
  set.add("loss", loss, "NAME[,KEY=VALUE...]",
          "what is minimised; not given: cross_entropy for labels, mse for targets").brief_help();
  set.add("init", init, "NAME[,KEY=VALUE...]|MODEL",
          "initialiser of the weights of layers without init=, not given: each layer's own; or a model file whose weights are taken where name and shape agree, rows of "
          "classes and columns of features by their names, and its layers where --model is not given")
      .reads_file();
  set.add("freeze", freeze, "LAYERS", "layers that are not trained: names or patterns joined by commas, as 'conv*,bn1'");
  set.add("frozen-statistics", frozen_statistics, "move|rest",
          "what those of a frozen batch norm do in training: move, or rest and be used, when not as --like").one_of({"move", "rest"});
  set.add("seed", seed, "N", "of initial weights, shuffling, dropout and augmentation").brief_help();
  set.flag("shuffle", shuffle, "a new order of the samples each epoch; --no-shuffle keeps that of the file");
  set.flag("reshuffle", reshuffle, "a new order each epoch under --like keras too, which on TensorFlow repeats the first one when seeded");
  set.add("validation", validation, "SPLIT",
          "split measured after each epoch; none for no measurement; test is not for choosing models").brief_help();
  set.flag("test", test, "measure the test split at the end and keep the metrics in the model").brief_help();
  set.add("augment", augment, "HOW", "vary images while training, in the place of the recipe's augmentation: as nn-prep --augment, or none");
  set.add("class-weight", class_weight, "balanced|FILE|W,W...",
          "how much each class counts: balanced, lines CLASS<TAB>WEIGHT in FILE, or one number a class; cross_entropy only")
      .reads_file();
  set.add("label-smoothing", label_smoothing, "X", "share of each label given to all classes, cross_entropy only").at_least(0).below(1);
  set.add(keyed_number("clip-norm", clip_norm, clip_keys, "X[,KEY=VALUE...]",
                       "scale the gradients down to the norm X; each=yes: those of every parameter by themselves, else all together; eps=E is added to "
                       "the norm; not given: as --like")).above(0);
  set.add("clip-value", clip_value, "X", "limit each gradient to -X..X").above(0);
  declare_engine(*this, set);
  declare_callbacks(*this, set);
  set.flag("profile", profile, "say at the end where the time of the steps went, by step of the plan, with GF/s and GB/s beside this machine's peak").not_recorded();
  set.add("precision", precision, "float32|bf16",
          "of the products of dense layers and 3x3 convolutions: bf16 rounds what is multiplied to 8 bits, for speed where the processor has instructions "
          "for it; sums, weights and all else stay float32").one_of({"float32", "bf16"});
  set.flag("exact", exact, "direct convolutions only: none by Winograd or Toom-Cook, which are faster and round up to ten times as much; and no float32 products "
           "of three bf16 numbers each, which tiles (AMX) make faster and round as much");
  set.add("tiles", tiles, "N", "parts of a batch, hence the order of sums and the most threads of use").at_least(1);
}

}  // namespace nn

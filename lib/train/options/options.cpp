// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/framework_rules.h"
#include "model/layers_file.h"
#include "train/callbacks/callback.h"
#include "train/engine/class_weights.h"
#include "train/engine/fine_tune.h"
#include "train/engine/randomness.h"
#include "train/options/keyed_number.h"
#include "train/run/checkpoint.h"
#include "train/run/trainer.h"

namespace nn {
namespace {

/// The option of one callback. Given again, the last one holds; their order is that of the table.
Option callback_option(const CallbackType& type, std::vector<std::pair<std::string, std::string>>& callbacks) {
  Option o;
  o.name = type.name;
  o.metavar = type.metavar;
  if (*type.known_as.also) o.also(type.known_as.also, type.example);
  o.help = type.summary;
  o.recorded = type.decides;
  if (type.writes_file) o.writes_file();
  o.group = "Callbacks";
  o.brief = o.name == "early-stop";
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
    const auto after =
        std::find_if(callbacks.begin(), callbacks.end(), [&](const auto& c) { return rank(c.first) > rank(name); });
    callbacks.emplace(after, name, std::string(text));
  };
  return o;
}

/// yes or no, of which neither may be said.
void declare_switch(OptionSet& set, const char* name, std::optional<bool>& field, const char* help) {
  set.add(name, field, "", help);
}

using Names = std::vector<std::string>;
Names some(const std::string& file) { return file.empty() ? Names{} : Names{file}; }

constexpr const char* breaks = "Stopping and resuming";

void declare_engine(TrainOptions& o, OptionSet& set) {
  set.add(keyed_number("accumulate", o.accumulate, o.accumulate_keys, "N[,KEY=VALUE...]",
                       "number of batches whose mean gradient makes one update. by-batch=yes: each batch has the same "
                       "weight in the mean, otherwise its number of samples. "
                       "over-epochs=yes: batches left at the end of an epoch are kept for the next one, otherwise they "
                       "make a last update. Keys that are not given: as --like says"))
      .at_least(1)
      .called("pytorch", "(script)")
      .called("keras", "gradient_accumulation_steps")
      .also("gradient_accumulation accumulate_grad_batches grad_accum accumulation_steps", "N");
  set.add(keyed_number("ema", o.ema, o.ema_keys, "DECAY[,KEY=VALUE...]",
                       "save an exponential moving average of the weights, DECAY * average + (1 - DECAY) * weights "
                       "after each update; 0: none. measured=yes: validate with the "
                       "average. by-batch=yes: under --accumulate, update it after each batch. Keys that are not "
                       "given: as --like says"))
      .at_least(0)
      .below(1)
      .called("pytorch", "AveragedModel")
      .called("keras", "use_ema");
  set.flag("terminate-on-nan", o.terminate_on_nan,
           "stop with exit status 3, and write nothing, when the loss of a batch or, at the end of an epoch, a weight "
           "is not a number")
      .called("pytorch", "(script)")
      .called("keras", "TerminateOnNaN");
  set.add("track", o.track, "gradient-norm|update-ratio", "add this column to the history; may be given again");
  set.add("history-every", o.history_every, "N", "also record a row in /steps every N batches; 0: never").at_least(0);
  set.add("like", o.like, "FRAMEWORK", "follow PyTorch or Keras where they differ, in rules and random numbers")
      .one_of(like_names())
      .brief_help();
  set.add("penalties-in-loss", o.penalties_in_loss, "yes|no",
          "whether the reported loss contains the L1 and L2 penalties; not given: as --like says")
      .one_of({"yes", "no"});
  set.add("loss-average", o.loss_average, "batches|samples",
          "whether an epoch's training loss is the mean over its batches or its samples; not given: as --like says")
      .one_of({"batches", "samples"});
  set.add("streams", o.streams, "NAME", "framework whose random numbers are used; not given: that of --like")
      .one_of(stream_names());
}

void declare_callbacks(TrainOptions& o, OptionSet& set) {
  for (const CallbackType* type : callback_types()) {
    Option& option = set.add(callback_option(*type, o.callbacks));
    if (option.name == "early-stop")
      option.says("callbacks callback",
                  "each callback is an option of its own, as --early-stop METRIC; --list callbacks prints them");
  }
  set.add("checkpoint", o.checkpoint, "FILE[,KEY=VALUE...]",
          "save all that --resume needs in FILE; after each epoch, or as every=N|best|METRIC, steps=N or minutes=N "
          "says. keep=K: keep the "
          "latest K files. required: the run fails when the last one cannot be written")
      .writes_file([](const std::string& value) { return CheckpointFile(value).names(); })
      .not_recorded()
      .in_group(breaks)
      .brief_help()
      .also("checkpoint_dir checkpoint_path save_every");
  set.add("time-limit", o.time_limit, "TIME",
          "stop before TIME, for example 3h50m, has passed; a checkpoint is saved, and the exit status is 75")
      .not_recorded()
      .in_group(breaks);
}

void declare_learning(TrainOptions& o, OptionSet& set) {
  set.add("model", o.model, "MODEL",
          "layers, a file of them, or a name of --list models; also a model file, whose layers are used (nn-layers(7))")
      .short_form('m')
      .brief_help()
      .reads_file(
          [](const std::string& value) { return layers_are_of_model(value) ? Names{value} : some(layers_file(value)); })
      .called("Sequential")
      .also("layers network net architecture arch hidden_layers", "LAYERS")
      .says(
          "hidden_layer_sizes hidden_sizes hidden_size hidden_units n_hidden",
          "hidden layers are written in --model, for example --model 'flatten dense:100 relu dense:10' (nn-layers(7))")
      .says("activation activations activation_function",
            "an activation is a layer of its own in --model, for example 'dense:100 relu' (nn-layers(7))");
  set.add("epochs", o.epochs, "N", "passes over the training split; 0 writes the initialized model")
      .at_least(0)
      .short_form('e')
      .brief_help()
      .called("pytorch", "(script)")
      .called("keras", "epochs")
      .also("num_epochs n_epochs max_epochs max_iter")
      .says("metrics metric eval_metric scoring",
            "loss and accuracy of every epoch are recorded without an option, and 'nn-eval MODEL DATA' measures more")
      .says("dataset data train_data input data_dir",
            "the dataset is an operand: write its file name without an option, nn-train [OPTION]... DATA");
  set.add("batch", o.batch, "N", "samples per step; the last step of an epoch takes the remaining ones")
      .at_least(1)
      .short_form('b')
      .brief_help()
      .called("batch_size")
      .also("batches minibatch mini_batch bs");
  set.add("optimizer", o.optimizer, "NAME[,KEY=VALUE...]", "optimizer, for example sgd,momentum=0.9")
      .brief_help()
      .called("pytorch", "optim")
      .called("keras", "optimizer")
      .also("solver");
  set.add("lr", o.rate, "RATE", "learning rate; not given: the optimizer's default")
      .at_least(0)
      .brief_help()
      .called("pytorch", "lr")
      .called("keras", "learning_rate")
      .also("rate initial_learning_rate base_lr");
  set.add("lr-scale", o.rate_scales, "LAYERS=X",
          "learning rate of these layers, as a part of that of the others, for example 'minilm=0.1'; names or patterns "
          "separated by commas; may be given again")
      .called("pytorch", "param_groups")
      .also("layer_lr lr_mult lr_multipliers discriminative_lr param_groups", "LAYERS=X");
  set.add("schedule", o.schedule, "NAME[,KEY=VALUE...]", "how the learning rate changes, for example cosine,warmup=1")
      .brief_help()
      .called("pytorch", "lr_scheduler")
      .called("keras", "LearningRateSchedule")
      .also("lr_schedule scheduler learning_rate_schedule decay lr_decay");
  set.add("loss", o.loss, "NAME[,KEY=VALUE...]",
          "loss to minimize; not given: cross_entropy for labels, mse for targets")
      .brief_help()
      .called("pytorch", "criterion")
      .called("keras", "loss");
}

void declare_weights(TrainOptions& o, OptionSet& set) {
  set.add("init", o.init, "NAME[,KEY=VALUE...]|MODEL",
          "initializer of the weights of layers without init=; not given: each layer's default. Or a model file: its "
          "weights are copied where name and shape agree, "
          "rows of classes and columns of features by name; without --model, its layers are used, too")
      .reads_file([](const std::string& value) { return init_is_model(value) ? Names{value} : Names{}; })
      .also("weights pretrained load load_weights finetune", "MODEL");
  set.add("init-except", o.init_except, "LAYERS",
          "with --init MODEL: layers that begin anew, as another head: names or patterns separated by commas");
  set.flag(
      "init-optimizer", o.init_optimizer,
      "with --init of a checkpoint, ours or PyTorch's: take the state of its optimizer (momentum, running means), too; "
      "the learning rate is that of --lr");
  set.add("freeze", o.freeze, "LAYERS",
          "layers that are not trained, or brackets, with all layers in them: names or patterns separated by commas, "
          "for "
          "example 'conv*,bn1,res1'")
      .called("pytorch", "requires_grad")
      .called("keras", "trainable");
  set.add("frozen-statistics", o.frozen_statistics, "move|rest",
          "whether the running statistics of a frozen batch norm are updated in training (move) or used as they are "
          "(rest); not given: as --like says")
      .one_of({"move", "rest"});
}

void declare_samples(TrainOptions& o, OptionSet& set) {
  set.add("seed", o.seed, "N",
          "seed of all random choices; these are initial weights, shuffling, dropout and augmentation")
      .brief_help()
      .called("pytorch", "manual_seed")
      .called("keras", "set_random_seed")
      .also("random_state random_seed");
  set.flag("shuffle", o.shuffle, "shuffle the samples each epoch; --no-shuffle keeps the order of the file")
      .called("shuffle");
  set.flag("reshuffle", o.reshuffle,
           "shuffle anew each epoch under --like keras, too; Keras on TensorFlow with a seed repeats the order of the "
           "first epoch");
  set.add("buckets", o.buckets, "N",
          "texts: sort N batches of the shuffled samples by length, and shuffle the batches: texts of like length come "
          "together. 1: the order of the framework")
      .at_least(1)
      .called("pytorch", "(script)")
      .called("keras", "(script)")
      .also("bucket_by_length group_by_length");
  set.add("validation", o.validation, "SPLIT",
          "split measured after each epoch; not given: val, where there is one; none: no validation")
      .brief_help()
      .called("pytorch", "(script)")
      .called("keras", "validation_data")
      .says("validation_data valid_data val_data eval_set",
            "validation data is a split of DATA: 'nn-prep --split val=20%' makes one, and --validation SPLIT takes its "
            "name, not a file");
  set.flag("test", o.test, "measure the test split at the end, and save its metrics in the model").brief_help();
  set.add("augment", o.augment, "HOW",
          "augmentation of images, instead of that in the recipe: a value of nn-prep --augment, or none");
  set.add("class-weight", o.class_weight, "balanced|FILE|W,W...",
          "weight of each class: balanced, a file with lines CLASS<TAB>WEIGHT, or one number per class; cross_entropy "
          "only")
      .reads_file([](const std::string& value) { return some(class_weight_file(value)); })
      .called("pytorch", "weight")
      .called("keras", "class_weight")
      .also("class_weights", "balanced");
  set.add("label-smoothing", o.label_smoothing, "X",
          "fraction of each label that is spread over all classes; cross_entropy only")
      .at_least(0)
      .below(1)
      .called("pytorch", "label_smoothing")
      .called("keras", "label_smoothing of CategoricalCrossentropy");
}

void declare_clipping(TrainOptions& o, OptionSet& set) {
  set.add(keyed_number("clip-norm", o.clip_norm, o.clip_keys, "X[,KEY=VALUE...]",
                       "scale the gradients down to the norm X. each=yes: the gradient of each parameter by its own "
                       "norm, otherwise all by their common norm. eps=E: added to "
                       "the norm. Keys that are not given: as --like says"))
      .above(0)
      .called("pytorch", "clip_grad_norm_")
      .called("keras", "clipnorm, global_clipnorm")
      .also("max_grad_norm gradient_clip_val clip_grad grad_clip gradient_clipping", "X");
  set.add("clip-value", o.clip_value, "X", "limit each element of the gradients to -X..X")
      .above(0)
      .called("pytorch", "clip_grad_value_")
      .called("keras", "clipvalue");
}

void declare_computing(TrainOptions& o, OptionSet& set) {
  set.flag("profile", o.profile,
           "report at the end how long each step of the plan took, with GF/s and GB/s and the peaks of this machine")
      .not_recorded();
  set.add("precision", o.precision, "float32|bf16",
          "precision of the products in dense layers and 3x3 convolutions. bf16 rounds their operands to 8 significant "
          "bits, which is faster where the processor has "
          "instructions for it; sums, weights and everything else stay float32")
      .one_of({"float32", "bf16"})
      .value_also("float32", "fp32 single full 32")
      .value_also("bf16", "bfloat16 mixed_bfloat16 half fp16 float16 mixed_float16")
      .also("amp fp16 bf16 mixed_precision half", "bf16");
  set.flag(
      "exact", o.exact,
      "use direct convolutions only, not Winograd or Toom-Cook, which are faster with up to ten times the "
      "rounding error; and no float32 products made "
      "of three bf16 products (AMX), which are faster with the same rounding error. --device ref has no others, and "
      "refuses it");
  set.add("tiles", o.tiles, "N",
          "number of parts into which a batch is divided. It determines the order of sums, and at most so many threads "
          "are used")
      .at_least(1);
}

}  // namespace

void ClipKeys::declare(OptionSet& set) {
  declare_switch(set, "each", each, "clip the gradient of each parameter by its own norm (Keras' clipnorm)");
  set.add("eps", epsilon, "E", "added to the norm");
}

void AccumulateKeys::declare(OptionSet& set) {
  declare_switch(set, "over-epochs", over_epochs, "batches left at the end of an epoch are kept for the next one");
  declare_switch(set, "by-batch", by_batch, "every batch has the same weight");
}

void EmaKeys::declare(OptionSet& set) {
  declare_switch(set, "measured", measured, "validate with the averaged weights");
  declare_switch(set, "by-batch", by_batch, "update the average after every batch");
}

bool TrainOptions::tracks(std::string_view column) const {
  return std::find(track.begin(), track.end(), column) != track.end();
}

void TrainOptions::declare(OptionSet& set) {
  declare_learning(*this, set);
  declare_weights(*this, set);
  declare_samples(*this, set);
  declare_clipping(*this, set);
  declare_engine(*this, set);
  declare_callbacks(*this, set);
  declare_computing(*this, set);
}

}  // namespace nn

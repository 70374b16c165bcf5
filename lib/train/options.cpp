// SPDX-License-Identifier: MIT
#include <cmath>

#include "train/trainer.h"

namespace nn {

void TrainOptions::declare(OptionSet& set) {
  set.add("model", model, "MODEL", "the network: a name of share/models, a file, or the layers themselves, nn-layers(7)")
      .short_form('m').must().brief_help();
  set.add("epochs", epochs, "N", "passes over the training split; 0 writes the initialised model").short_form('e').brief_help();
  set.add("batch", batch, "N", "samples a step; the last step of an epoch takes what is left").short_form('b').brief_help();
  set.add("optimizer", optimizer, "NAME[,KEY=VALUE...]", "rule of the update, as sgd,momentum=0.9").brief_help();
  set.add("lr", rate, "RATE", "learning rate; the optimizer's own default when not given").brief_help();
  set.add("schedule", schedule, "NAME[,KEY=VALUE...]", "how the learning rate changes, as cosine,warmup=1").brief_help();
  set.add("loss", loss, "NAME[,KEY=VALUE...]",
          "what is minimised; not given: cross_entropy for labels, mse for targets").brief_help();
  set.add("init", init, "NAME[,KEY=VALUE...]",
          "initialiser of the weights of layers without init=; not given: each layer's own");
  set.add("seed", seed, "N", "of initial weights, shuffling, dropout and augmentation").brief_help();
  set.flag("shuffle", shuffle, "a new order of the samples each epoch; --no-shuffle keeps that of the file");
  set.add("validation", validation, "SPLIT",
          "split measured after each epoch; none for no measurement; test is not for choosing models").brief_help();
  set.flag("test", test, "measure the test split at the end and keep the metrics in the model").brief_help();
  set.add("class-weights", class_weights, "WEIGHTS",
          "balanced, or one weight a class joined by commas; cross_entropy only");
  set.add("label-smoothing", label_smoothing, "X", "share of each label given to all classes, 0 to 1; cross_entropy only");
  set.add("clip-norm", clip_norm, "X", "scale the gradients down to this norm over all parameters");
  set.add("clip-value", clip_value, "X", "limit each gradient to -X..X");
  set.add("tiles", tiles, "N", "parts of a batch, hence the order of sums and the most threads of use");
}

}  // namespace nn

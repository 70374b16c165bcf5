// SPDX-License-Identifier: MIT
// What a person sees while nn-train works: a bar on a terminal, else one line an epoch. Both go to stderr.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "train/trainer.h"

namespace nn {

/// "epoch 3/13  loss 0.4312  accuracy 0.8431  val_loss 0.4412  val_accuracy 0.8405  1.2 s"
std::string epoch_line(const EpochRow& row);
/// bar: redraw one line with loss, accuracy, samples/s and time left. stop: see Progress::stop. The log must outlive it.
Progress show_progress(const Log& log, bool bar, std::function<bool()> stop);

}  // namespace nn

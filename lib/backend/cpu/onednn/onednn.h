// SPDX-License-Identifier: MIT
// What the rest of the cpu backend sees of oneDNN.
#pragma once

#include <string>

#include "backend/cpu/step.h"

namespace nn::cpu::onednn {

/// "oneDNN 2.6.3"
std::string version();
/// Once in every thread that makes or runs a primitive: the library must not start threads of its own.
void prepare_thread();
/// nullptr where the own kernels are the better ones (few channels, groups).
StepPointer make_conv(const StepData& data);

}  // namespace nn::cpu::onednn

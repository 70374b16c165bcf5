// SPDX-License-Identifier: MIT
// What the rest of the cpu backend sees of oneDNN.
#pragma once

#include <string>
#include <string_view>

#include "backend/cpu/plan/step.h"

namespace nn::cpu::onednn {

/// "oneDNN 2.6.3"
std::string version();
/// Once in every thread that makes or runs a primitive: the library must not start threads of its own.
void prepare_thread();
/// Major version of the library if it may run beside kernels of this instruction set, else 0. It chooses its own by
/// itself, the best there is, unless it is held to a lesser one before it has made anything: a process has it for one
/// only.
int usable_major(std::string_view isa, bool best);
/// Of one group. nullptr for a shape that the library does not take.
StepPointer make_conv(const StepData& data);

}  // namespace nn::cpu::onednn

// SPDX-License-Identifier: MIT
// Loops in the place of NVIDIA's libraries, for the simulated device: what they compute, and that they want a
// workspace.
#pragma once

#include <functional>
#include <memory>

#include "backend/cuda/libraries/routine.h"

namespace nn::cuda {

/// later: takes work that is to be done when its turn comes.
using Later = std::function<void(std::function<void()>)>;
std::unique_ptr<Routine> stand_in(const GemmRequest& request, Later later);
std::unique_ptr<Routine> stand_in(const ConvRequest& request, Later later);

}  // namespace nn::cuda

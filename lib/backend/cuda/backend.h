// SPDX-License-Identifier: MIT
// What cuda alone can choose.
#pragma once

#include "backend/backend.h"
#include "backend/cuda/plan.h"

namespace nn::cuda {

std::unique_ptr<Backend> make_backend(const DeviceRequest& request, const Settings& settings);

}  // namespace nn::cuda

// SPDX-License-Identifier: MIT
// The ref backend made otherwise than --device ref: to be the oracle of another backend, and for tests.
#pragma once

#include "backend/backend.h"

namespace nn::ref {

struct Settings {
  /// Which convolutions Precision::bf16 rounds, dense layers aside; null: those of cpu.
  bool (*in_bf16)(const Conv&) = nullptr;
  int64_t steps_at_once = 1;  ///< Plan::steps_at_once(), where a plan can
};

std::unique_ptr<Backend> make_backend(const DeviceRequest& request, const Settings& settings);

}  // namespace nn::ref

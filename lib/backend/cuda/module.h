// SPDX-License-Identifier: MIT
// The one symbol of the module nn-cuda.so, a library that is opened when a device cuda is asked for (load.cpp).
#pragma once

#include <string>
#include <variant>

#include "backend/backend.h"
#include "base/system/version.h"

/// version: module_version() of the tool that asks. Null when the module is not of the same sources.
extern "C" const nn::BackendType* nn_cuda_backend(const char* version);

namespace nn::cuda {

using ModuleEntry = const BackendType* (*)(const char* version);
inline constexpr const char *module_name = "nn-cuda.so", *module_entry = "nn_cuda_backend";

/// With what both sides must agree on in memory, so that a module of a neighbouring commit is known, too.
inline std::string module_version() {
  std::string text = version();
  for (const size_t size :
       {sizeof(PlanOptions), sizeof(Source), sizeof(Plan::Inputs), sizeof(Graph), sizeof(Op), sizeof(Param),
        sizeof(Value), sizeof(DeviceRequest), sizeof(StepTime), std::variant_size_v<OpParams>})
    text += " " + std::to_string(size);
  return text;
}

}  // namespace nn::cuda

// SPDX-License-Identifier: MIT
// The module holds its own copy of the rooms base and backend, which have no globals, and the static CUDA runtime,
// which looks for the driver by itself.
#include "backend/cuda/module.h"

#include <string_view>

#include "backend/cuda/backend.h"

namespace {

const nn::BackendType type{"cuda", "an NVIDIA GPU, in float32", 2, nn::cuda::device_count,
                           [](const nn::DeviceRequest& request) -> std::unique_ptr<nn::Backend> {
                             return nn::cuda::make_backend(request, {});
                           }};

}  // namespace

extern "C" __attribute__((visibility("default"))) const nn::BackendType* nn_cuda_backend(const char* version) {
  return std::string_view(version) == nn::cuda::module_version() ? &type : nullptr;
}

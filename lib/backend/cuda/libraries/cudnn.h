// SPDX-License-Identifier: MIT
// Convolutions by cuDNN 9's graph interface (cudnnBackend*), without cudnn-frontend.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/cuda/libraries/routine.h"

namespace nn::cuda {

/// stream: a cudaStream_t. Null where the library is not installed, or has no engine for this convolution that gives
/// the same bits in every run.
std::unique_ptr<Routine> cudnn_conv(const ConvRequest& request, void* stream);
/// "cuDNN 9.19.0" where something has opened it; else empty.
std::string cudnn_version();

/// The plan that is chosen, in words: for tests, which make plans for the properties of a device that is not there (as
/// CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION writes them, cuDNN 9.8 and later).
struct CudnnChoice {
  int64_t engine = -1, workspace = 0;
  bool tensor_cores = false;
};
/// Whether plans can be made without a device.
bool cudnn_plans_without_device();
/// Empty where there is none. Error of cuDNN's.
std::vector<CudnnChoice> cudnn_choices(const ConvRequest& request, const std::string& device_json);

}  // namespace nn::cuda

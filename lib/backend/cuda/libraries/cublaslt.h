// SPDX-License-Identifier: MIT
// Products by cuBLASLt 12 or 13.
#pragma once

#include <memory>
#include <string>

#include "backend/cuda/libraries/routine.h"

namespace nn::cuda {

/// stream: a cudaStream_t. Null where the library is not installed, or has no algorithm for this product.
std::unique_ptr<Routine> cublaslt_gemm(const GemmRequest& request, void* stream);
/// "cuBLASLt 13.1.0" where something has opened it; else empty.
std::string cublaslt_version();

}  // namespace nn::cuda

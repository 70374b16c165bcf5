// SPDX-License-Identifier: MIT
// The cpu backend made otherwise than --device cpu: for benchmarks and tests, which look at one kernel at a time.
#pragma once

#include <optional>
#include <string>

#include "backend/backend.h"

namespace nn::cpu {

struct KernelChoices {
  std::string conv_kernel{};     ///< convolutions by this kernel (conv/choices.h) where it can do them; empty: by table
  std::optional<bool> bf16x3{};  ///< dense layers by floats in three parts (kernels/bf16.h), or not; none: where faster
  /// Convolutions in bf16 by words of two numbers (kernels/bf16_conv.h), or by floats of rounded operands; none: by
  /// words where the processor has tiles, since vectors of words are slower than Winograd's method.
  std::optional<bool> bf16_words{};
};

std::unique_ptr<Backend> make_backend(const DeviceRequest& request, const KernelChoices& choices);

}  // namespace nn::cpu

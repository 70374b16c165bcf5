// SPDX-License-Identifier: MIT
#include "backend/cuda/device.h"

#include "base/error.h"
#include "base/system/budget.h"

namespace nn::cuda {

void out_of_memory(size_t wanted, size_t free) {
  throw Error("device cuda: out of memory: " + size_text(wanted) + " wanted, " + size_text(free) +
              " free; a smaller --batch needs less");
}

}  // namespace nn::cuda

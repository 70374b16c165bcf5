// SPDX-License-Identifier: MIT
#include "backend/cpu/block_kernels.h"

#include <stdexcept>

namespace nn::cpu {

namespace portable { extern const BlockKernels block_kernels; }
#ifdef NN_X86_KERNELS
namespace avx2 { extern const BlockKernels block_kernels; }
namespace avx512 { extern const BlockKernels block_kernels; }
#endif

const BlockKernels& block_kernels(const Kernels& kernels) {
  static const BlockKernels* const all[] = {
      &portable::block_kernels,
#ifdef NN_X86_KERNELS
      &avx2::block_kernels,
      &avx512::block_kernels,
#endif
  };
  for (const BlockKernels* k : all)
    if (std::string_view(k->isa) == kernels.isa) return *k;
  throw std::logic_error(std::string("no block kernels for ") + kernels.isa);
}

}  // namespace nn::cpu

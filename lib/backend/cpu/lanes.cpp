// SPDX-License-Identifier: MIT
#include "backend/cpu/lanes.h"

namespace nn::cpu {

namespace portable { extern const LanesKernels lanes_table; }
#ifdef NN_X86_KERNELS
namespace avx2 { extern const LanesKernels lanes_table; }
namespace avx512 { extern const LanesKernels lanes_table; }
#endif

const LanesKernels& lanes_kernels(const Kernels& kernels) {
#ifdef NN_X86_KERNELS
  if (kernels.isa == std::string_view("avx512")) return avx512::lanes_table;
  if (kernels.isa == std::string_view("avx2")) return avx2::lanes_table;
#endif
  (void)kernels;
  return portable::lanes_table;
}

}  // namespace nn::cpu

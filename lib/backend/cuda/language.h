// SPDX-License-Identifier: MIT
// CUDA C++ for files that hold kernels, by whichever compiler: nvcc for a GPU, g++ for the simulation (sim/sim.h). Such
// a file is plain CUDA C++ but for these words:
//   NN_KERNEL name(...)     a kernel:           static __global__ void name(...)
//   NN_DEVICE               of a function that kernels call;  NN_HD: the host too
//   NN_SHARED(Type, name)   shared memory of the launch, as an array
//   sync_grid()             a barrier of all blocks of a cooperative launch
// No fmt in these files: its version 9 does not pass nvcc in C++20.
#pragma once

#ifdef __CUDACC__

#include <cooperative_groups.h>
#include <cuda_runtime.h>

#define NN_HD __host__ __device__ __forceinline__
#define NN_DEVICE __device__ __forceinline__
#define NN_KERNEL static __global__ void
#define NN_SHARED(Type, name)                                      \
  extern __shared__ __align__(16) unsigned char nn_shared_bytes[]; \
  Type* name = reinterpret_cast<Type*>(nn_shared_bytes)

namespace nn::cuda {
__device__ inline void sync_grid() { cooperative_groups::this_grid().sync(); }
}  // namespace nn::cuda

#else

#include "backend/cuda/sim/sim.h"

#endif

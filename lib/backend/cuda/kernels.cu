// SPDX-License-Identifier: MIT
// nvcc's view of the files that hold kernels, in one translation unit; g++ compiles each by itself for the simulation.
#include "backend/cuda/arenas.cpp"
#include "backend/cuda/gather.cpp"
#include "backend/cuda/ops/conv.cpp"
#include "backend/cuda/ops/elementwise.cpp"
#include "backend/cuda/ops/losses.cpp"
#include "backend/cuda/ops/map.cpp"
#include "backend/cuda/ops/matmul.cpp"
#include "backend/cuda/ops/moves.cpp"
#include "backend/cuda/ops/norm.cpp"
#include "backend/cuda/ops/pool.cpp"
#include "backend/cuda/ops/softmax.cpp"
#include "backend/cuda/patterns/mlp.cpp"

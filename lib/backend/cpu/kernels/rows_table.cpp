// SPDX-License-Identifier: MIT
// Makes the table of row kernels of the instruction set NN_ISA; cmake compiles it for each.
#include "backend/cpu/kernels/isa/rows.h"

namespace nn::cpu::NN_ISA {

extern const RowKernels row_kernels;
const RowKernels row_kernels{
    .norm = &norm_rows,
    .norm_backward = &norm_rows_backward,
    .norm_sums = &norm_sums,
    .softmax = &softmax_rows,
    .softmax_backward = &softmax_rows_backward,
};

}  // namespace nn::cpu::NN_ISA

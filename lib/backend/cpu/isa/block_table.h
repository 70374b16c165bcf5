// SPDX-License-Identifier: MIT
// Makes the table of block kernels of the instruction set NN_ISA; included once by each block_ISA.cpp.
#include "backend/cpu/isa/block_direct.h"
#include "backend/cpu/isa/block_tail.h"
#include "backend/cpu/isa/winograd.h"

#define NN_TEXT_OF(x) #x
#define NN_TEXT(x) NN_TEXT_OF(x)

namespace nn::cpu::NN_ISA {

extern const BlockKernels block_kernels;
const BlockKernels block_kernels{
    .isa = NN_TEXT(NN_ISA),
    .lanes = lanes,
    .winograd_input = &winograd_input,
    .winograd_output = &winograd_output,
    .winograd_gradient = &winograd_gradient,
    .winograd_input_gradient = &winograd_input_gradient,
    .winograd_weights = &winograd_weights,
    .winograd_weight_gradient = &winograd_weight_gradient,
    .sum_columns = &sum_columns,
    .direct = &direct,
    .direct_weight_gradient = &direct_weight_gradient,
    .tail = &tail,
    .tail_gradient = &tail_gradient,
    .tail_sums = &tail_sums,
    .moments = &moments,
};

}  // namespace nn::cpu::NN_ISA

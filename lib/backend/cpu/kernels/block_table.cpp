// SPDX-License-Identifier: MIT
// Makes the table of block kernels of the instruction set NN_ISA; cmake compiles it for each.
#include "backend/cpu/kernels/isa/block_depthwise.h"
#include "backend/cpu/kernels/isa/block_direct.h"
#include "backend/cpu/kernels/isa/block_first.h"
#include "backend/cpu/kernels/isa/block_pool.h"
#include "backend/cpu/kernels/isa/block_tail.h"
#include "backend/cpu/kernels/isa/winograd.h"
#include "backend/cpu/kernels/isa/winograd_product.h"
#include "backend/cpu/kernels/isa/winograd_weights.h"

namespace nn::cpu::NN_ISA {

extern const BlockKernels block_kernels;
const BlockKernels block_kernels{
    .lanes = lanes,
    .winograd_input = &winograd_input,
    .winograd_output = &winograd_output,
    .winograd_gradient = &winograd_gradient,
    .winograd_input_gradient = &winograd_input_gradient,
    .winograd_product = &winograd_product,
    .winograd_weight_product = &winograd_weight_product,
    .winograd_weights = &winograd_weights,
    .winograd_weight_gradient = &winograd_weight_gradient,
    .sum_columns = &sum_columns,
    .direct = &pixels_direct,
    .direct_weight_gradient = &pixels_weight_gradient,
    .max_pool = &pixels_max_pool,
    .max_pool_backward = &pixels_max_pool_backward,
    .average_pool = &pixels_average_pool,
    .average_pool_backward = &pixels_average_pool_backward,
    .depthwise = &depthwise,
    .depthwise_weight_gradient = &depthwise_weight_gradient,
    .depthwise_input_gradient = &depthwise_input_gradient,
    .tail = &block_tail,
    .beside_gradient = &block_beside_gradient,
    .choose = &block_choose,
    .after_choice = &block_after_choice,
    .tail_gradient = &block_gradient,
    .tail_sums = &block_sums,
    .moments = &block_moments,
    .first_moments = &first_moments,
    .first_forward = &first_forward,
    .first_gradient = &first_gradient,
};

}  // namespace nn::cpu::NN_ISA

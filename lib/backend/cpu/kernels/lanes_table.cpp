// SPDX-License-Identifier: MIT
// Makes the table of lanes kernels of the instruction set NN_ISA; cmake compiles it for each.
#include "backend/cpu/kernels/isa/lanes_conv.h"
#include "backend/cpu/kernels/isa/lanes_move.h"
#include "backend/cpu/kernels/isa/lanes_pool.h"
#include "backend/cpu/kernels/isa/lanes_window.h"
#include "backend/cpu/kernels/isa/toom_gradient.h"
#include "backend/cpu/kernels/isa/toom_rows.h"

namespace nn::cpu::NN_ISA {

extern const LanesKernels lanes_kernels;
const LanesKernels lanes_kernels{
    .lanes = lanes,
    .to_lanes = &to_lanes,
    .to_rows = &to_rows,
    .bytes_to_lanes = &bytes_to_lanes,
    .pixel_values = &pixel_values,
    .copy_planes = &copy_planes,
    .sum_lanes = &sum_lanes,
    .direct_forward = &direct_forward,
    .spread = &spread,
    .direct_weights = &direct_weights,
    .window_weights = lanes == 16 ? &window_weights : nullptr,
    .bias_gradient = &bias_gradient,
    .toom_pack = &toom::pack,
    .toom_inputs = &toom::inputs_of,
    .toom_forward = &toom::forward,
    .toom_weights = &toom::weights,
    .toom_inputs_gradient = &toom::inputs_gradient,
    .max_pool = &lanes_max_pool,
    .max_pool_backward = &lanes_max_pool_backward,
    .average_pool = &lanes_average_pool,
    .average_pool_backward = &lanes_average_pool_backward,
    .rows_pack = &toom::rows_pack,
    .rows_forward = &toom::rows_forward,
};

}  // namespace nn::cpu::NN_ISA

// SPDX-License-Identifier: MIT
// Makes the table of kernels of the instruction set NN_ISA; cmake compiles it for each.
#include "backend/cpu/kernels/isa/bytes.h"
#include "backend/cpu/kernels/isa/bytes_turned.h"
#include "backend/cpu/kernels/isa/dense.h"
#include "backend/cpu/kernels/isa/elementwise.h"
#include "backend/cpu/kernels/isa/gemm.h"
#include "backend/cpu/kernels/isa/window.h"

#define NN_TEXT_OF(x) #x
#define NN_TEXT(x) NN_TEXT_OF(x)

namespace nn::cpu::NN_ISA {

static const MapEntry map_table[] = {
#define MAP(name, Type) {#name, &map_forward<formula::Type>, &map_backward<formula::Type>},
#include "backend/formula/maps.def"
#undef MAP
};

static const UpdateEntry update_table[] = {
#define UPDATE(name, Type) {#name, &update<formula::Type>},
#include "backend/formula/updates.def"
#undef UPDATE
};

extern const LanesKernels lanes_kernels;  // lanes_table.cpp
extern const BlockKernels block_kernels;  // block_table.cpp
extern const Bf16Kernels bf16_kernels;    // bf16_table.cpp
extern const RowKernels row_kernels;      // rows_table.cpp

extern const Kernels kernels;
const Kernels kernels{
    .isa = NN_TEXT(NN_ISA),
    .lanes = lanes,
    .panel = panel,
    .block = gemm_rows,
    .gemm = &gemm,
    .transpose = &transpose,
    .rows_to_lanes = &rows_to_lanes,
    .lit_samples = &lit_samples,
    .bytes_to_lanes = &bytes_to_lanes,
    .bytes_to_panel = &bytes_to_panel,
    .values_to_lanes = &values_to_lanes,
    .values_to_panel = &values_to_panel,
    .rows_to_panel = &rows_to_panel,
    .lane_products = &lane_products,
    .sum_over_lanes = &sum_over_lanes,
    .relu_drop = &relu_drop,
    .relu_backward = &relu_backward,
    .softmax_lanes = &softmax_lanes,
    .im2col = &im2col,
    .col2im = &col2im,
    .max_pool = &max_pool,
    .max_pool_backward = &max_pool_backward,
    .add = &add,
    .scale = &scale,
    .clip = &clip,
    .affine = &affine,
    .affine2 = &affine2,
    .sum = &sum,
    .sum_squares = &sum_squares,
    .dot = &dot,
    .prelu = &prelu,
    .prelu_backward = &prelu_backward,
    .dot_below = &dot_below,
    .products_below = &products_below,
    .products = &products,
    .multiply = &multiply,
    .keep = &keep,
    .look_up = &look_up,
    .exponentials = &exponentials,
    .sum_rows = &sum_rows,
    .in_lanes = &lanes_kernels,
    .in_blocks = &block_kernels,
    .in_bf16 = &bf16_kernels,
    .in_rows = &row_kernels,
    .maps = map_table,
    .map_count = sizeof map_table / sizeof map_table[0],
    .updates = update_table,
    .update_count = sizeof update_table / sizeof update_table[0],
};

}  // namespace nn::cpu::NN_ISA

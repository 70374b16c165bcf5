// SPDX-License-Identifier: MIT
// Makes the table of bf16 kernels of the instruction set NN_ISA; cmake compiles it for each.
#include "backend/cpu/kernels/isa/bf16_gemm.h"
#include "backend/cpu/kernels/isa/bf16_pack.h"
#if defined(__AVX512BF16__)
#include "backend/cpu/kernels/isa/conv_after.h"
#endif
#if defined(__AMX_BF16__)
#include "backend/cpu/kernels/isa/conv_tiles.h"
#include "backend/cpu/kernels/isa/tiles.h"
#elif defined(__AVX512BF16__)
#include "backend/cpu/kernels/isa/conv_vectors.h"
#endif

namespace nn::cpu::NN_ISA {

#if defined(__AMX_BF16__)
constexpr auto* bf16_product = &tile_gemm<Tiles>;
constexpr int64_t bf16_step = tile_side;
constexpr const char* bf16_name = "bf16 tiles";
inline void bf16_begin() { Tiles::repack(); }
inline void bf16_end() { Tiles::release(); }
#else
constexpr auto* bf16_product = &bf16_gemm;
constexpr int64_t bf16_step = 1;
constexpr const char* bf16_name = native_bf16 ? "bf16" : "bf16 emulated";
inline void bf16_begin() {}
inline void bf16_end() {}
#endif

#if defined(__AVX512BF16__)
constexpr Bf16ConvKernels conv_kernels{
    .pack = &conv_pack,
    .turn = &conv_turn,
    .pack_weights = &conv_pack_weights,
    .pack_back_weights = &conv_pack_back_weights,
    .products = &conv_products,
    .weight_gradient = &conv_weight_gradient,
    .gradient = &conv_gradient,
    .look = &conv_look,
};
constexpr const Bf16ConvKernels* bf16_convolutions = &conv_kernels;
#else
constexpr const Bf16ConvKernels* bf16_convolutions = nullptr;
#endif

extern const Bf16Kernels bf16_kernels;
const Bf16Kernels bf16_kernels{
    .name = bf16_name,
    .native = native_bf16,
    .tiles = bf16_step > 1,
    .panel = bf16_panel,
    .step = bf16_step,
    .begin = &bf16_begin,
    .end = &bf16_end,
    .gemm = bf16_product,
    .nearest = bf16_packs<1>,
    .bf16x3 = bf16_packs<3>,
    .round = &bf16_round,
    .convolutions = bf16_convolutions,
};

}  // namespace nn::cpu::NN_ISA

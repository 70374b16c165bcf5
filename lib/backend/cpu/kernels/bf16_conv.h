// SPDX-License-Identifier: MIT
// 3x3 convolutions of bf16 numbers (conv_tiles.cpp): what lies how, and the kernels of one instruction set.
//
// Samples are done in groups of 16 at most. Everything multiplied is cut into tiles of 16 rows of 64 bytes, each of 1
// KB in one piece:
//   numbers  {pixel; block of 32 channels} tiles: a row is a sample, 32 channels of it. Left factor of the products.
//   pairs    {row; two pixels; block of 16 channels} tiles: row i is samples 2i, 2i + 1 of the first pixel, a word for
//   each
//            channel, row 8 + i the same of the second one. Right factor of the gradient of weights.
//   turned   the same with rows for channels, 16 samples of the first pixel, then of the second. Its left factor; once
//            with first pixels 0, 2, 4, ..., once with -1, 1, 3, ...
//   weights  {block of 32 outputs; term; 16 outputs, 16 more} tiles: a row is two inputs, a word for each output.
// What is not there is 0: samples, pixels, channels.
#pragma once

#include "backend/cpu/kernels/bf16.h"
#include "backend/cpu/kernels/block_kernels.h"

namespace nn::cpu {

constexpr int64_t group_samples = 16;
constexpr int64_t tile_words = 256;  ///< of a tile, each two numbers
constexpr int64_t row_words = 16;    ///< of one of its rows
constexpr int64_t row_numbers = 32;

/// Of the sum that makes a pixel: tiles from the pixel's own on to the factor's, and the weights' term. pixels: bit i
/// where pixel i of a pair has it.
struct ConvTerm {
  int32_t x, w;
  int32_t pixels;
};

/// Two pixels that are made together, or one.
struct ConvPair {
  int32_t count;         ///< pixels
  int32_t x[2];          ///< tiles from the factor's first to where its terms count from
  int32_t to[2];         ///< floats from a sample's first result
  int32_t first, terms;  ///< in ConvProducts::terms
};

struct ConvProducts {
  int64_t samples;
  const ConvPair* pairs;
  int64_t pair_count;
  const ConvTerm* terms;
  const uint32_t* x;  ///< numbers
  int32_t zeros;      ///< a tile of x that is 0
  const uint32_t* w;
  int64_t w_block;  ///< words between blocks of 32 outputs
  int64_t width;    ///< outputs, whole vectors
  float* c;
  int64_t c_sample;  ///< floats between samples
};

/// Of one tap: dw{channels, width} = (add: +=) turned x times pairs of dc, over rows and pairs of pixels.
struct ConvTap {
  int64_t rows, pairs;
  const uint32_t *x, *dc;
  int64_t x_row, x_pair, dc_row, dc_pair;  ///< words
  int64_t channels, width;
  float* dw;
  int64_t dw_row;  ///< floats between channels
  bool add;
};

/// Rows of a group's samples that a block works on: arrays begin with the rows, samples are so many elements apart.
struct GroupTail {
  BlockEpilogue band;  ///< oh: these rows
  int64_t samples;
  const float* c = nullptr;
  int64_t c_sample = 0;
  uint8_t* index = nullptr;
  int64_t index_sample = 0;
  float* raw = nullptr;
  int64_t raw_sample = 0;
  const float* dy = nullptr;
  int64_t dy_sample = 0;
};

struct Bf16ConvKernels {
  /// to: numbers of x{pixels, width} of samples x_sample apart; blocks of 32 channels, width is whole vectors.
  void (*pack)(const float* x, int64_t x_sample, int64_t samples, int64_t pixels, int64_t width, uint32_t* to);
  /// even and odd: turned tiles of rows of w pixels; pairs of them in a row, even_pairs and odd_pairs; channels in
  /// whole 16.
  void (*turn)(const uint32_t* numbers, int64_t h, int64_t w, int64_t channels, uint32_t* even, int64_t even_pairs,
               uint32_t* odd, int64_t odd_pairs);
  /// Weights of floats w{inputs, 9, width}; terms are in the order of taps, then blocks of 32 inputs.
  void (*pack_weights)(const float* w, int64_t inputs, int64_t width, uint32_t* to);
  /// The same with `inputs` for outputs and `width` for inputs: those of the input's gradient.
  void (*pack_back_weights)(const float* w, int64_t inputs, int64_t width, uint32_t* to);
  void (*products)(const ConvProducts&);
  /// Several taps.
  void (*weight_gradient)(const ConvTap* taps, int64_t count);
  /// tail_gradient of a band, as numbers (may be null) and as pairs.
  void (*gradient)(const GroupTail&, const float* factor, const float* slope, const float* shift, uint32_t* numbers,
                   uint32_t* pairs);
  /// moments, and choose where index is there.
  void (*look)(const GroupTail&, const float* center, const float* sign, double* sum, double* squares);
};

}  // namespace nn::cpu

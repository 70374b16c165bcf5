// SPDX-License-Identifier: MIT
// The kernels of a convolution block (conv_block.h) of one instruction set: 3x3 convolutions in the pixels layout by
// Winograd's method and directly, and what follows them. Like Kernels, one source (isa/block_*.h, isa/winograd.h)
// compiled once per instruction set. Inside a block, channels are rounded up to whole vectors ("width"); what is beyond
// is 0.
#pragma once

#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/plan/prefetch.h"

namespace nn::cpu {

/// Winograd's F(4x4, 3x3): along an axis a tile of `size` outputs needs size + 2 inputs and as many points, the first
/// ones of 0, 1, -1, infinity, 2, -2. A short tile at the end (2 or 3 outputs) misses the last points and shares the
/// transformed weights of the others, so that nothing is padded.
constexpr int winograd_axis = 6;
constexpr int winograd_points = winograd_axis * winograd_axis;

struct WinogradTile {
  int rows, columns;              ///< outputs, 2 to 4 each
  int64_t y, x;                   ///< of its first output
  int64_t rank[winograd_points];  ///< its place among the tiles that have this point
};

/// Tiles side by side.
struct WinogradBand {
  int64_t first, count;  ///< tiles
  int64_t y, rows;       ///< outputs
};

/// A block of samples is transformed to one matrix a point: {sample, tiles that have the point; width}.
struct Winograd {
  const WinogradTile* tiles;
  int64_t tile_count;
  int64_t h, w;                    ///< of the input
  int64_t top, left;               ///< border around it, which is not there
  const float* zeros;              ///< {winograd_axis, width}: what is read of it
  int64_t ow;                      ///< pixels in a row of the output
  int64_t rows[winograd_points];   ///< tiles that have this point, 0 for one that is not used
  int64_t first[winograd_points];  ///< row where its matrix begins
};

/// A 3x3 convolution whose input has its border: y{oh, ow, n} = sum over k of x[pixel + offset[k]] w{k, n}.
struct Direct {
  int64_t oh, ow;
  int64_t x_row, x_pixel;  ///< floats between rows and pixels of x
  const int64_t* offset;   ///< {taps}: in floats
  int64_t taps, n;         ///< n: whole vectors
};

/// A convolution of each channel by itself: y{oh, ow, width} = sum over the taps of x{h, w, width}[pixel + tap] w{taps,
/// width}; beyond its border x is 0.
struct Depthwise {
  int64_t h, w, oh, ow, width;  ///< width: whole vectors
  int64_t kernel_h, kernel_w;
  int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, top = 0, left = 0;
};

/// What follows a convolution of one sample: y = pool(relu(scale c + shift [+ beside])).
struct BlockEpilogue {
  int64_t oh, ow;      ///< of c
  int64_t channels;    ///< of y and dy, whose pixels lie close
  int64_t width;       ///< of c, raw and index
  bool relu, pool;     ///< pool: 2x2 with stride 2, cells that are left over at the end ignored
  bool relu6 = false;  ///< with relu: at most 6 besides
  /// Backward without a pool: where relu is on is found again from scale c + shift, in the place of an index; or null.
  const float *scale = nullptr, *shift = nullptr;
  int64_t ph() const { return pool ? oh / 2 : oh; }
  int64_t pw() const { return pool ? ow / 2 : ow; }
};
/// index[] says where a gradient goes: the cell of the window, or nowhere since relu is off.
constexpr uint8_t index_off = 4;

/// A 3x3 convolution of few planes, relu and 2x2 pooling in one (conv_block_first.cpp), of one sample in planes with
/// their border.
struct FirstBlock {
  int64_t oh, ow;         ///< of the convolution
  int64_t channels;       ///< of y and dy, whose pixels lie close
  int64_t width;          ///< of weights and index: whole vectors
  int64_t x_row;          ///< floats between rows of a plane
  int64_t taps;           ///< 9 for each plane
  const int64_t* offset;  ///< {taps}: in floats
  bool relu;
  int64_t left = 0;  ///< inside the kernels: channels from the vector in work on
};

struct BlockKernels {
  int64_t lanes;

  /// Transforms of one sample into, or out of, row `sample` of each point's matrix.
  void (*winograd_input)(const Winograd&, const float* x, int64_t sample, int64_t width, float* points);
  void (*winograd_output)(const Winograd&, const float* points, int64_t sample, int64_t width, float* c);
  /// Of one band; dc begins with it.
  void (*winograd_gradient)(const Winograd&, const WinogradBand&, const float* dc, int64_t sample, int64_t width,
                            float* points);
  /// Sets dx; unused{winograd_axis, width}: what is written of the border.
  void (*winograd_input_gradient)(const Winograd&, const float* points, int64_t sample, int64_t width, float* dx,
                                  float* unused);
  /// For every point, of a block of samples: c{rows, n} = a{rows, width} w{depth, n}, the points' w `stride` apart.
  void (*winograd_product)(const Winograd&, int64_t samples, const float* a, int64_t width, int64_t depth,
                           const float* w, int64_t stride, int64_t n, float* c, Prefetch&);
  /// w{rows, n} = (add: +=) x{samples' rows, width}^T d{samples' rows, n}; only the first `rows` columns of x.
  void (*winograd_weight_product)(const Winograd&, int64_t samples, const float* x, int64_t width, int64_t rows,
                                  const float* d, int64_t n, bool add, float* w, int64_t stride, Prefetch&);
  /// w{rows, 9, width} to one matrix {rows, width} a point, `stride` floats from each other.
  void (*winograd_weights)(const float* w, int64_t rows, int64_t width, float* points, int64_t stride);
  /// The gradient of that: dw{rows, 9, width}.
  void (*winograd_weight_gradient)(const float* points, int64_t stride, int64_t rows, int64_t width, float* dw);

  /// sum{rows, lanes}: columns `column` on of `count` matrices {rows, width}, `stride` floats from each other, in
  /// order.
  void (*sum_columns)(const float* parts, int64_t stride, int count, int64_t rows, int64_t width, int64_t column,
                      float* sum);

  void (*direct)(const Direct&, const float* x, const float* w, float* y);
  /// dw{taps, n} += of one sample; dy's rows are dy_row floats apart.
  void (*direct_weight_gradient)(const Direct&, const float* x, const float* dy, int64_t dy_row, float* dw);

  /// Pooling of a sample x{h, w, channels}; index{oh, ow, width}: the place of the largest in its window, may be null.
  void (*max_pool)(const Window&, int64_t channels, int64_t width, const float* x, float* y, uint8_t* index);
  /// dx += of the largest.
  void (*max_pool_backward)(const Window&, int64_t channels, int64_t width, const float* dy, const uint8_t* index,
                            float* dx);
  /// shares{oh, ow}: what a cell of the output is divided by, as a factor; dx +=.
  void (*average_pool)(const Window&, int64_t channels, const float* x, const float* shares, float* y);
  void (*average_pool_backward)(const Window&, int64_t channels, const float* dy, const float* shares, float* dx);

  void (*depthwise)(const Depthwise&, const float* x, const float* w, float* y);
  /// dw{taps, width} += of one sample.
  void (*depthwise_weight_gradient)(const Depthwise&, const float* x, const float* dy, float* dw);
  /// dx += of one sample.
  void (*depthwise_input_gradient)(const Depthwise&, const float* dy, const float* w, float* dx);

  /// Of one sample; beside{pixels, channels}, which is added before the relu (not with a pool), raw (c where y comes
  /// from) and index may be null.
  void (*tail)(const BlockEpilogue&, const float* c, const float* scale, const float* shift, const float* beside,
               float* y, float* raw, uint8_t* index);
  /// dbeside = dy where index, which may be null, is on. Without a pool.
  void (*beside_gradient)(const BlockEpilogue&, const float* dy, const uint8_t* index, float* dbeside);
  /// tail in two parts, for a scale of which only the sign is known yet: the cell of each window where sign c is
  /// largest; then the rest, which sets index where relu is off. Only with a pool.
  void (*choose)(const BlockEpilogue&, const float* c, const float* sign, float* raw, uint8_t* index);
  void (*after_choice)(const BlockEpilogue&, const float* raw, const float* scale, const float* shift, float* y,
                       uint8_t* index);
  /// dc = slope c + shift + (chosen here ? factor dy : 0), rows dc_row floats apart; c may be null, slope and shift
  /// then are not read, and so may index.
  void (*tail_gradient)(const BlockEpilogue&, const float* c, const float* factor, const float* slope,
                        const float* shift, const float* dy, const uint8_t* index, float* dc, int64_t dc_row);
  /// sum[] += dy where index is on; dot[] += that times (raw - center). raw may be null.
  void (*tail_sums)(const BlockEpilogue&, const float* dy, const uint8_t* index, const float* raw, const float* center,
                    double* sum, double* dot);
  /// sum[] += c - center, squares[] += its square, over the pixels of c{pixels, width}.
  void (*moments)(const float* c, int64_t pixels, int64_t width, const float* center, double* sum, double* squares);

  /// sums[i] += x_i and products[i, j] += x_i x_j over all cells of a sample, x_i: what tap i reads; only for j >= i
  /// and some j before.
  void (*first_moments)(const FirstBlock&, const float* frame, double* sums, double* products);
  /// y = pool(relu(w x + shift)); index may be null.
  void (*first_forward)(const FirstBlock&, const float* frame, const float* w, const float* shift, float* y,
                        uint8_t* index);
  /// q{taps, width} += dy at the chosen cell times what the tap reads there, sum[] += dy where index is on.
  void (*first_gradient)(const FirstBlock&, const float* frame, const float* dy, const uint8_t* index, double* q,
                         double* sum);
};

}  // namespace nn::cpu

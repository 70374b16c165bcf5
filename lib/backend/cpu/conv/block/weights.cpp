// SPDX-License-Identifier: MIT
// The shape of a convolution block and its weights in the order in which kernels read them.
#include <algorithm>

#include "backend/cpu/conv/block/block.h"
#include "backend/cpu/conv/kinds.h"
#include "backend/cpu/kernels/bf16.h"

namespace nn::cpu {

namespace {
/// Pixels that are multiplied at once, at least where a tile has them: the weights are read anew for each lot.
constexpr int64_t rows_of_product = 256;
}  // namespace

BlockShape::BlockShape(const StepData& d, int64_t lanes) {
  const Conv& op = d.as<Conv>();
  const Shape &in = d.in(), &out = d.out(0);
  c = in[0], h = in[1], w = in[2];
  k = out[0], oh = out[1], ow = out[2];
  kernel_h = op.kernel_h, kernel_w = op.kernel_w;
  stride_h = op.stride_h, stride_w = op.stride_w;
  dilation_h = op.dilation_h, dilation_w = op.dilation_w;
  top = op.pad_top, left = op.pad_left;
  cp = whole(c, lanes), kp = whole(k, lanes);
  product = is_product(op), depthwise = is_depthwise(op);
  const int64_t results = d.out().count() / k;
  x_pixels = d.x_lay[0] == Layout::nhwc || h * w == 1 || c == 1;
  y_pixels = d.y_lay == Layout::nhwc || results == 1 || k == 1;
  const bool bf16 = d.precision == Precision::bf16 && in_bf16(op);
  tiles = bf16 && d.bf16_words;
  rounded = bf16 && !tiles;
  if (product || depthwise) {
    const bool bordered = top > 0 || left > 0 || op.pad_bottom > 0 || op.pad_right > 0;
    frame_h = depthwise ? h : std::max(top + h, (oh - 1) * stride_h + (kernel_h - 1) * dilation_h + 1);
    frame_w = depthwise ? w : std::max(left + w, (ow - 1) * stride_w + (kernel_w - 1) * dilation_w + 1);
    dx_in_place = x_pixels && (product ? !bordered : c == cp);
    in_place = dx_in_place && !d.source;
    pixel = dx_pixel = product ? c : cp;
    if (product) together = std::clamp<int64_t>(rows_of_product / (oh * ow), 1, ceil_of(d.batch, d.tiles));
    return;
  }
  frame_h = tiles ? h : oh + 2, frame_w = tiles ? w : ow + 2;
  winograd = !tiles && !d.exact && winograd_pays(*this);
  in_place = (tiles || winograd) && !rounded && x_pixels && c == cp && !d.source;
  pixel = tiles || winograd ? cp : c;
  dx_pixel = cp;
}

ReadyWeights::ReadyWeights(const StepData& d, int64_t size) {
  for (int i = 0; i < std::min(d.workers, d.tiles); ++i) copies_.push_back({d.floats(size)});
}

void weights_by_input(const StepData& d, const BlockShape& s, float* to) {
  const int64_t columns = s.inputs() * s.taps();
  d.kernels.transpose(d.weight(0), s.k, columns, columns, to, s.kp);
  if (s.rounded) d.kernels.in_bf16->round(to, s.weights());
}

std::unique_ptr<Convolution> make_convolution(const StepData& d, const BlockShape& s) {
  if (s.product) return make_product(d, s);
  if (s.depthwise) return make_depthwise(d, s);
  if (s.tiles) return make_tiles(d, s);
  return s.winograd ? make_winograd(d, s) : make_direct(d, s);
}

void weights_by_output(const StepData& d, const BlockShape& s, float* to) {
  for (int64_t k = 0; k < s.k; ++k) d.kernels.transpose(d.weight(0) + k * s.c * 9, s.c, 9, 9, to + k * 9 * s.cp, s.cp);
  if (s.rounded) d.kernels.in_bf16->round(to, s.k * 9 * s.cp);
}

}  // namespace nn::cpu

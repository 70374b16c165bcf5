// SPDX-License-Identifier: MIT
// The shape of a convolution block and its weights in the order in which kernels read them.
#include <algorithm>

#include "backend/cpu/conv/block/block.h"
#include "backend/cpu/conv/in_bf16.h"
#include "backend/cpu/kernels/bf16.h"

namespace nn::cpu {

BlockShape::BlockShape(const StepData& d, int64_t lanes) {
  const Conv& op = d.as<Conv>();
  const Shape &in = d.in(), &out = d.out(0);
  c = in[0], h = in[1], w = in[2];
  k = out[0], oh = out[1], ow = out[2];
  top = op.pad_top, left = op.pad_left;
  cp = whole(c, lanes), kp = whole(k, lanes);
  const bool bf16 = d.precision == Precision::bf16 && in_bf16(op);
  tiles = bf16 && d.kernels.in_bf16->convolutions;
  rounded = bf16 && !tiles;
  frame_h = tiles ? h : oh + 2, frame_w = tiles ? w : ow + 2;
  winograd = !tiles && !d.exact && winograd_pays(*this);
  in_place = (tiles || winograd) && !rounded && d.x_lay[0] == Layout::nhwc && c == cp;
  pixel = tiles || winograd ? cp : c;
}

ReadyWeights::ReadyWeights(const StepData& d, int64_t size) {
  for (int i = 0; i < std::min(d.workers, d.tiles); ++i) copies_.push_back({d.floats(size)});
}

void weights_by_input(const StepData& d, const BlockShape& s, float* to) {
  d.kernels.transpose(d.weight(0), s.k, s.c * 9, s.c * 9, to, s.kp);
  if (s.rounded) d.kernels.in_bf16->round(to, s.weights());
}

void weights_by_output(const StepData& d, const BlockShape& s, float* to) {
  for (int64_t k = 0; k < s.k; ++k) d.kernels.transpose(d.weight(0) + k * s.c * 9, s.c, 9, 9, to + k * 9 * s.cp, s.cp);
  if (s.rounded) d.kernels.in_bf16->round(to, s.k * 9 * s.cp);
}

}  // namespace nn::cpu

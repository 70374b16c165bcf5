// SPDX-License-Identifier: MIT
// Which ops are a convolution block.
#include "backend/cpu/conv/block/block.h"
#include "backend/cpu/conv/kinds.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

bool halves(const Pool& p, const Shape& in, const Shape& out) {
  return p.plain() && p.kind == Pool::Kind::max && p.kernel_h == 2 && p.kernel_w == 2 && p.stride_h == 2 &&
         p.stride_w == 2 && p.pad_top == 0 && p.pad_left == 0 && out[1] == in[1] / 2 && out[2] == in[2] / 2;
}

BlockOps ops_of(const Chain& chain) {
  BlockOps ops;
  const Conv* conv = chain.as<Conv>(0);
  if (!conv || !(is_plain_3x3(*conv) || is_product(*conv) || is_depthwise(*conv))) return {.count = 0};
  if (chain.as<BatchNorm>(ops.count)) ops.norm = ops.count++;
  const bool tiled =
      chain.options.precision == Precision::bf16 && in_bf16(*conv) && by_bf16_words(chain.choices, chain.kernels);
  if (chain.as<Add>(ops.count) && !tiled) ops.add = ops.count++;
  if (chain.is_map(ops.count, "relu") || chain.is_map(ops.count, "relu6")) ops.relu = ops.count++;
  if (const Pool* pool = chain.as<Pool>(ops.count);
      pool && !ops.add && halves(*pool, chain.out(ops.count - 1), chain.out(ops.count)))
    ops.pool = ops.count++;
  return ops;
}

size_t match(const Chain& chain) { return ops_of(chain).count; }

StepPointer make(StepData d) {
  BlockOps ops;
  for (ops.count = 1; ops.count < d.ops.size(); ++ops.count) {
    const OpParams& what = d.op(ops.count).what;
    if (std::holds_alternative<BatchNorm>(what))
      ops.norm = ops.count;
    else if (std::holds_alternative<Pool>(what))
      ops.pool = ops.count;
    else if (std::holds_alternative<Add>(what))
      ops.add = ops.count;
    else
      ops.relu = ops.count, ops.relu6 = d.as<Map>(ops.count).function == "relu6";
  }
  if (StepPointer first = make_first_block(d, ops)) return first;
  return make_block(std::move(d), ops);
}

/// Of statistics of the batch, after which relu is all that follows: the convolution is kept anyway.
bool hands_on(std::span<const Op> ops) {
  const BatchNorm* norm = ops.size() > 1 ? std::get_if<BatchNorm>(&ops[1].what) : nullptr;
  return norm && !norm->at_rest && (ops.size() == 2 || (ops.size() == 3 && std::holds_alternative<Map>(ops[2].what)));
}

bool remakes(std::span<const Op> ops, const PlanOptions& options) {
  const Conv& conv = std::get<Conv>(ops[0].what);
  return conv.in_channels >= fewest_in_pixels && !(options.precision == Precision::bf16 && in_bf16(conv));
}

}  // namespace

extern const Pattern conv_block_pattern;
const Pattern conv_block_pattern{.name = "conv_block",
                                 .match = &match,
                                 .in = Layout::nchw | Layout::nhwc,
                                 .out = Layout::nchw | Layout::nhwc,
                                 .make = &make,
                                 .hands_on = &hands_on,
                                 .remakes = &remakes};

}  // namespace nn::cpu

// SPDX-License-Identifier: MIT
// The table of ref's runners: each op's maker, in a file of its own. make_runner (ops.h) takes the one of the op's
// type, so that an op of graph/ops.h without a line here does not compile. Private to ref/.
#pragma once

#include "backend/ref/ops.h"

namespace nn::ref {

/// What a runner is made from.
struct Setup {
  const Graph& graph;
  const Op& op;
  int64_t batch;    ///< samples at most; of a ragged input its rows in flight
  int64_t samples;  ///< of the plan
  bool training;
  const Shape& in(size_t i = 0) const { return graph.value(op.inputs.at(i)).shape; }
  const Shape& out() const { return graph.value(op.output).shape; }
};

/// Product of the extents from that axis on.
inline int64_t elements_from(const Shape& shape, int64_t axis) {
  return Shape(std::vector<int64_t>(shape.begin() + axis, shape.end())).count();
}

template <class T>
using Runner = std::unique_ptr<OpRunner<T>>;

#define NN_REF_RUNNER(Kind) \
  template <class T>        \
  Runner<T> make(const Kind& op, const Setup& setup)
NN_REF_RUNNER(MatMul);
NN_REF_RUNNER(Conv);
NN_REF_RUNNER(Deconv);
NN_REF_RUNNER(Pool);
NN_REF_RUNNER(BatchNorm);
NN_REF_RUNNER(LayerNorm);
NN_REF_RUNNER(GroupNorm);
NN_REF_RUNNER(Scale);
NN_REF_RUNNER(Map);
NN_REF_RUNNER(PRelu);
NN_REF_RUNNER(Softmax);
NN_REF_RUNNER(Dropout);
NN_REF_RUNNER(Shuffle);
NN_REF_RUNNER(Upsample);
NN_REF_RUNNER(Reshape);
NN_REF_RUNNER(Add);
NN_REF_RUNNER(Mul);
NN_REF_RUNNER(Concat);
NN_REF_RUNNER(Slice);
NN_REF_RUNNER(Embed);
NN_REF_RUNNER(Attention);
NN_REF_RUNNER(SegmentPool);
NN_REF_RUNNER(L2Norm);
NN_REF_RUNNER(SoftmaxLoss);
NN_REF_RUNNER(MseLoss);
NN_REF_RUNNER(BceLoss);
#undef NN_REF_RUNNER

}  // namespace nn::ref

/// At the end of each maker's file.
#define NN_REF_INSTANTIATE(Kind)                                   \
  template Runner<double> make<double>(const Kind&, const Setup&); \
  template Runner<float> make<float>(const Kind&, const Setup&)

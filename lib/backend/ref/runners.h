// SPDX-License-Identifier: MIT
// The makers behind make_runner, one file each, chosen by the type of the op. Private to ref/.
#pragma once

#include "backend/ref/ops.h"

namespace nn::ref {

struct Setup {
  const Graph& graph;
  const Op& op;
  int64_t batch;
  bool training;
  const Shape& in(size_t i = 0) const { return graph.values[static_cast<size_t>(op.inputs.at(i))].shape; }
  const Shape& out() const { return graph.values[static_cast<size_t>(op.output)].shape; }
};

template <class T>
using Runner = std::unique_ptr<OpRunner<T>>;

template <class T>
Runner<T> make(const MatMul& op, const Setup& setup);
template <class T>
Runner<T> make(const Conv& op, const Setup& setup);
template <class T>
Runner<T> make(const Pool& op, const Setup& setup);
template <class T>
Runner<T> make(const BatchNorm& op, const Setup& setup);
template <class T>
Runner<T> make(const LayerNorm& op, const Setup& setup);
template <class T>
Runner<T> make(const Map& op, const Setup& setup);
template <class T>
Runner<T> make(const Softmax& op, const Setup& setup);
template <class T>
Runner<T> make(const Dropout& op, const Setup& setup);
template <class T>
Runner<T> make(const Reshape& op, const Setup& setup);
template <class T>
Runner<T> make(const Add& op, const Setup& setup);
template <class T>
Runner<T> make(const SoftmaxLoss& op, const Setup& setup);
template <class T>
Runner<T> make(const MseLoss& op, const Setup& setup);
template <class T>
Runner<T> make(const BceLoss& op, const Setup& setup);

}  // namespace nn::ref

/// At the end of each maker's file.
#define NN_REF_INSTANTIATE(Kind)                                   \
  template Runner<double> make<double>(const Kind&, const Setup&); \
  template Runner<float> make<float>(const Kind&, const Setup&)

// SPDX-License-Identifier: MIT
// Every op of graph.h in plain loops, one file an op: the oracle that all backends are held to (T = double), and what
// cpu runs for an op that it lacks (T = float). Arrays are dense N,C,H,W; sums run in double, in order, on the calling
// thread. What backward needs of forward is kept in the runner, made at plan time; running allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "graph/graph.h"

namespace nn::ref {

/// The arrays of one op, set by the plan once. Null where there is none or none is wanted.
template <class T>
struct OpData {
  std::array<const T*, 2> x{};      ///< inputs, {batch, shape}
  T* y = nullptr;                   ///< output, {batch, shape}; null for losses
  std::array<T*, 4> param{};        ///< in the order of Op::params; batch norm writes its running statistics
  const uint32_t* words = nullptr;  ///< dropout in training: one word an element of y
  const int32_t* labels = nullptr;  ///< softmax_loss: {batch}, each in 0..K-1
  const float* targets = nullptr;   ///< mse_loss and bce_loss: {batch, shape of x}
  double* sample_loss = nullptr;    ///< losses: {batch}, before class weights
  double* loss = nullptr;           ///< losses: the batch loss
  const T* dy = nullptr;            ///< gradient of y; losses have none (it is 1)
  std::array<T*, 2> dx{};           ///< backward ADDS to these and to dparam: the caller zeroes them before
  std::array<T*, 4> dparam{};       ///< null for a parameter that is not trained
};

template <class T>
class OpRunner {
 public:
  virtual ~OpRunner() = default;
  virtual void forward(const OpData<T>& data) = 0;
  /// After a forward with the same arrays, unchanged since.
  virtual void backward(const OpData<T>& data) = 0;
  virtual size_t bytes() const { return 0; }  ///< of what it keeps
};

/// training: batch statistics and dropout. Instantiated for double and float. Input has no runner: Error.
template <class T>
std::unique_ptr<OpRunner<T>> make_runner(const Graph& graph, const Op& op, int64_t batch, bool training);

/// The same for an op that Precision::bf16 concerns: its operands are rounded. Null for all others. factor: what x is
/// bytes times (pixels.h); if it is not 0, x stays as it is and the other operands are rounded times it.
std::unique_ptr<OpRunner<double>> make_rounded(const Graph& graph, const Op& op, int64_t batch, bool training,
                                               float factor);

/// Words that the op wants in a training forward of that batch: 0 for all but dropout.
int64_t words_wanted(const Graph& graph, const Op& op, int64_t batch);

}  // namespace nn::ref

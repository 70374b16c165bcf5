// SPDX-License-Identifier: MIT
// Every op of graph/ops.h in plain loops, one file per op: the oracle that all backends are held to (T = double), and
// what cpu runs for an op that it lacks (T = float). Arrays are dense N,C,H,W; sums run in double, in order, on the
// calling thread. What backward needs of forward is kept in the runner, made at plan time; running allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/graph.h"

namespace nn::ref {

/// The arrays of one op, set by the plan once. Null where there is none or none is wanted.
template <class T>
struct OpData {
  /// Of this run: as many as the runner was made for at most. Samples, or, for an op that does each row of a ragged
  /// value by itself, rows in flight.
  int64_t samples = 0;
  const int64_t* start =
      nullptr;                   ///< {samples+1}: where the rows of each sample begin, for ops that look at all of them
  const int32_t* ids = nullptr;  ///< of an input that is ids, one a row
  std::vector<const T*> x;       ///< inputs, {samples, shape}; null for labels and ids
  T* y = nullptr;                ///< output, {batch, shape}; null for losses
  std::vector<T*> param;         ///< in the order of Op::params; batch norm writes its running statistics
  const uint32_t* words = nullptr;  ///< dropout in training: one word an element of y, or a sample
  const int32_t* labels = nullptr;  ///< softmax_loss: {batch}, each in 0..K-1
  double* sample_loss = nullptr;    ///< losses: {batch}, before class weights
  double* loss = nullptr;           ///< losses: the batch loss
  const T* dy = nullptr;            ///< gradient of y; losses have none (it is 1)
  std::vector<T*> dx;               ///< backward ADDS to these and to dparam: the caller zeroes them before
  std::vector<T*> dparam;           ///< null for a parameter that is not trained
  /// Parameters that an op may have or not, and their gradients: null without them.
  T* optional_param(size_t i) const { return i < param.size() ? param[i] : nullptr; }
  T* optional_dparam(size_t i) const { return i < dparam.size() ? dparam[i] : nullptr; }
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

/// A runner whose samples do not depend on each other: threads may share its work. What it computes does not depend on
/// how it is cut.
template <class T>
class SampleRunner : public OpRunner<T> {
 public:
  void forward(const OpData<T>& data) final { forward_samples(data, 0, data.samples); }
  void backward(const OpData<T>& data) final {
    input_gradient(data, 0, data.samples);
    param_gradients(data, 0, 1);
  }
  virtual void forward_samples(const OpData<T>& data, int64_t begin, int64_t end) = 0;
  /// Adds to dx, where that is wanted.
  virtual void input_gradient(const OpData<T>& data, int64_t begin, int64_t end) = 0;
  /// Of the whole batch, a part of the elements of each parameter: those of part_of(elements, part, parts).
  virtual void param_gradients(const OpData<T>& data, int64_t part, int64_t parts) {
    (void)data, (void)part, (void)parts;
  }
};

/// sizes: of the plan, with the rows that it has at most where the graph has ragged values. training: batch statistics
/// and dropout. Instantiated for double and float.
struct RunSizes {
  int64_t batch;
  int64_t rows = 0;
  /// As many as the op is run for at most.
  int64_t of(const Graph& graph, ValueId value) const { return graph.value(value).ragged ? rows : batch; }
};
template <class T>
std::unique_ptr<OpRunner<T>> make_runner(const Graph& graph, const Op& op, const RunSizes& sizes, bool training);

/// The same for an op that Precision::bf16 concerns, a dense layer or a convolution: its operands are rounded. factor:
/// what x is bytes times (pixels.h); if it is not 0, x stays as it is and the other operands are rounded times it.
std::unique_ptr<OpRunner<double>> make_rounded(const Graph& graph, const Op& op, const RunSizes& sizes, bool training,
                                               float factor);

/// Words that the op wants in a training forward of that batch: 0 for all but dropout.
int64_t words_wanted(const Graph& graph, const Op& op, const RunSizes& sizes);

}  // namespace nn::ref

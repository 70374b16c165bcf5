// SPDX-License-Identifier: MIT
// A step of a plan: one op, or several that a pattern joins. It is given the places of its numbers once, and launches
// its kernels, in order, when it is recorded. What backward needs of forward it keeps in arrays made at plan time:
// nothing is allocated while launches are recorded.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/cuda/arenas.h"
#include "backend/cuda/device.h"
#include "backend/plan.h"

namespace nn::cuda {

/// A gradient: written, or added to what stands there because something else has written it in this pass.
struct Sink {
  float* at = nullptr;
  bool add = false;
  explicit operator bool() const { return at != nullptr; }
};

/// A dropout mask of one step of training, as kernels draw it. kind: 0 words of the host, 1 philox, 2 threefry.
struct DeviceMask {
  uint32_t kind, key[2], high[2];
  int32_t channels;  ///< of an image whose elements were drawn in the order h, w, c; 1: in our order
};

/// Where the masks of an op stand: masks[step * stride], and words {elements or samples} where kind is 0.
struct MaskPlace {
  const DeviceMask* masks = nullptr;
  const uint32_t* words = nullptr;
  int64_t stride = 0;
  const int32_t* step = nullptr;
};

/// Rows of a step: rows[*step * batch + n] of sample n of the batch; row n itself where rows is null.
struct RowsPlace {
  const int64_t* rows = nullptr;
  const int32_t* step = nullptr;
  int64_t batch = 0;
};

/// Labels of all samples and the rows of the batch, or those of the batch.
struct LabelsPlace {
  const int32_t* labels = nullptr;
  RowsPlace rows;
};

/// Where the numbers of one op lie, {batch, shape}. Null where there are none or none are wanted.
struct OpArrays {
  std::vector<const float*> x;
  float* y = nullptr;
  std::vector<float*> param;
  const float* dy = nullptr;
  std::vector<Sink> dx, dparam;
  LabelsPlace labels;             ///< of a loss
  double* sample_loss = nullptr;  ///< of a loss, {batch}
  double* loss = nullptr;         ///< of a loss: the batch's, and what it was divided by
  MaskPlace mask;                 ///< of dropout in training
  float* optional_param(size_t i) const { return i < param.size() ? param[i] : nullptr; }
  Sink optional_dparam(size_t i) const { return i < dparam.size() ? dparam[i] : Sink(); }
};

/// What a backend is made with: how it computes, for tests and benchmarks.
struct Settings {
  int64_t steps_at_once = 0;  ///< of run(), at most; 0: as many as take about chunk_seconds, found while running
  /// Multiply-adds of a product or a convolution from which a library is asked for it; below 0: never.
  double library_from = 5e8;
};

/// What a step is made from.
struct Setup {
  Device& device;
  const Graph& graph;
  const Op& op;
  const PlanOptions& options;
  const Settings& settings;
  bool asks_library(double multiply_adds) const {
    return settings.library_from >= 0 && multiply_adds >= settings.library_from;
  }
  int64_t batch() const { return options.batch; }
  bool training() const { return options.training; }
  const Shape& in(size_t i = 0) const { return graph.value(op.inputs.at(i)).shape; }
  const Shape& out() const { return graph.value(op.output).shape; }
};

class Step {
 public:
  explicit Step(Device& device) : device_(device) {}
  virtual ~Step() = default;
  /// ops: of all that it joins, in order.
  virtual void launch_forward(std::span<const OpArrays> ops) = 0;
  virtual void launch_backward(std::span<const OpArrays> ops) = 0;
  /// backward, and the update of all its parameters, to the same bits; false where it has no such way.
  virtual bool launch_backward_and_update(std::span<const OpArrays> ops, std::string_view formula,
                                          const ConstantsPlace& constants) {
    return (void)ops, (void)formula, (void)constants, false;
  }
  /// It reads the samples where they lie, and makes no use of the value of the graph's input.
  virtual bool takes_samples() const { return false; }
  /// It gives a loss of each sample, and leaves their mean to others.
  virtual bool leaves_mean() const { return false; }
  virtual std::string kernel() const { return "own"; }  ///< as Plan::describe() shows it
  virtual size_t bytes() const { return 0; }            ///< of what it keeps

 protected:
  Device& device_;
};

/// Of one op.
class OpStep : public Step {
 public:
  using Step::Step;
  virtual void forward(const OpArrays& a) = 0;
  virtual void backward(const OpArrays& a) = 0;
  void launch_forward(std::span<const OpArrays> ops) final { forward(ops[0]); }
  void launch_backward(std::span<const OpArrays> ops) final { backward(ops[0]); }
};

/// Product of the extents from that axis on.
inline int64_t elements_from(const Shape& shape, int64_t axis) {
  int64_t product = 1;
  for (size_t i = static_cast<size_t>(axis); i < shape.rank(); ++i) product *= shape[i];
  return product;
}

}  // namespace nn::cuda

// SPDX-License-Identifier: MIT
// One op of a Plan. A step is cut into phases; between two phases of a step every tile has ended the one before.
// A tile is a range of the samples of the batch; tiles depend on shapes only, threads do not show.
//
// backward(): dx of the tile's samples, from arrays that forward left. Gradients of weights that need the whole batch
// are made in finish(), after all of backward, each tile making a part of their elements.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/kernels.h"
#include "backend/cpu/memory.h"

namespace nn::cpu {

struct Tile {
  int index, count;
  int64_t begin, end;  ///< samples
  float* scratch;      ///< Step::scratch() floats, of this worker
  int64_t samples() const { return end - begin; }
};

/// The arrays of one op. dx is null where no gradient is wanted.
struct StepData {
  const Graph& graph;
  const Op& op;
  const Kernels& kernels;
  CpuMemory& memory;
  int64_t batch;
  int tiles;
  bool training;
  std::vector<const float*> x;
  std::vector<float*> dx;
  float* y = nullptr;
  const float* dy = nullptr;

  const Shape& in(size_t i = 0) const { return graph.values[static_cast<size_t>(op.inputs.at(i))].shape; }
  const Shape& out() const { return graph.values[static_cast<size_t>(op.output)].shape; }
  const float* weight(size_t i) const { return i < op.params.size() ? memory.values(op.params[i]) : nullptr; }
  float* gradient(size_t i) const { return i < op.params.size() ? memory.gradient(op.params[i]) : nullptr; }
};

/// Host side of a plan that losses read and write.
struct Host {
  const int32_t* labels;
  const float* targets;
  double* sample_loss;
  double* loss;
};

class Step {
 public:
  explicit Step(StepData data) : d(std::move(data)) {}
  virtual ~Step() = default;
  virtual void words(WordSource*) {}                       ///< before forward, on the calling thread
  virtual int forward_phases() const { return 1; }
  virtual int backward_phases() const { return 1; }
  virtual bool whole_batch() const { return false; }       ///< every phase waits for all tiles before it
  virtual void forward(int phase, const Tile& tile) = 0;
  virtual void backward(int phase, const Tile& tile) = 0;
  virtual void finish(const Tile&) {}
  virtual int64_t scratch() const { return 0; }
  virtual size_t bytes() const { return 0; }
  virtual std::string kernel() const = 0;                  ///< what describe() shows

  const StepData d;
};
using StepPointer = std::unique_ptr<Step>;

StepPointer make_matmul(StepData data);
StepPointer make_conv(StepData data);
StepPointer make_pool(StepData data);
StepPointer make_batch_norm(StepData data);
StepPointer make_map(StepData data);
StepPointer make_dropout(StepData data);
StepPointer make_add(StepData data);
StepPointer make_copy(StepData data);
/// ref's loops in float, on one thread.
StepPointer make_fallback(StepData data, const Host& host);

}  // namespace nn::cpu

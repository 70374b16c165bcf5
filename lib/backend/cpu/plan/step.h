// SPDX-License-Identifier: MIT
// One step of a Plan: one op, or several that a pattern joins (pattern.h). A step is cut into phases; between two
// phases of a step every tile has ended the one before. A tile is a range of the samples of the batch; tiles depend on
// shapes only, threads do not show. In a joint phase and in finish() a tile is any part of the work (tile.index of
// tile.count, as many as there are workers, at most as many as tiles, or grain() times so many; in forward Tile::part,
// since they need not be equal), and no other step runs beside it.
//
// backward(): dx of the tile's samples, from arrays that forward left. Gradients of weights that need the whole batch
// are made in finish(), after all of backward, each tile making a part of their elements.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/plan/layout.h"
#include "backend/cpu/plan/memory.h"
#include "backend/rows_in_flight.h"

namespace nn::cpu {

/// Host side of a plan that losses read and write.
struct Host {
  const int32_t* labels;
  double* sample_loss;
  double* loss;
};

/// The input as bytes: where each sample lies, and what a byte becomes in each plane of `area` elements: {planes, 256}.
struct Pixels {
  const uint8_t* const* rows;
  const float* values;
  int64_t area;
};

/// The output of a step that lies nowhere: its only reader makes it again from what the step keeps, a sample at a time,
/// which takes less time than to write and to read it.
class Remade {
 public:
  /// On the reader's tile in forward, when all tiles of the step have ended.
  virtual void begin(const Tile& tile) const = 0;
  /// A sample of the tile: rows `row` floats apart, pixels `pixel` floats, 0 beyond the channels.
  virtual void sample(const Tile& tile, int64_t n, float* to, int64_t row, int64_t pixel) const = 0;
  /// On the reader's tile in backward, before it makes gradients, and when that of a sample is there, in order.
  virtual void begin_gradients(const Tile& tile) const = 0;
  virtual void gradient_made(const Tile& tile, int64_t n) const = 0;

 protected:
  ~Remade() = default;
};

/// The arrays of one step. dx is null where no gradient is wanted.
struct StepData {
  const Graph& graph;
  std::vector<const Op*> ops;  ///< in order; each but the first reads the value before, an Add another one besides.
                               ///< None: what fills an input of the graph
  const Kernels& kernels;
  CpuMemory& memory;
  Budget budget;  ///< asked for what the step keeps
  int64_t batch;
  int tiles;
  bool training;
  bool exact = false;  ///< direct convolutions only
  Extent extent{};
  std::vector<ValueId> inputs{};   ///< of the first op, then what the others read besides
  std::vector<const float*> x{};   ///< where they lie
  const Remade* source = nullptr;  ///< in the place of x[0]
  std::vector<float*> dx{};
  std::vector<Layout> x_lay{};  ///< of x and dx
  float* y = nullptr;           ///< output of the last op; null: the reader makes it
  const float* dy = nullptr;
  Layout y_lay = Layout::nchw;  ///< of y and dy
  int workers = 1;
  Host host{};  ///< of a loss
  Precision precision = Precision::float32;
  bool bf16_words = false;  ///< convolutions in bf16 multiply words of two numbers, else rounded floats
  ValueId output = -1;      ///< of the last op, or the input that is filled
  /// Of a step whose first input is ragged: batch, extent and tiles are those of its rows, and these are the rows of a
  /// run. Null: it does samples.
  const RowsInFlight* in_flight = nullptr;
  int64_t plan_batch = 0;      ///< samples of the plan
  bool shares_params = false;  ///< some parameter of its ops is one of another op too

  bool ragged() const { return in_flight != nullptr; }
  int64_t most_rows() const {  ///< of a ragged sample
    const int64_t most = inputs.empty() ? 0 : graph.value(inputs[0]).most;
    return most > 0 ? std::min(most, batch) : batch;
  }
  const Op& op(size_t k = 0) const { return *ops.at(k); }
  template <class Kind>
  const Kind& as(size_t k = 0) const {
    return std::get<Kind>(op(k).what);
  }
  int place(size_t k = 0) const { return static_cast<int>(ops.at(k) - graph.ops.data()); }  ///< for RandomSource
  const Shape& in(size_t i = 0) const { return graph.value(inputs.at(i)).shape; }
  const Shape& out() const { return graph.value(output).shape; }
  const Shape& out(size_t k) const { return graph.value(op(k).output).shape; }
  Slice x_slice(const Tile& t, size_t i = 0) const { return extent.slice(x_lay[i], in(i), t); }
  Slice y_slice(const Tile& t) const { return extent.slice(y_lay, out(), t); }

  /// Parameter i of op k; null where it has none, gradient also where it is not trained.
  const float* weight(size_t i, size_t k = 0) const {
    return i < op(k).params.size() ? memory.values(op(k).params[i]) : nullptr;
  }
  float* gradient(size_t i, size_t k = 0) const {
    return i < op(k).params.size() ? memory.gradient(op(k).params[i]) : nullptr;
  }
  /// Whether an op before, or one behind, has this parameter too: then finish() adds to its gradient, or leaves it to
  /// the last of them to tell. All of them cut it into the same parts.
  bool shared(size_t i, bool before, size_t k = 0) const {
    if (!shares_params) return false;
    const ParamId param = op(k).params.at(i);
    const auto has = [&](const Op& other) {
      return std::find(other.params.begin(), other.params.end(), param) != other.params.end();
    };
    const auto here = graph.ops.begin() + place(k);
    return before ? std::any_of(graph.ops.begin(), here, has) : std::any_of(here + 1, graph.ops.end(), has);
  }
  template <class T>
  Aligned<T> array(int64_t n) const {
    budget.ask_product({static_cast<uint64_t>(std::max<int64_t>(n, 0)), sizeof(T)}, "layer " + op().layer);
    return Aligned<T>(n);
  }
  Floats floats(int64_t n) const { return array<float>(n); }
  int64_t size_of(size_t i, size_t k = 0) const {
    return memory.graph().params[static_cast<size_t>(op(k).params.at(i))].shape.count();
  }
};

/// What finish() tells of each piece of a gradient: with a rule, the weights of that piece are updated at once, while
/// the gradient is in the cache.
class Updater {
 public:
  Updater(CpuMemory& memory, const UpdateRule* rule) : memory_(memory) {
    if (rule) update_ = memory.prepare(*rule);
  }
  explicit operator bool() const { return update_.has_value(); }
  /// Elements begin to end of parameter `param` have their gradient. Not called for what is not trained.
  void done(ParamId param, int64_t begin, int64_t end) const {
    if (update_ && begin < end) memory_.update_part(*update_, param, begin, end);
  }
  /// With a rule only: a block of them, whose gradients lie elsewhere than in the arena.
  void done(ParamId param, const CpuMemory::Block& block, const float* gradient, int64_t gradient_row) const {
    memory_.update_block(*update_, param, block, gradient, gradient_row);
  }
  /// With a rule only: array i of what updates that element, weights and slots; null beyond the last.
  const float* array(int i, ParamId param, int64_t begin) const {
    const UpdateArrays arrays = memory_.arrays_of(*update_, param, begin);
    return i == 0 ? arrays.w : arrays.slots[i - 1];
  }
  int arrays() const { return 1 + static_cast<int>(update_->slots); }

 private:
  CpuMemory& memory_;
  std::optional<CpuMemory::PreparedUpdate> update_;
};

enum class Pass { forward, backward };

class Step {
 public:
  explicit Step(StepData data) : d(std::move(data)) {}
  virtual ~Step() = default;
  virtual bool bind_pixels(const Pixels&) {
    return false;
  }  ///< true: this step, the input's only reader, reads the bytes itself
  virtual bool bind_rows(const float* const*) { return false; }  ///< likewise samples where they lie
  virtual void begin_run() {}           ///< of a ragged plan, on the calling thread: the rows of the run are known
  virtual void words(RandomSource*) {}  ///< before the first phase of forward that draws()
  virtual bool draws(int) const { return false; }  ///< this phase of forward uses what words() got
  virtual bool needs_repack() const {
    return false;
  }                                    ///< make_ready() is to run, over all parts, before the next forward
  virtual void repack(const Tile&) {}  ///< what is made of weights that finish() did not update
  virtual int forward_phases() const { return 1; }
  virtual int backward_phases() const { return 1; }
  /// This phase begins when all tiles have ended what was before.
  virtual bool waits(Pass pass, int phase) const {
    return phase > 0 || (pass == Pass::forward ? d.source != nullptr : remade() != nullptr);
  }
  virtual const Remade* remade() const { return nullptr; }  ///< without y
  virtual bool joint(Pass, int) const {
    return false;
  }  ///< this phase begins after all before it and ends before all after
  /// Into how many parts a worker's share of joint phases of forward, and of finish(), may be cut: where another worker
  /// is slow, or has something else to do, it takes some of them.
  virtual int split_factor() const { return 1; }
  virtual void forward(int phase, const Tile& tile) = 0;
  virtual void after_forward() {}  ///< on the calling thread, when all tiles are done
  virtual void backward(int phase, const Tile& tile) = 0;
  /// As it stands here: all gradients were made by backward, each tile tells of its part.
  virtual void finish(const Tile& tile, const Updater& updater) { tell(tile, updater); }
  virtual int64_t scratch() const { return 0; }
  virtual size_t bytes() const { return 0; }
  virtual std::string kernel() const = 0;  ///< what describe() shows

  const StepData d;

 protected:
  /// updater.done() for this tile's equal part of every trained parameter of all ops.
  void tell(const Tile& tile, const Updater& updater) const {
    for (size_t k = 0; k < d.ops.size(); ++k)
      for (size_t i = 0; i < d.op(k).params.size(); ++i)
        if (d.gradient(i, k) && !d.shared(i, false, k)) {
          const auto [begin, end] = part_of(d.size_of(i, k), tile.index, tile.count);
          updater.done(d.op(k).params[i], begin, end);
        }
  }
};
using StepPointer = std::unique_ptr<Step>;

/// A word below it drops its element; at a rate of 1 the scale is 0.
inline uint32_t threshold_of(const Dropout& dropout) {
  return dropout.rate < 1 ? static_cast<uint32_t>(dropout.rate * 4294967296.0) : 0xFFFFFFFFU;
}

/// ref's loops in float, on one thread.
StepPointer make_fallback(StepData data);

}  // namespace nn::cpu

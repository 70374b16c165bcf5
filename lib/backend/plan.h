// SPDX-License-Identifier: MIT
// A graph compiled for one batch size: what it is given, and how it runs.
//
//   auto plan = backend.compile(graph, {.batch = 64, .training = true, .source = &source}, memory);
//   fill plan->inputs();                   // here the rows of the source; without one, values, labels and targets
//   plan->forward(words);                  // loss(), hits(), output()
//   plan->backward_and_update(rule);       // or backward(), what changes gradients, memory.update(rule)
//
// Where steps_at_once() is more than 1, run() does as many such steps in one call, to the same bits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "backend/masks.h"
#include "backend/memory.h"
#include "base/hits.h"
#include "graph/graph.h"

namespace nn {

/// Of the products for which a backend has bf16 (dense layers; convolutions where it pays): float32, or bf16 numbers
/// (operands rounded to nearest even, pixels.h says which are not) summed in float32. All else, weights and optimizer
/// included, is float32 in both.
enum class Precision { float32, bf16 };

/// Samples as they lie in the memory of the host, for plans that take rows of them. All of it stays in place while a
/// plan lives that was given it, and as it is, unless it says otherwise: a device may keep a copy, one for all plans
/// with the same samples.
struct Source {
  std::span<const std::byte> x{};  ///< of the first input, sample after sample
  /// {C, 256}: x are bytes, and what each of them means in each channel, an equal part of a sample. Empty: x are
  /// floats, taken as they are.
  std::span<const float> byte_values{};
  std::span<const int32_t> labels{};  ///< {samples}; empty: in Inputs, if they are asked for
  std::span<const float> targets{};   ///< {samples, ...}; likewise
  bool refilled = false;              ///< x is filled anew before each step, so that no copy of it can be kept
};

struct PlanOptions {
  int64_t batch = 1;            ///< exact number of samples of each run
  int64_t rows = 0;             ///< of ragged samples: rows of all of them together, in any run at most
  bool training = false;        ///< batch statistics, dropout, and backward() possible
  int tiles = 4;                ///< parts of the batch; recorded, since it decides the order of sums
  bool input_gradient = false;  ///< keep dx of the input (for tests)
  bool exact =
      false;  ///< direct convolutions, floats multiplied as floats: no algorithm that adds rounding error for speed
  Precision precision = Precision::float32;
  bool fuse = true;                ///< false: every op is a step of its own and keeps its value, for a look inside
  const Source* source = nullptr;  ///< where samples are taken from; it outlives the plan
  HitRule hits = HitRule::none;    ///< what hits() counts
};

/// Time of one step of a plan, or of another part of a training step, summed over its calls.
struct StepTime {
  std::string name;    ///< as the step's line of describe() begins: "conv1", or "conv1+relu1" when fused
  std::string pass;    ///< "forward", "backward", "update" (the optimizer inside a plan); "" for what is no step
  std::string kernel;  ///< as in describe()
  int64_t calls = 0;
  double seconds = 0;           ///< from the first worker's begin to the last one's end, waiting included
  double flops = 0, bytes = 0;  ///< of all calls, of the direct method (costs_of in cost.h); 0 where not counted
};

/// Steps of training that follow each other: forward, backward and update of each, without a look in between.
struct StepsAhead {
  std::span<const int64_t> rows;      ///< {steps, batch}: of the Source
  std::string_view formula;           ///< UpdateRule of every step
  std::span<const double> constants;  ///< {steps, constants of the formula}
  std::span<const MaskStream> masks;  ///< {steps, ops that draws_words()}
};

/// What one of them gave before its update.
struct StepOutcome {
  double loss = 0;
  int64_t hits = 0;
};

class Plan {
 public:
  virtual ~Plan() = default;

  /// Host buffers that the caller fills before forward; ask for them before each filling. What is empty is not asked
  /// for. Ragged samples: start {batch + 1} says where the rows of each begin, from 0 to how many there are in this
  /// run; ids {rows} has one id a row, or x {rows, row} its values. Else index {batch}: rows of PlanOptions::source;
  /// without one x {batch, sample} of the first input. labels {batch} and targets {batch, ...}: where the loss (the
  /// input that it names) or the hits are of them, and the source has none.
  struct Inputs {
    std::span<float> x;
    std::span<int64_t> index;
    std::span<int32_t> labels;
    std::span<float> targets;
    std::span<int64_t> start;
    std::span<int32_t> ids;
  };
  virtual Inputs inputs() = 0;

  /// words may be null when no op needs any (evaluation, or no dropout).
  virtual void forward(RandomSource* words) = 0;
  /// After forward of a training plan: gradients of the batch loss into Part::gradients, running statistics updated
  /// by forward already.
  virtual void backward() = 0;
  /// backward() and memory.update(rule) in one: the same weights, but each gradient may be used up as soon as it is
  /// made and Part::gradients cannot be read until the next backward(). Who looks at gradients asks for backward()
  /// instead.
  virtual void backward_and_update(const UpdateRule& rule) = 0;

  /// How many steps run() takes in one call; 1: it is not to be called. More only for a training plan with a source
  /// that is not refilled and has what the loss and the hits ask for.
  virtual int64_t steps_at_once() const { return 1; }
  /// 1 to steps_at_once() steps, one outcome each: the same as inputs().index, forward() and backward_and_update() one
  /// after the other. A loss that is not a number does not end them.
  virtual void run(const StepsAhead& steps, std::span<StepOutcome> outcomes);

  /// Value of an output of the graph after forward, {batch, ...}, of a ragged one {rows of this run, ...}, as float
  /// (ref rounds).
  virtual std::span<const float> output(size_t which) = 0;
  std::span<const float> output() { return output(0); }
  /// One loss per sample, {batch}, before weighting; empty without a loss.
  virtual std::span<const double> sample_loss() = 0;
  /// The batch loss as defined in ops.h (penalties not included).
  virtual double loss() = 0;
  /// How many outputs are right by PlanOptions::hits.
  virtual int64_t hits() = 0;
  /// Any value after forward, and its gradient after backward (input only with input_gradient): for tests, copies. Of a
  /// plan that fuses, only those that are not inside a step.
  virtual std::vector<double> value(ValueId value) = 0;
  virtual std::vector<double> gradient(ValueId value) = 0;

  virtual size_t bytes() const = 0;
  /// One line per step: op, kernel, shapes; what nn-info --plan prints.
  virtual std::vector<std::string> describe() const = 0;

  /// Times each step from now on, beginning at zero, or no longer. Changes no bits; a plan may run its steps one after
  /// another, with a barrier between them, while it is on.
  virtual void set_profile(bool on) { (void)on; }
  /// Steps in the order in which they run: forward, then backward. Empty when nothing was profiled.
  virtual std::vector<StepTime> times() const { return {}; }
};

}  // namespace nn

// SPDX-License-Identifier: MIT
// The contract of a backend: Graph -> Plan -> run.
//
//   auto backend = make_backend("cpu", threads);           // the tool makes it and hands it down
//   auto memory  = backend->allocate(graph, slots);         // parameters, gradients, optimizer slots: flat arenas
//   auto plan    = backend->compile(graph, {.batch = 64, .training = true}, *memory);
//   fill plan->inputs(); plan->forward(words); plan->backward(); memory->update(...);
//
// Everything slow happens in compile: layouts, kernels, fusion, packing. Running a step allocates nothing of ours,
// parses nothing and looks nothing up. The same plan gives the same bits for any number of threads: work is cut into
// tiles by shapes only and sums run in tile order.
//
// Conventions, stated once: dense row-major N,C,H,W; backward overwrites gradients; dilation 1 does not exist.
// To add a backend: a folder lib/backend/NAME/ with classes for Memory, Plan and Backend and one `extern const
// BackendType NAME_backend`, and a line PLUGIN(NAME) in devices.def. --device, --device list, man pages and completion
// follow, and so do the tests that compare every backend with ref.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/registry.h"
#include "base/system/budget.h"
#include "base/system/threads.h"
#include "graph/graph.h"
#include "random/counter_stream.h"

namespace nn {

/// The parts of a Memory.
enum class Part { weights, gradients, buffers, slot };

/// One arena of trainable elements: weights, gradients or one of the slots.
struct ArenaId {
  Part part = Part::weights;
  int slot = 0;
};

/// What an optimizer does in one step.
struct UpdateRule {
  std::string_view formula;           ///< by name in formula/updates.h
  std::span<const double> constants;  ///< of this step
};

/// Parameters, gradients, optimizer slots and buffers of one network, in the element type of the backend (double in
/// ref, float elsewhere). Values cross this interface as double, which holds both exactly.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual const Graph& graph() const = 0;
  virtual const ArenaLayout& layout() const = 0;
  virtual int slots() const = 0;
  virtual size_t bytes() const = 0;

  /// The values of one parameter (no padding). slot: which one, for Part::slot. Part::weights reads a buffer
  /// parameter from the buffer arena, so callers need not tell them apart. Gradients that an update has used up
  /// (Plan::backward_and_update) cannot be read: logic_error.
  virtual void read(Part part, ParamId param, std::span<double> out, int slot = 0) const = 0;
  virtual void write(Part part, ParamId param, std::span<const double> in, int slot = 0) = 0;

  /// Adds the gradients of the L1 and L2 penalties to the gradients; returns the penalty itself.
  virtual double add_penalties() = 0;
  /// The L1 and L2 penalties of the weights as they are; changes nothing.
  virtual double penalty() const = 0;
  /// Of all elements; fixed order, summed in double. Not finite when an element is not.
  virtual double norm(ArenaId arena) const = 0;
  virtual bool all_finite(ArenaId arena) const = 0;
  double gradient_norm() const { return norm({Part::gradients}); }
  /// to = a to + b from, element by element; a = 0 does not read `to`.
  virtual void blend(ArenaId to, double a, ArenaId from, double b) = 0;
  virtual void swap(ArenaId one, ArenaId other) = 0;
  virtual bool in_double() const = 0;  ///< element type: double, else float
  virtual void scale_gradients(double factor) = 0;
  virtual void clip_gradients(double limit) = 0;  ///< each into [-limit, limit]
  virtual void zero_slots() = 0;

  /// One optimizer update of all trainable weights. It takes the first slots; there may be more, for averages and sums.
  virtual void update(const UpdateRule& rule) = 0;
  void update(std::string_view formula, std::span<const double> constants) { update(UpdateRule{formula, constants}); }
};

/// A dropout mask that a device can draw for itself.
struct MaskStream {
  CounterStream numbers;
  /// {C,H,W} of an image whose elements were drawn in the order h, w, c; empty: the elements of a sample were drawn in
  /// our order. Samples follow each other.
  Shape drawn_channels_last{};
};

/// Random words for the op of that index in Graph::ops, drawn by the trainer in its own order.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Of dropout: all ones where an element is kept, 0 where it is not.
  virtual void words(int op, std::span<uint32_t> out) = 0;
  /// The same words of this batch, described; none where they come one after the other from a generator with a state. A
  /// backend asks for one of the two.
  virtual std::optional<MaskStream> described(int op) const { return (void)op, std::nullopt; }
};

/// Of the products of dense layers and of the convolutions that in_bf16() names: float32, or bf16 numbers (operands
/// rounded to nearest even, pixels.h says which are not) summed in float32. All else, weights and optimizer included,
/// is float32 in both.
enum class Precision { float32, bf16 };
/// 3x3, stride 1, in one group, a border of 0 or 1.
inline bool is_plain_3x3(const Conv& c) {
  const auto border = [](int64_t n) { return n == 0 || n == 1; };
  return c.kernel_h == 3 && c.kernel_w == 3 && c.stride_h == 1 && c.stride_w == 1 && c.groups == 1 &&
         border(c.pad_top) && border(c.pad_bottom) && border(c.pad_left) && border(c.pad_right);
}
/// Convolutions for which Precision::bf16 pays.
inline bool in_bf16(const Conv& c) { return is_plain_3x3(c) && c.in_channels >= 16 && c.out_channels >= 16; }

struct PlanOptions {
  int64_t batch = 1;            ///< exact number of samples of each run
  bool training = false;        ///< batch statistics, dropout, and backward() possible
  int tiles = 4;                ///< parts of the batch; recorded, since it decides the order of sums
  bool input_gradient = false;  ///< keep dx of the input (for tests)
  bool exact =
      false;  ///< direct convolutions, floats multiplied as floats: no algorithm that adds rounding error for speed
  Precision precision = Precision::float32;
  bool fuse = true;  ///< false: every op is a step of its own and keeps its value, for a look inside
  std::string
      conv_kernel{};  ///< for benchmarks and tests: convolutions by this kernel (choices.h of cpu) where it can do them
  std::optional<bool> bf16x3{};  ///< likewise: dense layers by floats in three parts (bf16.h of cpu), or not
  bool row_pointers = false;     ///< the input comes as a pointer per sample, to its floats
  std::vector<float>
      pixel_values{};  ///< {C, 256}: the input comes as bytes, channel by channel; these are their values
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

class Plan {
 public:
  virtual ~Plan() = default;

  /// Host buffers that the caller fills before forward: x {batch, sample} of the first input, or, with
  /// PlanOptions::pixel_values or row_pointers, one pointer per sample to its bytes or floats; labels {batch} for
  /// SoftmaxLoss, targets {batch, ...} for MseLoss and BceLoss: the input that the loss names (what is not asked for is
  /// empty). They stay in place for the plan's life; what pixels and rows point to, until the step ends.
  struct Inputs {
    std::span<float> x;
    std::span<const uint8_t*> pixels;
    std::span<const float*> rows;
    std::span<int32_t> labels;
    std::span<float> targets;
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

  /// Value of an output of the graph after forward, {batch, ...}, as float (ref rounds).
  virtual std::span<const float> output(size_t which) = 0;
  std::span<const float> output() { return output(0); }
  /// One loss per sample, {batch}, before weighting; empty without a loss.
  virtual std::span<const double> sample_loss() = 0;
  /// The batch loss as defined in ops.h (penalties not included).
  virtual double loss() = 0;
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

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;                    ///< "ref", "cpu"
  virtual std::string isa() const = 0;                     ///< "avx512", "avx2", "portable"
  virtual std::vector<std::string> libraries() const = 0;  ///< "oneDNN 2.6.3": what decides the bits, for provenance
  /// The instructions that Precision::bf16 is done with: "avx512_bf16"; empty where it is emulated, which costs more
  /// time than float32.
  virtual std::string bf16_isa() const = 0;
  virtual Team& team() = 0;
  virtual std::unique_ptr<Memory> allocate(const Graph& graph, int slots) = 0;
  virtual std::unique_ptr<Plan> compile(const Graph& graph, const PlanOptions& options, Memory& memory) = 0;
};

/// What a backend is made for.
struct DeviceRequest {
  int number = 0;   ///< of several devices of this kind, counted from 0
  int threads = 1;  ///< of the host, 1 or more
  /// Of memories and plans, which are refused, with the layer that needs most, before anything is allocated that
  /// exceeds it.
  Budget budget{};
};

struct BackendType {
  const char* name;
  const char* summary;
  int rank;  ///< `auto` takes the usable one of the highest rank
  /// How many devices of this kind can be used now. 0: `why` says what is missing, and what to do.
  int (*usable)(std::string& why);
  std::unique_ptr<Backend> (*make)(const DeviceRequest& request);
};
Table<BackendType> backends();
/// `usable` of a backend that is always there, once.
int usable_anywhere(std::string& why);

/// A device as it is named: "cpu", "cuda", "cuda:1"; "auto" is the usable one of the highest rank.
struct Device {
  const BackendType* type;
  int number;
};
/// UsageError for a name or a number that there is not; Error for a device that cannot be used now, with the reason.
Device find_device(std::string_view name);
/// All names of devices, "auto" first, each with a line about it: what it is, or why it cannot be used.
std::vector<std::pair<std::string, std::string>> devices();

/// device: as find_device() takes it. threads: 0 for usable_cpus().
std::unique_ptr<Backend> make_backend(std::string_view device, int threads, const Budget& budget = Budget());
/// With one thread, to ask what it is.
std::unique_ptr<Backend> open_device(const std::string& device);

/// For backends. Error when weights, gradients, buffers and that many slots, of elements of that many bytes, exceed the
/// budget.
void ask_for_memory(const Budget& budget, const Graph& graph, int slots, size_t element);
/// The same for the values of a batch (elements of a sample by ValueId, 0 where a value has no array), `arrays` of
/// each.
void ask_for_values(const Budget& budget, const Graph& graph, int64_t batch, const std::vector<int64_t>& elements,
                    int64_t arrays, size_t element);

}  // namespace nn

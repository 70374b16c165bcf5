// SPDX-License-Identifier: MIT
// Parameters, gradients, optimizer slots and buffers of one network, as a backend keeps them: flat arenas that all
// begin at zero. layout_of(graph) says where each parameter lies in its arena.
//
//   auto memory = backend.allocate(graph, slots);
//   memory->write(Part::weights, param, values);           // initializers, files
//   ... plan->backward(); ...
//   memory->add_penalties(); memory->clip_gradients(1);    // what comes between gradients and update
//   memory->update("adam", constants);
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string_view>

#include "graph/graph.h"

namespace nn {

/// The parts of a Memory.
enum class Part { weights, gradients, buffers, slot };

/// One arena: weights, gradients, buffers or one of the slots.
struct ArenaId {
  Part part = Part::weights;
  int slot = 0;
};

/// What an optimizer does in one step.
struct UpdateRule {
  std::string_view formula;           ///< by name in formula/updates.h
  std::span<const double> constants;  ///< of this step
};

/// For backends: which of their arenas of trained elements that is. logic_error for gradients that are used up, and for
/// buffers.
template <class Arena, class Slots>
Arena& arena_of(ArenaId id, Arena& weights, Arena& gradients, bool used_up, Slots& slots) {
  if (id.part == Part::weights) return weights;
  if (id.part == Part::gradients) {
    if (used_up) throw std::logic_error("gradients are read that an update has used up");
    return gradients;
  }
  if (id.part == Part::slot) return slots.at(static_cast<size_t>(id.slot));
  throw std::logic_error("buffers are not an arena of trainable elements");
}

/// In the element type of the backend (double in ref, float elsewhere). Values cross this interface as double, which
/// holds both exactly. Gradients that an update has used up (Plan::backward_and_update) cannot be looked at until the
/// next backward: logic_error. So is an arena of buffers where elements that are trained are meant.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual const Graph& graph() const = 0;
  virtual size_t bytes() const = 0;
  virtual bool in_double() const = 0;  ///< element type: double, else float

  /// The values of one parameter (no padding). slot: which one, for Part::slot. Part::weights reads a buffer
  /// parameter from the buffer arena, so callers need not tell them apart.
  virtual void read(Part part, ParamId param, std::span<double> out, int slot = 0) const = 0;
  virtual void write(Part part, ParamId param, std::span<const double> in, int slot = 0) = 0;
  /// A whole arena as it lies, padding included, for sums and copies between processes: elements of in_double() that
  /// may be read and written until a plan runs again or the memory is asked for something else. It lies in the memory
  /// of the device: of ref and cpu it is the host's.
  virtual std::span<std::byte> raw(ArenaId arena) = 0;

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
  virtual void scale_gradients(double factor) = 0;
  virtual void clip_gradients(double limit) = 0;  ///< each into [-limit, limit]

  /// One optimizer update of all trainable weights. It takes the first slots; there may be more, for averages and sums.
  virtual void update(const UpdateRule& rule) = 0;
  void update(std::string_view formula, std::span<const double> constants) { update(UpdateRule{formula, constants}); }
};

}  // namespace nn

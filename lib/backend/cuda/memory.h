// SPDX-License-Identifier: MIT
// Memory in float on the device: one array an arena, placed by layout_of. What is read is copied to the host as a whole
// arena, once, and kept until something changes: a checkpoint or an epoch's copy of all weights is one copy.
#pragma once

#include <vector>

#include "backend/cuda/arenas.h"
#include "backend/memory.h"

namespace nn::cuda {

class CudaMemory final : public Memory {
 public:
  CudaMemory(Device& device, const Graph& graph, int slots);
  const Graph& graph() const override { return graph_; }
  size_t bytes() const override;
  bool in_double() const override { return false; }
  void read(Part part, ParamId param, std::span<double> out, int slot) const override;
  void write(Part part, ParamId param, std::span<const double> in, int slot) override;
  std::span<std::byte> raw(ArenaId arena) override;
  double add_penalties() override;
  double penalty() const override;
  double norm(ArenaId arena) const override;
  bool all_finite(ArenaId arena) const override;
  void blend(ArenaId to, double a, ArenaId from, double b) override;
  void swap(ArenaId one, ArenaId other) override;
  void scale_gradients(double factor) override;
  void clip_gradients(double limit) override;
  void update(const UpdateRule& rule) override;

  float* values(ParamId param) const;    ///< in the weights or the buffer arena
  float* gradient(ParamId param) const;  ///< null for a buffer
  Slots slots_of(ParamId param) const;   ///< its first ones, null where there are fewer
  /// Error for another number of slots or constants than the formula wants.
  void check(const UpdateRule& rule) const;
  /// The update of a step whose constants stand there; to be recorded.
  void launch_update(std::string_view formula, const ConstantsPlace& constants) const;
  /// A plan has changed weights and buffers, or will.
  void changed() { mirrors_.clear(); }
  /// What gradients hold is of no more use, or of use again.
  void set_used_up(bool used_up) { used_up_ = used_up; }

 private:
  struct Mirror {
    const Array<float>* of;
    std::vector<float> values;
  };
  int slots() const { return static_cast<int>(slots_.size()); }
  Array<float> make(int64_t count);
  const Array<float>& arena(ArenaId id) const;
  /// The arena of a parameter in that part; Error when it has no such part, or another number of values.
  const Array<float>& place(Part part, ParamId param, int slot, size_t count) const;
  double penalties(bool to_gradients) const;
  double summed() const;
  const std::vector<float>& mirror(const Array<float>& arena) const;

  Device& device_;
  Graph graph_;
  ArenaLayout layout_;
  Array<float> weights_, gradients_, buffers_;
  std::vector<Array<float>> slots_;
  Array<UpdatePart> parts_;
  Array<float> constants_;
  Array<int32_t> step_0_;
  Array<double> sums_, penalties_;
  mutable std::vector<Mirror> mirrors_;
  bool used_up_ = false;
};

}  // namespace nn::cuda

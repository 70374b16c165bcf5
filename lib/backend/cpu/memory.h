// SPDX-License-Identifier: MIT
// Parameters, gradients, slots and buffers in float: flat arenas, work on them in parts of fixed size.
#pragma once

#include <array>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/floats.h"
#include "backend/cpu/kernels.h"
#include "backend/formula/updates.h"

namespace nn::cpu {

class CpuMemory final : public Memory {
 public:
  CpuMemory(const Graph& graph, int slots, const Kernels& kernels, Team& team);

  const Graph& graph() const override { return graph_; }
  const Layout& layout() const override { return layout_; }
  int slots() const override { return static_cast<int>(slots_.size()); }
  size_t bytes() const override;
  void read(Part part, ParamId param, std::span<double> out, int slot) const override;
  void write(Part part, ParamId param, std::span<const double> in, int slot) override;
  double add_penalties() override;
  double norm(ArenaId arena) const override;
  void blend(ArenaId to, double a, ArenaId from, double b) override;
  void swap(ArenaId one, ArenaId other) override;
  bool in_double() const override { return false; }
  void scale_gradients(double factor) override;
  void clip_gradients(double limit) override;
  void zero_slots() override;
  void update(const UpdateRule& rule) override;
  /// A rule looked up and checked, for many calls of update_part.
  struct PreparedUpdate {
    Update update = nullptr;
    size_t slots = 0;
    std::array<float, formula::max_constants> constants{};
  };
  PreparedUpdate prepare(const UpdateRule& rule) const;
  /// update() of elements begin to end of one parameter; their gradient from the arena where `gradient` is null. Several
  /// threads may call it at once for other elements; version() then stays as it is until changed().
  void update_part(const PreparedUpdate& update, ParamId param, int64_t begin, int64_t end, const float* gradient);
  void changed() { ++version_; }
  /// Where an update of elements from `begin` on will read and write, but for the gradient; null where there is no more.
  std::array<const float*, 3> places(ParamId param, int64_t begin) const;

  /// Where the values of a parameter lie: the weights arena, or the buffers for one that is not trained.
  float* values(ParamId param) const;
  /// nullptr for a parameter that is not trained.
  float* gradient(ParamId param) const;
  /// Changes whenever weights do, so that a Plan knows when its packed copies are old.
  uint64_t version() const { return version_; }

 private:
  float* place(Part part, ParamId param, int slot) const;
  const Floats& arena(ArenaId id) const;
  void update_elements(const PreparedUpdate& update, Range range, const float* gradient);

  Graph graph_;
  Layout layout_;
  const Kernels& kernels_;
  Team& team_;
  Floats weights_, gradients_, buffers_;
  std::vector<Floats> slots_;
  mutable Aligned<double> part_sums_;  // of norm
  uint64_t version_ = 1;
};

}  // namespace nn::cpu

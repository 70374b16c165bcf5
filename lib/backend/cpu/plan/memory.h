// SPDX-License-Identifier: MIT
// Parameters, gradients, slots and buffers in float: flat arenas, work on them in parts of fixed size.
#pragma once

#include <array>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/plan/floats.h"
#include "backend/formula/updates.h"

namespace nn::cpu {

class CpuMemory final : public Memory {
 public:
  CpuMemory(const Graph& graph, int slots, const Kernels& kernels, Team& team);

  const Graph& graph() const override { return graph_; }
  size_t bytes() const override;
  void read(Part part, ParamId param, std::span<double> out, int slot) const override;
  void write(Part part, ParamId param, std::span<const double> in, int slot) override;
  std::span<std::byte> raw(ArenaId arena) override;
  double add_penalties() override;
  double penalty() const override;
  double norm(ArenaId arena) const override;
  bool all_finite(ArenaId arena) const override;
  void blend(ArenaId to, double a, ArenaId from, double b) override;
  void swap(ArenaId one, ArenaId other) override;
  bool in_double() const override { return false; }
  void scale_gradients(double factor) override;
  void clip_gradients(double limit) override;
  void update(const UpdateRule& rule) override;
  /// A rule looked up and checked, for many calls.
  struct PreparedUpdate {
    Update update = nullptr;
    size_t slots = 0;
    std::array<float, formula::max_constants> constants{};
  };
  PreparedUpdate prepare(const UpdateRule& rule) const;
  /// update() of elements begin to end of one parameter. Several threads may call it, and update_block(), at once for
  /// other elements; version() then stays as it is until changed().
  void update_part(const PreparedUpdate& update, ParamId param, int64_t begin, int64_t end);
  /// The same of rows of a parameter, `row` elements from one to the next, with gradients that lie elsewhere.
  struct Block {
    int64_t begin, rows, columns, row;
  };
  void update_block(const PreparedUpdate& update, ParamId param, const Block& block, const float* gradient,
                    int64_t gradient_row);
  /// Which arrays a part of a parameter is updated in, from its element `begin`; without a gradient.
  UpdateArrays arrays_of(const PreparedUpdate& update, ParamId param, int64_t begin) const {
    return arrays_at(update, layout_.offset[static_cast<size_t>(param)] + begin, nullptr);
  }
  void changed() { ++version_; }
  /// What gradients hold is of no more use, or of use again.
  void set_used_up(bool used_up) { used_up_ = used_up; }

  /// Where the values of a parameter lie: the weights arena, or the buffers for one that is not trained.
  float* values(ParamId param) const;
  /// nullptr for a parameter that is not trained.
  float* gradient(ParamId param) const;
  /// Changes whenever weights do, so that a Plan knows when its packed copies are old.
  uint64_t version() const { return version_; }

 private:
  int slots() const { return static_cast<int>(slots_.size()); }
  void check_gradients() const;
  float* place(Part part, ParamId param, int slot) const;
  const Floats& arena(ArenaId id) const;
  UpdateArrays arrays_at(const PreparedUpdate& update, int64_t begin, const float* gradient) const;

  Graph graph_;
  ArenaLayout layout_;
  const Kernels& kernels_;
  Team& team_;
  Floats weights_, gradients_, buffers_;
  std::vector<Floats> slots_;
  mutable Aligned<double> part_sums_;  // of norm
  uint64_t version_ = 1;
  bool used_up_ = false;
};

}  // namespace nn::cpu

// SPDX-License-Identifier: MIT
// Memory in double: one flat arena a part, placed by layout_of, each 64-byte aligned. Private to ref/.
#pragma once

#include <memory>
#include <new>
#include <vector>

#include "backend/backend.h"

namespace nn::ref {

/// A zeroed array of doubles on a 64-byte boundary.
class Arena {
 public:
  explicit Arena(int64_t count);
  double* data() { return data_.get(); }
  const double* data() const { return data_.get(); }
  int64_t size() const { return count_; }

 private:
  struct Free {
    void operator()(double* p) const { ::operator delete[](p, std::align_val_t(64)); }
  };
  int64_t count_;
  std::unique_ptr<double[], Free> data_;
};

class RefMemory final : public Memory {
 public:
  RefMemory(const Graph& graph, int slots);
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
  bool in_double() const override { return true; }
  void scale_gradients(double factor) override;
  void clip_gradients(double limit) override;
  void update(const UpdateRule& rule) override;

  void zero_gradients();
  /// What gradients hold is of no more use, or of use again.
  void set_used_up(bool used_up) { used_up_ = used_up; }
  double* values(ParamId param);     ///< in the weights or the buffer arena
  double* gradients(ParamId param);  ///< null for a buffer

 private:
  int slots() const { return static_cast<int>(slots_.size()); }
  Arena& arena(ArenaId id);
  /// First element of the parameter in that part; Error when it has no such part.
  const double* place(Part part, ParamId param, int slot, size_t count) const;

  Graph graph_;
  ArenaLayout layout_;
  Arena weights_, gradients_, buffers_;
  std::vector<Arena> slots_;
  bool used_up_ = false;
};

}  // namespace nn::ref

// SPDX-License-Identifier: MIT
// Which step does which ops, and where and in which layout each value lies: decided once, when a plan is made.
#pragma once

#include <vector>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {

/// Ops [first, first + count) of the graph as one step.
struct Group {
  size_t first, count;
  const Pattern* pattern;  ///< null: ref's loops
  std::vector<ValueId> inputs = {};
  bool alias = false;  ///< output and input are one array
};

struct BufferPlan {
  std::vector<Group> groups;      ///< in the order of the ops
  Extent extent{}, row_extent{};  ///< of samples, and of the rows of ragged ones
  std::vector<bool> inside;       ///< by ValueId: between two ops of one step, without an array
  std::vector<bool> remade;       ///< by ValueId: made again by its only reader (Remade), without an array
  std::vector<Layout> lay;        ///< by ValueId
  /// By ValueId: rows that lie where others lay before, or that others lie on later. In evaluation alone: between two
  /// attentions, before which all workers wait, memory is used again.
  std::vector<bool> passing;
  std::vector<bool> alias;               ///< by ValueId: it lies where the value before it lies
  std::vector<bool> wanted;              ///< a gradient of this value is computed
  std::vector<int64_t> value, gradient;  ///< where in the arena; -1 for none
  int64_t size = 0;                      ///< floats of the arena
  const Extent& extent_of(const Value& v) const { return v.ragged ? row_extent : extent; }

  BufferPlan(const Graph& graph, const PlanOptions& options, const KernelChoices& choices, const Kernels& kernels);

 private:
  void group(const Graph& graph, const PlanOptions& options, const KernelChoices& choices, const Kernels& kernels);
  void choose_remade(const Graph& graph, const PlanOptions& options);
  void choose_layouts(const Graph& graph);
  void place(const Graph& graph, const PlanOptions& options);
  void place_passing(const Graph& graph);
};

}  // namespace nn::cpu

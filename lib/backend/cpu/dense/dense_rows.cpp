// SPDX-License-Identifier: MIT
#include "backend/cpu/dense/dense_rows.h"

namespace nn::cpu {
namespace {

class DenseRows final : public Step {
 public:
  DenseRows(StepData data, StepPointer (*make)(StepData))
      : Step(std::move(data)),
        rows_(d.in().count() / d.as<MatMul>().in),
        graph_(graph_of_one_row()),
        step_(make(data_of_rows())) {}

  bool needs_repack() const override { return step_->needs_repack(); }
  void repack(const Tile& t) override { step_->repack(rows_of(t)); }
  int forward_phases() const override { return step_->forward_phases(); }
  int backward_phases() const override { return step_->backward_phases(); }
  bool joint(Pass pass, int phase) const override { return step_->joint(pass, phase); }
  int split_factor() const override { return step_->split_factor(); }
  void forward(int phase, const Tile& t) override { step_->forward(phase, rows_of(t)); }
  void after_forward() override { step_->after_forward(); }
  void backward(int phase, const Tile& t) override { step_->backward(phase, rows_of(t)); }
  void finish(const Tile& t, const Updater& updater) override { step_->finish(rows_of(t), updater); }
  int64_t scratch() const override { return step_->scratch(); }
  size_t bytes() const override { return step_->bytes(); }
  std::string kernel() const override { return step_->kernel() + " of rows"; }

 private:
  Tile rows_of(Tile t) const {
    t.begin *= rows_;
    t.end *= rows_;
    return t;
  }

  /// The ops of this step on one row.
  Graph graph_of_one_row() const {
    Graph g;
    g.values.push_back({Shape{d.as<MatMul>().in}});
    for (const Op* op : d.ops) {
      const auto last = static_cast<ValueId>(g.values.size()) - 1;
      g.values.push_back({Shape{d.as<MatMul>().out}});
      g.ops.push_back({op->what, {last}, last + 1, op->params, op->layer});
    }
    g.outputs = {static_cast<ValueId>(g.values.size()) - 1};
    return g;
  }

  StepData data_of_rows() const {
    // Tiles are those of the plan: the rows of whole samples.
    const Extent extent{d.batch * rows_, d.tiles, round_up(ceil_of(d.batch, d.tiles) * rows_, d.kernels.lanes), rows_};
    StepData rows{graph_, {}, d.kernels, d.memory, d.budget, extent.batch, d.tiles, d.training, d.exact, extent};
    for (const Op& op : graph_.ops) rows.ops.push_back(&op);
    rows.inputs = graph_.ops.front().inputs;
    rows.x = d.x;
    rows.dx = d.dx;
    rows.x_lay = d.x_lay;
    rows.y = d.y;
    rows.dy = d.dy;
    rows.y_lay = d.y_lay;
    rows.workers = d.workers;
    rows.precision = d.precision;
    rows.output = graph_.output();
    return rows;
  }

  int64_t rows_;  // of a sample
  Graph graph_;
  StepPointer step_;
};

}  // namespace

size_t match_dense_rows(const Chain& c) {
  const MatMul* m = c.as<MatMul>(0);
  if (!m || c.in().count() == m->in) return 0;
  return c.is_map(1, "relu") ? 2 : 1;
}

StepPointer make_dense_rows(StepData data, StepPointer (*make)(StepData)) {
  return std::make_unique<DenseRows>(std::move(data), make);
}

}  // namespace nn::cpu

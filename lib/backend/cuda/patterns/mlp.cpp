// SPDX-License-Identifier: MIT
// Perceptrons of two to four dense layers with relu and dropout between them, up to softmax cross entropy: a whole step
// of training in three kernels (mlp_kernels.h).
#include "backend/cuda/device_math.h"
#include "backend/cuda/patterns/mlp_kernels.h"
#include "backend/cuda/patterns/pattern.h"
#include "backend/formula/updates.h"
#include "backend/pixels.h"

namespace nn::cuda {
namespace mlp {

/// Places of its ops in the graph, from the first one joined.
struct Layer {
  size_t dense = 0;
  std::optional<size_t> dropout = {};
};

class MlpStep final : public Step {
 public:
  MlpStep(const Joining& j, size_t first, const std::vector<Layer>& layers, float factor)
      : Step(j.device), layers_(layers), memory_(j.memory) {
    const auto batch = static_cast<int>(j.options.batch);
    m_.batch = batch;
    m_.layers = static_cast<int>(layers.size());
    m_.factor = factor == 0 ? 1 : factor;
    m_.labels = j.feed.labels();
    m_.smoothing = static_cast<float>(std::get<SoftmaxLoss>(j.graph.loss()->what).label_smoothing);
    if (factor != 0) {
      m_.bytes = j.feed.bytes_place().bytes;
      m_.rows = j.feed.bytes_place().rows;
    }
    for (size_t i = 0; i < layers.size(); ++i) {
      const Op& op = j.graph.ops[first + layers[i].dense];
      m_.layer[i] = dense_of(op);
      rooms_.emplace_back(device_, static_cast<size_t>(batch * m_.layer[i].out));
      m_.dz[i] = rooms_.back().get();
      rooms_.emplace_back(device_, static_cast<size_t>(batch * m_.layer[i].out));
      m_.h[i] = rooms_.back().get();
      if (layers[i].dropout) {
        const size_t at = first + *layers[i].dropout;
        const auto& dropout = std::get<Dropout>(j.graph.ops[at].what);
        m_.drop[i] = {mask_rule(dropout, m_.layer[i].out), j.feed.mask_of(static_cast<int>(at)),
                      dropout.scale<float>()};
      }
      widest_ = std::max(widest_, m_.layer[i].out);
      update_blocks_ += static_cast<unsigned>(update_blocks(m_.layer[i]));
    }
  }
  bool takes_samples() const override { return m_.bytes != nullptr; }
  bool leaves_mean() const override { return true; }
  std::string kernel() const override { return "mlp"; }
  size_t bytes() const override {
    size_t sum = 0;
    for (const Array<float>& room : rooms_) sum += room.bytes();
    return sum;
  }
  static size_t shared(const Mlp& m) { return middle_floats(m) * middle_samples * sizeof(float); }

  void launch_forward(std::span<const OpArrays> ops) override {
    Mlp m = placed(ops);
    const auto tiles = [](int n, int size) { return static_cast<unsigned>((n + size - 1) / size); };
    const Launch how{
        {tiles(m.batch, first_samples), tiles(m.layer[0].out, first_units)}, {first_threads}, first_shared};
    launch(device_, &first, how, m);
    launch(device_, &middle, Launch{{tiles(m.batch, middle_samples)}, {middle_threads}, shared(m)}, m, widest_);
  }
  void launch_backward(std::span<const OpArrays> ops) override {
    launch(device_, &update<Keep>, Launch{{update_blocks_}, {update_threads}, update_shared}, placed(ops),
           ConstantsPlace{});
  }
  bool launch_backward_and_update(std::span<const OpArrays> ops, std::string_view formula,
                                  const ConstantsPlace& constants) override {
    const Launch how{{update_blocks_}, {update_threads}, update_shared};
#define UPDATE(name, Type) \
  if (formula == #name) launch(device_, &update<formula::Type<float, DeviceMath>>, how, placed(ops), constants);
#include "backend/formula/updates.def"
#undef UPDATE
    return true;
  }

 private:
  Dense dense_of(const Op& op) const {
    const auto& what = std::get<MatMul>(op.what);
    Dense l{};
    l.in = static_cast<int>(what.in);
    l.out = static_cast<int>(what.out);
    l.w = memory_.values(op.params[0]);
    l.dw = memory_.gradient(op.params[0]);
    l.w_slots = memory_.slots_of(op.params[0]);
    if (op.params.size() < 2) return l;
    l.b = memory_.values(op.params[1]);
    l.db = memory_.gradient(op.params[1]);
    l.b_slots = memory_.slots_of(op.params[1]);
    return l;
  }
  /// With the places that the plan gives.
  Mlp placed(std::span<const OpArrays> ops) const {
    Mlp m = m_;
    m.x = ops[layers_[0].dense].x[0];
    m.h[m.layers - 1] = ops[layers_.back().dense].y;
    m.sample_loss = ops.back().sample_loss;
    return m;
  }

  std::vector<Layer> layers_;
  const CudaMemory& memory_;
  Mlp m_{};
  std::vector<Array<float>> rooms_;
  int widest_ = 0;
  unsigned update_blocks_ = 0;
};

bool is_relu(const Op* op) {
  const Map* map = op ? std::get_if<Map>(&op->what) : nullptr;
  return map && map->function == "relu";
}

/// Whether all of its weights are trained, and rows are whole samples.
bool fits(const Joining& j, const Op& op) {
  const auto* dense = std::get_if<MatMul>(&op.what);
  if (!dense || j.graph.value(op.inputs[0]).shape.count() != dense->in) return false;
  for (const ParamId p : op.params)
    if (!j.graph.params[static_cast<size_t>(p)].trainable) return false;
  return dense->out <= 4096;
}

/// The ops from first on: [reshape] dense {relu [dropout] dense} loss. Empty where they are others.
std::vector<Layer> layers_of(const Joining& j, size_t first, size_t& end) {
  const std::vector<Op>& ops = j.graph.ops;
  std::vector<Layer> layers;
  size_t i = first;
  while (i < ops.size() && std::holds_alternative<Reshape>(ops[i].what)) {
    if (!j.next(i)) return {};
    ++i;
  }
  for (;;) {
    if (i >= ops.size() || !fits(j, ops[i]) || layers.size() == most_layers) return {};
    layers.push_back({i - first});
    end = i;
    const Op* after = i + 1 < ops.size() ? &ops[i + 1] : nullptr;
    if (after && is_loss(*after)) break;
    if (!j.next(i) || !is_relu(after)) return {};
    ++i;
    if (const Op* next = j.next(i); next && std::holds_alternative<Dropout>(next->what)) {
      ++i;
      if (draws_words(*next)) layers.back().dropout = i - first;
    }
    if (!j.next(i)) return {};
    ++i;
  }
  return layers;
}

}  // namespace mlp

Match match_mlp(const Joining& j, size_t first) {
  const Graph& graph = j.graph;
  const Op* loss = graph.loss();
  if (j.options.precision == Precision::bf16) return {};
  if (first != 0 || !j.options.training || j.options.input_gradient || !loss || graph.outputs.size() != 1) return {};
  const auto* softmax = std::get_if<SoftmaxLoss>(&loss->what);
  if (!softmax || !softmax->class_weights.empty() || softmax->clip > 0) return {};
  size_t last = 0;
  const std::vector<mlp::Layer> layers = mlp::layers_of(j, first, last);
  if (layers.size() < 2 || last + 2 != graph.ops.size() || graph.ops[last].output != graph.output()) return {};
  if (graph.ops[first].inputs[0] != graph.input() || loss->inputs[0] != graph.output()) return {};
  // What every block of the middle kernel reads, and keeps of its samples, must be little.
  int64_t weights = 0, floats = 0, widest = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto& dense = std::get<MatMul>(graph.ops[first + layers[i].dense].what);
    if (i > 0) weights += dense.in * dense.out;
    floats += dense.out;
    widest = std::max(widest, dense.out);
  }
  if (weights > 300'000 || (floats + 2 * widest) * mlp::middle_samples * 4 > 200'000) return {};
  const float factor = j.options.source ? factor_of_bytes(j.options.source->byte_values) : 0;
  return {graph.ops.size() - first, std::make_unique<mlp::MlpStep>(j, first, layers, factor)};
}

}  // namespace nn::cuda

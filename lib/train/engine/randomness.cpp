// SPDX-License-Identifier: MIT
#include "train/engine/randomness.h"

#include <algorithm>
#include <numeric>

#include "base/registry.h"
#include "layers/initializer.h"
#include "model/model_file.h"
#include "random/torch.h"
#include "train/engine/keras_randomness.h"

namespace nn {
namespace {

/// Of initialiser specs, in which ':' may stand for ','.
bool same_text(std::string a, const std::string& b) {
  std::replace(a.begin(), a.end(), ':', ',');
  return a == b;
}

/// torch.manual_seed(seed), the modules built in order, a DataLoader with shuffle=True for training and one without for
/// each evaluation: all from one generator.
class TorchRandomness final : public Randomness {
 public:
  TorchRandomness(uint64_t seed, const Graph& graph) : generator_(seed), graph_(graph) {}
  /// A module draws its defaults when it is made; torch.nn.init comes over them afterwards, in the same order.
  void initialise(Memory& memory) override {
    for (const bool made : {true, false})
      for (size_t i = 0; i < graph_.params.size(); ++i) {
        const Param& p = graph_.params[i];
        const bool replaced = !p.default_init.empty() && !same_text(p.init, p.default_init);
        if (made || replaced)
          nn::initialise(memory, static_cast<ParamId>(i), made && replaced ? p.default_init : p.init, generator_);
      }
  }
  std::vector<int64_t> order(int64_t n, bool shuffle) override {
    generator_.loader_pass();
    if (shuffle) order_seed_ = generator_.loader_seed();
    return order_again(n, shuffle);
  }
  std::vector<int64_t> order_again(int64_t n, bool shuffle) override {
    return shuffle ? TorchGenerator(order_seed_).permutation(n) : in_order(n);
  }
  void evaluation_pass() override { generator_.loader_pass(); }
  /// torch draws nothing for dropout that drops nothing.
  void words(int op, std::span<uint32_t> out) override {
    const double rate = std::get<Dropout>(graph_.ops[static_cast<size_t>(op)].what).rate;
    if (rate == 0) return std::fill(out.begin(), out.end(), ~uint32_t{0});
    generator_.keep(1 - rate, out);
  }
  void state(State& state) override {
    generator_.state(state);
    state.field("order_seed", order_seed_, 0, 0xFFFFFFFFU);
  }

 private:
  TorchGenerator generator_;
  const Graph& graph_;
  uint64_t order_seed_ = 0;
};

}  // namespace

std::vector<int64_t> in_order(int64_t n) {
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

std::vector<std::string> stream_names() { return {"torch", "keras-tensorflow", "keras-jax", "keras-torch"}; }

std::unique_ptr<Randomness> make_randomness(const std::string& streams, uint64_t seed, const Graph& graph,
                                            bool reshuffle) {
  if (streams == "torch") return std::make_unique<TorchRandomness>(seed, graph);
  if (auto made = make_keras_randomness(streams, seed, graph, reshuffle)) return made;
  throw UsageError(unknown_name("streams", streams, stream_names()));
}

}  // namespace nn

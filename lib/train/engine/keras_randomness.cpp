// SPDX-License-Identifier: MIT
#include "train/engine/keras_randomness.h"

#include <algorithm>
#include <map>

#include "layers/initializer.h"
#include "layers/parts.h"
#include "random/jax.h"
#include "random/keras_torch.h"
#include "random/python.h"
#include "random/tensorflow.h"
#include "random/torch.h"

namespace nn {
namespace {

constexpr int64_t most_epochs = 1'000'000'000'000;

/// Calls with our place of each value of a sample of these parts, in Keras' order: of an image {h,w,c}.
template <class Visit>
void each_place(const std::vector<Shape>& parts, Visit&& visit) {
  int64_t begin = 0;
  for (const Shape& part : parts) {
    const int64_t channels = part.rank() == 3 ? part[0] : 1, space = part.count() / channels;
    for (int64_t cell = 0; cell < space; ++cell)
      for (int64_t c = 0; c < channels; ++c) visit(begin + c * space + cell);
    begin += part.count();
  }
}

/// Place in our axis order of the value that Keras holds at `k` of its own: kernels {kh,kw,in,out} and {in,out}, whose
/// rows behind a flatten run over height, width, channel. parts: of what a dense layer reads.
std::vector<size_t> places_of(const Param& p, const std::vector<Shape>& parts) {
  const Shape& s = p.shape;
  std::vector<size_t> places;
  const auto put = [&](int64_t place) { places.push_back(static_cast<size_t>(place)); };
  if (s.rank() == 4) {
    for (int64_t h = 0; h < s[2]; ++h)
      for (int64_t w = 0; w < s[3]; ++w)
        for (int64_t i = 0; i < s[1]; ++i)
          for (int64_t o = 0; o < s[0]; ++o) put(((o * s[1] + i) * s[2] + h) * s[3] + w);
  } else if (s.rank() == 2) {
    each_place(parts, [&](int64_t in) {
      for (int64_t o = 0; o < s[0]; ++o) put(o * s[1] + in);
    });
  } else {
    for (int64_t i = 0; i < s.count(); ++i) put(i);
  }
  return places;
}

/// What the three backends share: seeds from Python's random, in the order in which the layers are made.
class KerasRandomness : public Randomness {
 public:
  KerasRandomness(uint64_t seed, const Graph& graph) : graph_(graph) {
    PythonRandom python(seed);
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      for (const ParamId p : graph.ops[i].params)
        if (make_initializer(graph.params[static_cast<size_t>(p)].init)->is_random()) seeds_[p] = python.layer_seed();
      const auto* dropout = std::get_if<Dropout>(&graph.ops[i].what);
      if (dropout && dropout->rate > 0) {
        dropout_seeds_[static_cast<int>(i)] = python.layer_seed();
        if (!dropout->whole_samples) channels_last_[static_cast<int>(i)] = parts_in_other_order(graph.ops[i].output);
      }
    }
  }
  void initialise(Memory& memory) override {
    for (size_t i = 0; i < graph_.params.size(); ++i) {
      const Param& p = graph_.params[i];
      const ParamId id = static_cast<ParamId>(i);
      std::vector<double> drawn(static_cast<size_t>(p.shape.count())), values(drawn.size());
      const auto seed = seeds_.find(id);
      const std::unique_ptr<Draws> draws = draws_of({seed == seeds_.end() ? 0 : seed->second, 0});
      in_context(p.path(), [&] { make_initializer(p.init)->fill(p, *draws, drawn); });
      const std::vector<size_t> places = places_of(p, parts_read(id));
      for (size_t k = 0; k < drawn.size(); ++k) values[places[k]] = drawn[k];
      memory.write(Part::weights, id, values);
    }
  }
  void begin_batch(int64_t batches) override { batches_ = batches; }

 protected:
  virtual std::unique_ptr<Draws> draws_of(KerasSeed seed) const = 0;
  const Dropout& dropout_of(int op) const { return std::get<Dropout>(graph_.ops[static_cast<size_t>(op)].what); }
  double rate_of(int op) const { return dropout_of(op).rate; }
  /// Keras draws nothing for dropout that drops nothing.
  static void keep_all(std::span<uint32_t> mask) { std::fill(mask.begin(), mask.end(), ~uint32_t{0}); }
  KerasSeed dropout_seed(int op) const { return {dropout_seeds_.at(op), batches_}; }
  /// That order as one shape, for a device that draws itself; nothing where it is none.
  std::optional<Shape> one_channels_last(int op) const {
    if (dropout_of(op).whole_samples) return Shape{};
    const std::vector<Shape>& parts = channels_last_.at(op);
    if (parts.size() > 1) return std::nullopt;
    return parts.empty() ? Shape{} : parts[0];
  }
  /// From Keras' order {n,h,w,c} to ours {n,c,h,w}, also of images that were flattened; other values have one order.
  void put_channels_first(int op, std::span<uint32_t> mask) {
    if (dropout_of(op).whole_samples) return;
    const std::vector<Shape>& parts = channels_last_.at(op);
    if (parts.empty()) return;
    int64_t count = 0;
    for (const Shape& part : parts) count += part.count();
    sample_.resize(static_cast<size_t>(count));
    for (size_t begin = 0; begin < mask.size(); begin += sample_.size()) {
      std::copy_n(mask.begin() + static_cast<std::ptrdiff_t>(begin), sample_.size(), sample_.begin());
      auto from = sample_.begin();
      each_place(parts, [&](int64_t place) { mask[begin + static_cast<size_t>(place)] = *from++; });
    }
  }

 private:
  /// What a dense layer of that weight reads.
  std::vector<Shape> parts_read(ParamId weight) const {
    for (const Op& op : graph_.ops)
      if (std::holds_alternative<MatMul>(op.what) && op.params[0] == weight &&
          graph_.value(op.inputs[0]).shape.rank() == 1)
        return parts_behind(graph_, op.inputs[0]);
    const Shape& s = graph_.params[static_cast<size_t>(weight)].shape;
    return {Shape{s.rank() == 2 ? s[1] : 1}};
  }
  /// Parts of a value of which Keras holds some as {h,w,c} where that is another order; else empty.
  std::vector<Shape> parts_in_other_order(ValueId value) const {
    std::vector<Shape> parts = parts_behind(graph_, value);
    const bool other = std::ranges::any_of(parts, [](const Shape& s) { return s.rank() == 3 && s[0] > 1; });
    return other ? parts : std::vector<Shape>{};
  }

  const Graph& graph_;
  std::map<ParamId, int64_t> seeds_;
  std::map<int, int64_t> dropout_seeds_;
  std::map<int, std::vector<Shape>> channels_last_;  // by dropout
  int64_t batches_ = 0;
  std::vector<uint32_t> sample_;
};

/// With a seed set, every epoch has the same order; --reshuffle takes the number of the epoch, from 0, for the seed of
/// the shuffling operation, so that the first epoch stays as it is.
class OnTensorFlow final : public KerasRandomness {
 public:
  OnTensorFlow(uint64_t seed, const Graph& graph, bool reshuffle)
      : KerasRandomness(seed, graph), seed_(seed), reshuffle_(reshuffle) {}
  std::vector<int64_t> order(int64_t n, bool shuffle) override {
    ++begun_;
    return order_again(n, shuffle);
  }
  std::vector<int64_t> order_again(int64_t n, bool shuffle) override {
    return shuffle ? tensorflow_order(seed_, n, reshuffle_ ? static_cast<uint64_t>(begun_ - 1) : 0) : in_order(n);
  }
  void words(int op, std::span<uint32_t> out) override {
    if (rate_of(op) == 0) return keep_all(out);
    TensorFlowDraws(dropout_seed(op)).keep(rate_of(op), out);
    put_channels_first(op, out);
  }
  std::optional<MaskStream> described(int op) const override {
    const std::optional<Shape> order = one_channels_last(op);
    if (!order) return std::nullopt;
    return MaskStream{TensorFlowDraws(dropout_seed(op)).stream(), *order};
  }
  void state(State& state) override {
    if (reshuffle_) state.field("epochs_begun", begun_, 0, most_epochs);
  }

 private:
  std::unique_ptr<Draws> draws_of(KerasSeed seed) const override { return std::make_unique<TensorFlowDraws>(seed); }
  uint64_t seed_;
  bool reshuffle_;
  int64_t begun_ = 0;
};

/// numpy's legacy permutations, of which fit spends one on building the model.
class OnJax final : public KerasRandomness {
 public:
  OnJax(uint64_t seed, const Graph& graph)
      : KerasRandomness(seed, graph), numpy_(static_cast<uint32_t>(seed)), before_(numpy_) {}
  std::vector<int64_t> order(int64_t n, bool shuffle) override {
    if (!shuffle) return in_order(n);
    if (!built_) numpy_permutation(numpy_, n);
    built_ = true;
    before_ = numpy_;
    return numpy_permutation(numpy_, n);
  }
  std::vector<int64_t> order_again(int64_t n, bool shuffle) override {
    if (!shuffle) return in_order(n);
    Mersenne again = before_;
    return numpy_permutation(again, n);
  }
  void words(int op, std::span<uint32_t> out) override {
    if (rate_of(op) == 0) return keep_all(out);
    JaxDraws(dropout_seed(op)).keep(rate_of(op), out);
    put_channels_first(op, out);
  }
  std::optional<MaskStream> described(int op) const override {
    const std::optional<Shape> order = one_channels_last(op);
    if (!order) return std::nullopt;
    return MaskStream{JaxDraws(dropout_seed(op)).stream(), *order};
  }
  void state(State& state) override {
    std::vector<uint64_t> now = numpy_.state(), before = before_.state();
    state.field("words", now);
    state.field("order", before);
    state.field("built", built_);
    if (!state.restoring()) return;
    numpy_.restore(now);
    before_.restore(before);
  }

 private:
  std::unique_ptr<Draws> draws_of(KerasSeed seed) const override { return std::make_unique<JaxDraws>(seed); }
  Mersenne numpy_, before_;
  bool built_ = false;
};

/// torch fills a mask in the order in which the values before it lie in memory, and Keras on torch permutes axes
/// without copies: behind a pooling, or a transposed convolution of several channels, images lie channel by channel;
/// behind a convolution, copies of pixels, a layer norm, a softmax or the input pixel by pixel; what works element by
/// element (a joint as its first input), batch and group norm, bilinear interpolation and slices keep the order, and
/// concatenations lie pixel by pixel. Recorded:
/// tests/golden/streams/keras-torch-masks.tsv.
bool lies_by_channel(const Graph& graph, ValueId value) {
  for (const Op* op = nullptr;; value = op->inputs[0]) {
    const auto made = std::find_if(graph.ops.begin(), graph.ops.end(), [&](const Op& o) { return o.output == value; });
    if (made == graph.ops.end()) return false;  // an input
    op = &*made;
    if (std::holds_alternative<Pool>(op->what)) return true;
    if (std::holds_alternative<Slice>(op->what)) continue;
    if (const auto* deconv = std::get_if<Deconv>(&op->what)) return deconv->in_channels > 1;
    if (const auto* larger = std::get_if<Upsample>(&op->what); larger && larger->bilinear) continue;
    const bool ordered = std::holds_alternative<LayerNorm>(op->what) || std::holds_alternative<Softmax>(op->what);
    if (ordered || !traits_of(op->what).keeps_places) return false;
  }
}

/// Order and dropout from torch's own generator, in one stream.
class OnTorch final : public KerasRandomness {
 public:
  OnTorch(uint64_t seed, const Graph& graph) : KerasRandomness(seed, graph), generator_(seed) {
    for (const Op& op : graph.ops)
      by_channel_.push_back(std::holds_alternative<Dropout>(op.what) && lies_by_channel(graph, op.output));
  }
  std::vector<int64_t> order(int64_t n, bool shuffle) override {
    if (built_) generator_.loader_pass();  // an iterator made at the end of the last epoch and dropped
    if (!built_) {                         // one batch for the symbolic build
      generator_.loader_pass();
      if (shuffle) generator_.loader_seed();
    }
    built_ = true;
    generator_.loader_pass();
    if (shuffle) order_seed_ = generator_.loader_seed();
    return order_again(n, shuffle);
  }
  std::vector<int64_t> order_again(int64_t n, bool shuffle) override {
    return shuffle ? TorchGenerator(order_seed_).permutation(n) : in_order(n);
  }
  void evaluation_pass() override {
    generator_.loader_pass();
    generator_.loader_pass();
  }
  /// A Dropout with a noise_shape, as that of whole samples, has a generator of its own; any other draws from torch's.
  void words(int op, std::span<uint32_t> out) override {
    if (rate_of(op) == 0) return keep_all(out);
    if (dropout_of(op).whole_samples) return KerasTorchDraws(dropout_seed(op)).keep(rate_of(op), out);
    generator_.keep(1 - rate_of(op), out);
    if (!by_channel_[static_cast<size_t>(op)]) put_channels_first(op, out);
  }
  void state(State& state) override {
    generator_.state(state);
    state.field("order_seed", order_seed_, 0, 0xFFFFFFFFU);
    state.field("built", built_);
  }

 private:
  std::unique_ptr<Draws> draws_of(KerasSeed seed) const override { return std::make_unique<KerasTorchDraws>(seed); }
  TorchGenerator generator_;
  std::vector<bool> by_channel_;  ///< by op
  uint64_t order_seed_ = 0;
  bool built_ = false;
};

}  // namespace

std::unique_ptr<Randomness> make_keras_randomness(const std::string& streams, uint64_t seed, const Graph& graph,
                                                  bool reshuffle) {
  if (streams == "keras-tensorflow") return std::make_unique<OnTensorFlow>(seed, graph, reshuffle);
  if (streams == "keras-jax") return std::make_unique<OnJax>(seed, graph);
  if (streams == "keras-torch") return std::make_unique<OnTorch>(seed, graph);
  return nullptr;
}

}  // namespace nn

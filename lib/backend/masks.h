// SPDX-License-Identifier: MIT
// The random words of dropout, as they are drawn by the trainer or described to a device.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "graph/graph.h"
#include "random/counter_stream.h"

namespace nn {

/// A dropout mask that a device can draw for itself.
struct MaskStream {
  CounterStream numbers;
  /// {C,H,W} of an image whose elements were drawn in the order h, w, c; empty: the elements of a sample were drawn in
  /// our order. Samples follow each other.
  Shape drawn_channels_last{};
};

/// Random words for the op of that index in Graph::ops, drawn by the trainer in its own order.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Of dropout: all ones where an element (or a whole sample) is kept, 0 where it is not.
  virtual void words(int op, std::span<uint32_t> out) = 0;
  /// The same words of this batch, described; none where they come one after the other from a generator with a state. A
  /// backend asks for one of the two.
  virtual std::optional<MaskStream> described(int op) const { return (void)op, std::nullopt; }
};

/// Whether the op asks for words in training: dropout that drops something.
bool draws_words(const Op& op);

/// The words of described masks, drawn on the host.
class DescribedWords final : public RandomSource {
 public:
  /// masks: of the ops of the graph that draws_words(), in their order. Both must outlive it.
  DescribedWords(const Graph& graph, std::span<const MaskStream> masks) : graph_(graph), masks_(masks) {}
  void words(int op, std::span<uint32_t> out) override;
  std::optional<MaskStream> described(int op) const override;

 private:
  const Graph& graph_;
  std::span<const MaskStream> masks_;
};

}  // namespace nn

// SPDX-License-Identifier: MIT
// x of a dense layer as the products of words (bf16.h) read it: lanes {words of in, n} for y{out, n} = w{out, in} x{in,
// n}, panels {words of n, columns} for the gradient dw{out, in} = dz{out, n} x{n, in}. Made of lanes, of rows of
// floats, or of bytes, once a step. A few workers make a copy each for itself: cheaper than to fetch what another one
// wrote.
//
// Pixels that are a multiple of their bytes (pixels.h) are packed as bytes, and scale() is what x is a multiple by.
#pragma once

#include <vector>

#include "backend/cpu/dense/dense_input.h"
#include "backend/cpu/dense/packed_bf16.h"

namespace nn::cpu {

class PackedInput {
 public:
  /// copies: how many workers make one; panels: whether there will be any.
  PackedInput(const StepData& data, const Bf16Packs& packs, int copies, bool panels);

  bool bind_pixels(const Pixels& pixels);
  bool bind_rows(const float* const* rows);
  float scale() const { return scale_; }

  enum class Half { lanes, panels };
  /// A tile of the only copy.
  void pack(Half half, int tile) const { pack(half, tile, 0); }
  /// All tiles of the worker's own copy, if this step has not done it yet.
  void pack_own(Half half, int copy);
  void next_step() { ++step_; }  ///< after forward; its gradient may still ask for panels

  /// Sets what is multiplied from the right: the samples of a tile, or of several that are a panel each, or columns
  /// from panel i on.
  void set_lanes(Bf16Gemm& g, int copy, Range tiles) const;
  void set_panels(Bf16Gemm& g, int copy, int64_t i) const;
  int64_t panels() const { return panels_; }
  int64_t words() const { return round_up(words_of(in_), k_.step); }  ///< of a sum over the inputs,
  int64_t sample_words() const { return round_up(d.tiles * d.extent.width / 2, k_.step); }  ///< and over the samples
  size_t bytes() const { return lanes_.bytes() + columns_.bytes(); }

 private:
  void allocate();
  void pack(Half half, int tile, int copy) const;
  void pack_lanes(Half half, int tile, int copy) const;
  void ask_for(Range samples) const;
  void pack_to_lanes(Range samples, WordMatrix to) const;
  void pack_to_panel(Range samples, int64_t i, const WordMatrix& to) const;
  bool in_lanes() const { return d.x_lay[0] == Layout::batch_innermost; }
  int64_t panel_size() const { return sample_words() * k_.panel; }
  int64_t lanes_size() const { return d.tiles * words() * d.extent.width; }
  WordMatrix lanes_of(int copy, int64_t tile) const;
  WordMatrix panel_of(int copy, int64_t i, int tile) const;
  const ByteMap& map_at(int64_t element) const { return maps_[static_cast<size_t>(element / pixels_.area)]; }

  const StepData& d;
  const Bf16Kernels& k_;
  const Bf16Packs* packs_;
  int64_t in_, panels_;
  int copies_;
  bool has_panels_;
  float scale_ = 1;
  std::vector<const float*> own_rows_;
  const float* const* rows_ = nullptr;
  Pixels pixels_{};
  std::vector<ByteMap> maps_;  // by plane
  PackedBf16 lanes_, columns_;
  struct alignas(64) Packed {
    uint64_t step = 0;
  };
  std::vector<Packed> lanes_of_step_, columns_of_step_;  // by copy: the step that it was packed in
  uint64_t step_ = 1;
};

}  // namespace nn::cpu

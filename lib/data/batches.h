// SPDX-License-Identifier: MIT
// Applies a preparation recipe to chosen rows of a split, straight into a plan's input buffers.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/rng.h"
#include "base/system/threads.h"
#include "data/dataset.h"

namespace nn {

class Batches {
 public:
  /// augment: apply the augmenting steps too (training); they draw from the stream given to fill.
  Batches(const Split& split, const h5::PrepRecord& prep, double valid_min, double valid_max, bool augment);
  ~Batches();

  const Shape& sample_shape() const;  ///< after the recipe; what the network gets
  int64_t size() const;
  bool draws() const;  ///< some step draws random words
  /// Prepared samples of these rows to x {rows, sample}. team may be null. stream only if draws(). Same bits for any
  /// number of threads. Allocates nothing after the first call.
  void fill(std::span<const int64_t> rows, std::span<float> x, Stream* stream, Team* team);
  /// {C,256}: what each value of a byte becomes, channel by channel, where that is all there is to do; else empty.
  const std::vector<float>& pixel_values() const;
  /// Where the bytes of these rows lie.
  void pixels(std::span<const int64_t> rows, std::span<const uint8_t*> out) const;
  /// Whether samples are floats that nothing is done to: rows() says where they lie.
  bool in_place() const;
  void rows(std::span<const int64_t> rows, std::span<const float*> out) const;
  void labels(std::span<const int64_t> rows, std::span<int32_t> out) const;
  void targets(std::span<const int64_t> rows, std::span<float> out) const;

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

/// Shape of a sample after the recipe. Error when a step does not fit.
Shape prepared_shape(const h5::PrepRecord& prep, const Shape& raw);
/// True when integer pixels would reach the network unscaled.
bool is_unscaled(const h5::PrepRecord& prep, const Split& split);

}  // namespace nn

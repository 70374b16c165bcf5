// SPDX-License-Identifier: MIT
// Applies a preparation recipe to chosen rows of a split, straight into a plan's input buffers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "base/system/threads.h"
#include "data/dataset.h"

namespace nn {

/// What a batch has under a name: images or features as the recipe makes them (x of fill()), and the other columns as
/// they are stored.
struct BatchInput {
  std::string name;
  h5::Type type;
  Shape row;    ///< of one sample; of one value along the ragged axis
  bool ragged;  ///< any number of rows per sample
};

/// Rows of a column for a batch; its memory is used again.
struct ColumnRows {
  h5::Array values;            ///< {rows,...}; ragged: of all samples, one behind the other, without padding
  std::vector<int64_t> start;  ///< ragged: {rows+1}; else empty
};

class Batches {
 public:
  /// Of a split without images and features its tokens alone can be asked for, by column(). augment: apply the
  /// augmenting steps too (training); they draw from the stream given to fill.
  Batches(const Split& split, const h5::PrepRecord& prep, double valid_min, double valid_max, bool augment);
  ~Batches();

  const Shape& sample_shape() const;  ///< after the recipe; what the network gets
  int64_t size() const;
  bool draws() const;  ///< some step draws random words
  /// Prepared samples of these rows to x {rows, sample}. team may be null. stream only if draws(). Same bits for any
  /// number of threads. Allocates nothing after the first call.
  void fill(std::span<const int64_t> rows, std::span<float> x, Stream* stream, Team* team);
  /// {C,256}: what each value of a byte becomes, channel by channel, where that is all there is to do; else empty.
  const std::vector<float>& byte_values() const;
  /// Whether samples can be taken as they are stored: bytes that mean byte_values(), or floats that nothing is done to.
  bool as_stored() const;
  /// All samples of the split as they are stored, one after the other; empty where they stay in a file (Split::stored).
  std::span<const std::byte> stored() const;
  int64_t stored_bytes() const;  ///< of a sample
  /// Copies those of these rows. Error for a row that there is not.
  void stored(std::span<const int64_t> rows, std::span<std::byte> out) const;
  /// All columns but sample, in the order of the split.
  std::vector<BatchInput> inputs() const;
  /// Those of a column in these rows. Error when there is no column of that name. Allocates nothing once `out` was as
  /// large.
  void column(std::string_view name, std::span<const int64_t> rows, ColumnRows& out) const;
  std::vector<int64_t> token_counts() const;  ///< of each sample. Error when there is no column of tokens
  void labels(std::span<const int64_t> rows, std::span<int32_t> out) const;
  void targets(std::span<const int64_t> rows, std::span<float> out) const;
  /// Those of all rows; empty when there are none.
  std::span<const int32_t> labels() const;
  std::span<const float> targets() const;

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

/// Shape of a sample after the recipe. Error when a step does not fit.
Shape prepared_shape(const h5::PrepRecord& prep, const Shape& raw);
/// True when integer pixels would reach the network unscaled.
bool is_unscaled(const h5::PrepRecord& prep, const Split& split);

}  // namespace nn

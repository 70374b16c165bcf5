// SPDX-License-Identifier: MIT
// What a plan is fed with, and how it comes to the device: samples that lie there as a whole and are taken by row
// numbers, or samples of one batch; labels, targets, random words or the description of masks; for one step, or for
// many steps ahead.
#pragma once

#include <memory>
#include <vector>

#include "backend/cuda/gather.h"
#include "backend/cuda/step.h"
#include "backend/source_rows.h"

namespace nn::cuda {

/// Samples as they lie on the device.
struct Resident {
  Array<std::byte> x;
  Array<int32_t> labels;
  Array<float> targets;
};

/// One copy of the samples for all plans that are given the same.
class Residents {
 public:
  explicit Residents(Device& device) : device_(device) {}
  /// Null where they are filled anew before each step, or would leave too little memory.
  std::shared_ptr<const Resident> of(const Source& source);

 private:
  struct Known {
    const void *x, *labels, *targets;
    size_t bytes;
    std::weak_ptr<const Resident> copy;
  };
  Device& device_;
  std::vector<Known> known_;
};

class Feed {
 public:
  /// most_steps: ahead, 1 or more.
  Feed(Device& device, const Graph& graph, const PlanOptions& options, Residents& residents, int64_t most_steps);
  size_t bytes() const;
  /// Whether many steps can be loaded at once.
  bool complete() const { return resident_ && rows_.complete(graph_, options_); }

  Plan::Inputs inputs();
  /// For one step, which is then step 0. x: the place of the samples on the device.
  void load(RandomSource* words, float* x);
  /// For many.
  void load(const StepsAhead& steps, int64_t count);
  /// Launches that bring the samples and targets of a step to their places; null: not that.
  void launch(float* x, float* targets) const;

  LabelsPlace labels() const;
  /// Of bytes {samples, count}, and the rows of a step.
  struct BytesPlace {
    const uint8_t* bytes = nullptr;
    RowsPlace rows;
  };
  BytesPlace bytes_place() const;
  int32_t* step() const { return step_.get(); }
  /// After steps ahead.
  void begin_again() { step_.zero(); }
  MaskPlace mask_of(int op) const;

 private:
  struct Drawing {
    int op;
    std::vector<uint32_t> host;
    Array<uint32_t> words;
  };
  void make_samples();
  void make_labels();
  void make_masks();
  void check_labels(std::span<const int32_t> labels) const;
  void load_samples(float* x);
  void load_masks(RandomSource* words);
  int64_t count() const { return graph_.value(graph_.input()).shape.count(); }
  RowsPlace rows_place() const { return {resident_ ? index_.get() : nullptr, step_.get(), options_.batch}; }

  Device& device_;
  const Graph& graph_;
  PlanOptions options_;
  SourceRows rows_;
  std::shared_ptr<const Resident> resident_;
  int64_t most_steps_;
  int64_t classes_ = 0;       ///< of a loss that takes labels
  Array<int32_t> step_;       ///< 0 between calls
  Pinned<float> x_;           ///< without a source, or of the batch's rows
  Pinned<std::byte> staged_;  ///< bytes of the batch's rows
  Array<std::byte> staged_on_;
  Array<float> byte_values_;
  Array<int64_t> index_;
  std::vector<int32_t> labels_host_;
  std::vector<float> targets_host_;
  Array<int32_t> labels_;
  Array<float> targets_;  ///< as the host gave them
  std::vector<Drawing> drawing_;
  Array<DeviceMask> masks_;
};

}  // namespace nn::cuda

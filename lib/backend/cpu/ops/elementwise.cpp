// SPDX-License-Identifier: MIT
// Element-wise ops: map, dropout, and the copy that a reshape becomes where its input has other readers; bytes to
// values.
#include <algorithm>
#include <array>

#include "backend/cpu/plan/pattern.h"
#include "backend/formula/maps.h"

namespace nn::cpu {
namespace {

class MapStep final : public Step {
 public:
  explicit MapStep(StepData data)
      : Step(std::move(data)),
        entry_(d.kernels.map(d.as<Map>().function)),
        constants_(formula::constants_of<float>(d.as<Map>().function, d.as<Map>().constants)) {}
  void forward(int, const Tile& t) override {
    const Slice s = d.y_slice(t);
    entry_.forward(d.x[0] + s.begin, d.y + s.begin, s.size, constants_.data());
  }
  void backward(int, const Tile& t) override {
    const Slice s = d.y_slice(t);
    if (d.dx[0])
      entry_.backward(d.x[0] + s.begin, d.y + s.begin, d.dy + s.begin, d.dx[0] + s.begin, s.size, constants_.data());
  }
  std::string kernel() const override { return entry_.name; }

 private:
  const MapEntry& entry_;
  std::array<float, formula::max_map_constants> constants_;
};

/// The words come in the order of rows, whatever the layout of the values.
class DropoutStep final : public Step {
 public:
  explicit DropoutStep(StepData data)
      : Step(std::move(data)),
        count_(d.in().count()),
        scale_(d.as<Dropout>().scale<float>()),
        threshold_(threshold_of(d.as<Dropout>())),
        words_(d.array<uint32_t>(d.batch * count_)),
        keep_(d.floats(d.extent.size(d.y_lay, d.in()) + 16)) {}
  void words(RandomSource* source) override {
    if (!source) throw std::logic_error("dropout in training needs a source of random words");
    const int64_t count = d.ragged() ? d.in_flight->count() * count_ : words_.size();
    source->words(d.place(), {words_.get(), static_cast<size_t>(count)});
  }
  bool draws(int) const override { return true; }
  void forward(int, const Tile& t) override {
    const Slice s = d.y_slice(t);
    if (d.y_lay == Layout::batch_innermost) {
      float* rows = t.scratch;
      d.kernels.keep(words_.get() + t.begin * count_, threshold_, scale_, rows, t.samples() * count_);
      d.kernels.transpose(rows, t.samples(), count_, count_, keep_.get() + s.begin, d.extent.width);
    } else {
      d.kernels.keep(words_.get() + s.begin, threshold_, scale_, keep_.get() + s.begin, s.size);
    }
    d.kernels.multiply(d.x[0] + s.begin, keep_.get() + s.begin, d.y + s.begin, s.size);
  }
  void backward(int, const Tile& t) override {
    const Slice s = d.y_slice(t);
    if (d.dx[0]) d.kernels.multiply(d.dy + s.begin, keep_.get() + s.begin, d.dx[0] + s.begin, s.size);
  }
  int64_t scratch() const override { return d.y_lay == Layout::batch_innermost ? (d.extent.width + 1) * count_ : 0; }
  size_t bytes() const override { return words_.bytes() + keep_.bytes(); }
  std::string kernel() const override { return "mask"; }

 private:
  int64_t count_;
  float scale_;
  uint32_t threshold_;
  Aligned<uint32_t> words_;
  Floats keep_;
};

class CopyStep final : public Step {
 public:
  explicit CopyStep(StepData data) : Step(std::move(data)) {}
  void forward(int, const Tile& t) override {
    if (d.x[0] != d.y) copy(d.x[0], d.y, t);
  }
  void backward(int, const Tile& t) override {
    if (d.dx[0]) copy(d.dy, d.dx[0], t);
  }
  std::string kernel() const override { return "copy"; }

 private:
  void copy(const float* from, float* to, const Tile& t) const {
    const Slice s = d.y_slice(t);
    std::memcpy(to + s.begin, from + s.begin, static_cast<size_t>(s.size) * sizeof(float));
  }
};

class RowsStep final : public Step {
 public:
  RowsStep(StepData data, const float* const* rows) : Step(std::move(data)), rows_(rows), count_(d.out().count()) {}
  void forward(int, const Tile& t) override {
    for (int64_t n = t.begin; n < t.end; ++n) std::copy_n(rows_[n], count_, d.y + n * count_);
  }
  void backward(int, const Tile&) override {}
  std::string kernel() const override { return "copy"; }

 private:
  const float* const* rows_;
  int64_t count_;
};

class PixelsStep final : public Step {
 public:
  PixelsStep(StepData data, const Pixels& pixels) : Step(std::move(data)), pixels_(pixels), count_(d.out().count()) {}
  void forward(int, const Tile& t) override {
    for (int64_t n = t.begin; n < std::min(t.begin + rows_ahead, t.end); ++n) fetch(n);
    for (int64_t n = t.begin; n < t.end; ++n) {
      if (n + rows_ahead < t.end) fetch(n + rows_ahead);
      for (int64_t i = 0; i < count_; i += pixels_.area)
        d.kernels.look_up(pixels_.rows[n] + i, pixels_.values + i / pixels_.area * 256, d.y + n * count_ + i,
                          pixels_.area);
    }
  }
  void backward(int, const Tile&) override {}
  std::string kernel() const override { return "table"; }

 private:
  /// Rows of a shuffled batch lie anywhere: memory is asked for the next ones while one is done.
  static constexpr int64_t rows_ahead = 4;
  void fetch(int64_t n) const {
    for (int64_t i = 0; i < count_; i += 64) __builtin_prefetch(pixels_.rows[n] + i);
  }
  Pixels pixels_;
  int64_t count_;
};

}  // namespace

StepPointer make_rows(StepData data, const float* const* rows) {
  return std::make_unique<RowsStep>(std::move(data), rows);
}
StepPointer make_pixels(StepData data, const Pixels& pixels) {
  return std::make_unique<PixelsStep>(std::move(data), pixels);
}

extern const Pattern map_pattern, dropout_pattern, copy_pattern;
const Pattern map_pattern{
    "map",       &match_one<Map>,
    all_layouts, all_layouts,
    true,        [](StepData d) -> StepPointer { return std::make_unique<MapStep>(std::move(d)); },
    nullptr,     nullptr,
    Samples::any};
const Pattern dropout_pattern{"dropout",
                              [](const Chain& c) -> size_t { return c.options.training ? match_one<Dropout>(c) : 0; },
                              Layout::nchw | Layout::batch_innermost,
                              Layout::nchw | Layout::batch_innermost,
                              true,
                              [](StepData d) -> StepPointer { return std::make_unique<DropoutStep>(std::move(d)); },
                              nullptr,
                              nullptr,
                              Samples::any};
const Pattern copy_pattern{
    "copy",      [](const Chain& c) -> size_t { return match_one<Reshape>(c) + match_one<Dropout>(c); },
    all_layouts, all_layouts,
    true,        [](StepData d) -> StepPointer { return std::make_unique<CopyStep>(std::move(d)); },
    nullptr,     nullptr,
    Samples::any};

}  // namespace nn::cpu

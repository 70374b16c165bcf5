// SPDX-License-Identifier: MIT
// What moves whole samples or planes: dropped samples, shuffled channels.
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class DropSamplesStep final : public Step {
 public:
  explicit DropSamplesStep(StepData data)
      : Step(std::move(data)),
        count_(d.in().count()),
        scale_(d.as<Dropout>().scale<float>()),
        threshold_(threshold_of(d.as<Dropout>())),
        words_(d.array<uint32_t>(d.batch)) {}
  void words(RandomSource* source) override {
    if (!source) throw std::logic_error("dropout in training needs a source of random words");
    source->words(d.place(), {words_.get(), static_cast<size_t>(d.batch)});
  }
  bool draws(int) const override { return true; }
  void forward(int, const Tile& t) override { each_sample(d.x[0], d.y, t); }
  void backward(int, const Tile& t) override {
    if (d.dx[0]) each_sample(d.dy, d.dx[0], t);
  }
  size_t bytes() const override { return words_.bytes(); }
  std::string kernel() const override { return "samples"; }

 private:
  void each_sample(const float* from, float* to, const Tile& t) const {
    for (int64_t n = t.begin; n < t.end; ++n)
      if (words_[n] >= threshold_)
        d.kernels.affine(from + n * count_, scale_, 0, to + n * count_, count_);
      else
        std::memset(to + n * count_, 0, static_cast<size_t>(count_) * sizeof(float));
  }
  int64_t count_;
  float scale_;
  uint32_t threshold_;
  Aligned<uint32_t> words_;
};

class ShuffleStep final : public Step {
 public:
  explicit ShuffleStep(StepData data)
      : Step(std::move(data)),
        groups_(d.as<Shuffle>().groups),
        channels_(d.in()[0]),
        space_(d.in().count() / channels_) {}
  void forward(int, const Tile& t) override { copy(d.x[0], d.y, groups_, t); }
  void backward(int, const Tile& t) override {
    if (d.dx[0]) copy(d.dy, d.dx[0], channels_ / groups_, t);
  }
  std::string kernel() const override { return "copy"; }

 private:
  /// Channel j of group i to place j * groups + i.
  void copy(const float* from, float* to, int64_t groups, const Tile& t) const {
    const int64_t each = channels_ / groups;
    for (int64_t n = t.begin; n < t.end; ++n)
      for (int64_t c = 0; c < channels_; ++c)
        std::memcpy(to + (n * channels_ + c % each * groups + c / each) * space_, from + (n * channels_ + c) * space_,
                    static_cast<size_t>(space_) * sizeof(float));
  }
  int64_t groups_, channels_, space_;
};

}  // namespace

extern const Pattern drop_samples_pattern, shuffle_pattern;
const Pattern drop_samples_pattern{
    "drop_samples",
    [](const Chain& c) -> size_t {
      const Dropout* op = c.as<Dropout>(0);
      return op && op->whole_samples && c.options.training ? 1 : 0;
    },
    only(Layout::nchw),
    only(Layout::nchw),
    false,
    [](StepData d) -> StepPointer { return std::make_unique<DropSamplesStep>(std::move(d)); }};
const Pattern shuffle_pattern{
    "shuffle", &match_one<Shuffle>, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) -> StepPointer {
      return std::make_unique<ShuffleStep>(std::move(d));
    }};

}  // namespace nn::cpu

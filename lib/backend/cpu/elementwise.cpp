// SPDX-License-Identifier: MIT
// Element-wise ops: map, dropout, add, and the copy that a reshape becomes where its input has other readers.
#include "backend/cpu/step.h"

namespace nn::cpu {
namespace {

class MapStep final : public Step {
 public:
  MapStep(StepData data, const Map& op)
      : Step(std::move(data)), entry_(d.kernels.map(op.function)), a_(static_cast<float>(op.a)), count_(d.in().count()) {}
  void forward(int, const Tile& t) override {
    const int64_t i = t.begin * count_;
    entry_.forward(d.x[0] + i, d.y + i, t.samples() * count_, a_);
  }
  void backward(int, const Tile& t) override {
    const int64_t i = t.begin * count_;
    if (d.dx[0]) entry_.backward(d.x[0] + i, d.y + i, d.dy + i, d.dx[0] + i, t.samples() * count_, a_);
  }
  std::string kernel() const override { return entry_.name; }

 private:
  const MapEntry& entry_;
  float a_;
  int64_t count_;
};

class DropoutStep final : public Step {
 public:
  DropoutStep(StepData data, const Dropout& op)
      : Step(std::move(data)), count_(d.in().count()), threshold_(static_cast<uint64_t>(op.rate * 4294967296.0)),
        scale_(op.rate < 1 ? static_cast<float>(1 / (1 - op.rate)) : 0), words_(d.batch * count_), keep_(d.batch * count_),
        place_(static_cast<int>(&d.op - d.graph.ops.data())) {}
  void words(WordSource* source) override {
    if (!source) throw std::logic_error("dropout in training needs a source of random words");
    source->words(place_, {words_.get(), static_cast<size_t>(words_.size())});
  }
  void forward(int, const Tile& t) override {
    const int64_t begin = t.begin * count_, end = t.end * count_;
    for (int64_t i = begin; i < end; ++i) keep_[i] = words_[i] >= threshold_ ? scale_ : 0.0f;
    d.kernels.multiply(d.x[0] + begin, keep_.get() + begin, d.y + begin, end - begin);
  }
  void backward(int, const Tile& t) override {
    const int64_t begin = t.begin * count_, end = t.end * count_;
    if (d.dx[0]) d.kernels.multiply(d.dy + begin, keep_.get() + begin, d.dx[0] + begin, end - begin);
  }
  size_t bytes() const override { return words_.bytes() + keep_.bytes(); }
  std::string kernel() const override { return "mask"; }

 private:
  int64_t count_;
  uint64_t threshold_;
  float scale_;
  Aligned<uint32_t> words_;
  Floats keep_;
  int place_;
};

class AddStep final : public Step {
 public:
  explicit AddStep(StepData data) : Step(std::move(data)), count_(d.out().count()) {}
  void forward(int, const Tile& t) override {
    const int64_t i = t.begin * count_;
    d.kernels.add(d.x[0] + i, d.x[1] + i, d.y + i, t.samples() * count_);
  }
  void backward(int, const Tile& t) override {
    for (float* dx : d.dx)
      if (dx) std::memcpy(dx + t.begin * count_, d.dy + t.begin * count_, static_cast<size_t>(t.samples() * count_) * sizeof(float));
  }
  std::string kernel() const override { return "add"; }

 private:
  int64_t count_;
};

class CopyStep final : public Step {
 public:
  explicit CopyStep(StepData data) : Step(std::move(data)), count_(d.out().count()) {}
  void forward(int, const Tile& t) override { copy(d.x[0], d.y, t); }
  void backward(int, const Tile& t) override {
    if (d.dx[0]) copy(d.dy, d.dx[0], t);
  }
  std::string kernel() const override { return "copy"; }

 private:
  void copy(const float* from, float* to, const Tile& t) const {
    std::memcpy(to + t.begin * count_, from + t.begin * count_, static_cast<size_t>(t.samples() * count_) * sizeof(float));
  }
  int64_t count_;
};

}  // namespace

StepPointer make_map(StepData data) {
  const auto& op = std::get<Map>(data.op.what);
  return std::make_unique<MapStep>(std::move(data), op);
}
StepPointer make_dropout(StepData data) {
  const auto& op = std::get<Dropout>(data.op.what);
  return std::make_unique<DropoutStep>(std::move(data), op);
}
StepPointer make_add(StepData data) { return std::make_unique<AddStep>(std::move(data)); }
StepPointer make_copy(StepData data) { return std::make_unique<CopyStep>(std::move(data)); }

}  // namespace nn::cpu

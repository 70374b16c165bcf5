// SPDX-License-Identifier: MIT
// Initialisers that do not look at the layer: constants and fixed distributions.
#include <algorithm>

#include "base/error.h"
#include "layers/draw.h"
#include "layers/initializer.h"

namespace nn {
namespace {

class Filled : public Initializer {
 public:
  explicit Filled(double value) : value_(value) {}
  void fill(const Param&, Stream&, std::span<double> w) const override {
    std::fill(w.begin(), w.end(), static_cast<float>(value_));
  }

 protected:
  double value_;
};

class Constant final : public Filled {
 public:
  Constant() : Filled(0) {}
  void options(OptionSet& set) override { set.add("value", value_, "X", "the value").by_place().must(); }
};

class Uniform final : public Initializer {
 public:
  void options(OptionSet& set) override {
    set.add("min", min_, "X", "lower end").by_place();
    set.add("max", max_, "X", "upper end").by_place();
  }
  void check() const override {
    if (!(min_ < max_)) throw UsageError("uniform: min " + value_text(min_) + " is not below max " + value_text(max_));
  }
  void fill(const Param&, Stream& stream, std::span<double> w) const override { draw_uniform(stream, min_, max_, w); }

 private:
  double min_ = -0.05, max_ = 0.05;
};

template <bool truncated>
class Normal final : public Initializer {
 public:
  void options(OptionSet& set) override {
    set.add("std", deviation_, "X", truncated ? "standard deviation before the cut" : "standard deviation").by_place();
    set.add("mean", mean_, "X", "mean").by_place();
  }
  void check() const override {
    if (!(deviation_ >= 0)) throw UsageError("normal: std must not be negative, found " + value_text(deviation_));
  }
  void fill(const Param&, Stream& stream, std::span<double> w) const override {
    truncated ? draw_truncated(stream, mean_, deviation_, w) : draw_normal(stream, mean_, deviation_, w);
  }

 private:
  double deviation_ = 0.05, mean_ = 0;
};

template <class T>
std::unique_ptr<Initializer> make() { return std::make_unique<T>(); }

}  // namespace

extern const InitializerType zeros_initializer, ones_initializer, constant_initializer, uniform_initializer,
    normal_initializer, truncated_normal_initializer;
const InitializerType zeros_initializer{"zeros", "0", []() -> std::unique_ptr<Initializer> { return std::make_unique<Filled>(0); }};
const InitializerType ones_initializer{"ones", "1", []() -> std::unique_ptr<Initializer> { return std::make_unique<Filled>(1); }};
const InitializerType constant_initializer{"constant", "one value", make<Constant>};
const InitializerType uniform_initializer{"uniform", "uniform between min and max", make<Uniform>};
const InitializerType normal_initializer{"normal", "normal with mean and std", make<Normal<false>>};
const InitializerType truncated_normal_initializer{"truncated_normal", "normal, redrawn beyond two std", make<Normal<true>>};

}  // namespace nn

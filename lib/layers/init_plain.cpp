// SPDX-License-Identifier: MIT
// Initialisers that do not look at the layer: constants and fixed distributions.
#include <algorithm>

#include "base/error.h"
#include "layers/initializer.h"

namespace nn {
namespace {

class Filled : public Initializer {
 public:
  explicit Filled(double value) : value_(value) {}
  bool is_random() const override { return false; }
  void fill(const Param&, Draws&, std::span<double> w) const override {
    std::fill(w.begin(), w.end(), static_cast<float>(value_));
  }

 protected:
  double value_;
};

class Constant final : public Filled {
 public:
  Constant() : Filled(0) {}
  void options(OptionSet& set) override {
    set.add("value", value_, "X", "the value").by_place().must().called("pytorch", "val").called("keras", "value");
  }
};

class Uniform final : public Initializer {
 public:
  void options(OptionSet& set) override {
    set.add("min", min_, "X", "lower end")
        .by_place()
        .in("pytorch", "0")
        .named_rule("uniform_low")
        .called("pytorch", "a")
        .called("keras", "minval");
    set.add("max", max_, "X", "upper end")
        .by_place()
        .in("pytorch", "1")
        .named_rule("uniform_high")
        .called("pytorch", "b")
        .called("keras", "maxval");
  }
  void check() const override {
    if (!(min_ < max_)) throw UsageError("min " + value_text(min_) + " is not below max " + value_text(max_));
  }
  void fill(const Param&, Draws& draws, std::span<double> w) const override { draws.uniform(min_, max_, w); }

 private:
  double min_ = -0.05, max_ = 0.05;
};

Option& declare_deviation(OptionSet& set, double& deviation, const char* help) {
  return set.add("std", deviation, "X", help).by_place().called("pytorch", "std").called("keras", "stddev");
}

void declare_mean(OptionSet& set, double& mean) { set.add("mean", mean, "X", "mean").by_place().called("mean"); }

template <bool truncated>
class Normal final : public Initializer {
 public:
  void options(OptionSet& set) override {
    Option& deviation =
        declare_deviation(set, deviation_, truncated ? "standard deviation before truncation" : "standard deviation");
    if (!truncated) deviation.in("pytorch", "1").named_rule("normal_deviation");
    declare_mean(set, mean_);
  }
  void check() const override {
    if (!(deviation_ >= 0)) throw UsageError("std must not be negative, found " + value_text(deviation_));
  }
  void fill(const Param&, Draws& draws, std::span<double> w) const override {
    if (!truncated) return draws.normal(mean_, deviation_, w);
    draws.truncated(deviation_, w);
    if (mean_ != 0)
      for (double& x : w) x = static_cast<float>(x) + static_cast<float>(mean_);
  }

 private:
  double deviation_ = 0.05, mean_ = 0;
};

/// torch.nn.init.trunc_normal_.
class TruncNormal final : public Initializer {
 public:
  void options(OptionSet& set) override {
    declare_deviation(set, deviation_, "standard deviation before truncation");
    declare_mean(set, mean_);
    set.add("a", low_, "X", "lower end, a value").called("pytorch", "a");
    set.add("b", high_, "X", "upper end, a value").called("pytorch", "b");
  }
  void check() const override {
    if (!(deviation_ > 0)) throw UsageError("std must be above 0, found " + value_text(deviation_));
    // Else nearly everything drawn would lie outside.
    if (!(low_ < high_) || low_ > mean_ + deviation_ || high_ < mean_ - deviation_)
      throw UsageError("a and b must hold values within one std of the mean");
  }
  void fill(const Param&, Draws& draws, std::span<double> w) const override {
    draws.truncated_between(mean_, deviation_, low_, high_, w);
  }

 private:
  double deviation_ = 1, mean_ = 0, low_ = -2, high_ = 2;
};

template <class T>
std::unique_ptr<Initializer> make() {
  return std::make_unique<T>();
}

}  // namespace

extern const InitializerType zeros_initializer, ones_initializer, constant_initializer, uniform_initializer,
    normal_initializer, truncated_normal_initializer, trunc_normal_initializer;
const InitializerType zeros_initializer{
    "zeros", "0", []() -> std::unique_ptr<Initializer> { return std::make_unique<Filled>(0); }, {"zeros_", "Zeros"}};
const InitializerType ones_initializer{
    "ones", "1", []() -> std::unique_ptr<Initializer> { return std::make_unique<Filled>(1); }, {"ones_", "Ones"}};
const InitializerType constant_initializer{"constant", "one value", make<Constant>, {"constant_", "Constant"}};
const InitializerType uniform_initializer{
    "uniform", "uniform between min and max", make<Uniform>, {"uniform_", "RandomUniform"}};
const InitializerType normal_initializer{
    "normal", "normal with mean and std", make<Normal<false>>, {"normal_", "RandomNormal"}};
const InitializerType truncated_normal_initializer{
    "truncated_normal",
    "normal, redrawn beyond two std",
    make<Normal<true>>,
    {"-", "TruncatedNormal", "drawn as trunc_normal_ within two deviations"}};
const InitializerType trunc_normal_initializer{
    "trunc_normal",
    "normal, redrawn outside of a to b, as PyTorch",
    make<TruncNormal>,
    {"trunc_normal_", "-", "Keras' random numbers give none, --streams torch does"}};

}  // namespace nn

// SPDX-License-Identifier: MIT
// Adagrad. torch.optim.Adagrad: sums start at 0, epsilon outside the root; Keras: sums start at 0.1, epsilon inside.
#include <array>
#include <utility>

#include "optim/common_options.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Adagrad final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.outer("lr", rate_).in("keras", "0.001").named_rule("adagrad_rate");
    set.add("lr-decay", rate_decay_, "X", "the rate is divided by 1 + (step - 1) X")
        .called("pytorch", "lr_decay")
        .lacks("keras", "PyTorch's: the rate is divided by a number that grows with the steps");
    declare_epsilon(set, epsilon_).in("keras", "1e-7").named_rule("adagrad_epsilon");
    set.add("start", start_, "X", "initial value of the sums of squares")
        .in("keras", "0.1")
        .named_rule("adagrad_start")
        .called("initial_accumulator_value");
    declare_decay(set, decay_, decoupled_);
    declare_epsilon_inside(set, inside_, "add eps under the root (Keras)");
    declare_float_constants(set, float_constants_,
                            "round start and the factor of a decoupled weight decay to float32 (Keras)");
  }
  void check() const override {
    check_not_negative("lr-decay", rate_decay_);
    check_positive("eps", epsilon_);
    check_not_negative("start", start_);
    check_not_negative("weight-decay", decay_);
  }
  double default_rate() const override { return rate_; }
  double initial(size_t) const override { return constant_of(start_, float_constants_); }
  const char* formula() const override { return "adagrad"; }
  std::vector<std::string> slots() const override { return {"sum"}; }
  std::span<const double> constants(int64_t step, double rate) override {
    c_ = {decoupled_ ? 0 : decay_, decoupled_ ? 1 - rate * constant_of(decay_, float_constants_) : 1,
          rate / (1 + static_cast<double>(step - 1) * rate_decay_), 0, epsilon_};
    if (inside_) std::swap(c_[3], c_[4]);
    return c_;
  }

 private:
  double rate_ = 1e-2, start_ = 0, rate_decay_ = 0, epsilon_ = 1e-10, decay_ = 0;
  bool inside_ = false, decoupled_ = false, float_constants_ = false;
  std::array<double, 5> c_{};
};

}  // namespace

extern const OptimizerType adagrad_optimizer;
const OptimizerType adagrad_optimizer{"adagrad",
                                      "gradients divided by the root of their sum of squares",
                                      [] { return std::unique_ptr<Optimizer>(new Adagrad); },
                                      {"Adagrad", "Adagrad"}};

}  // namespace nn

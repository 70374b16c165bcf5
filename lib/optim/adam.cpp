// SPDX-License-Identifier: MIT
// Adam (Kingma, Ba 2015) and AdamW (Loshchilov, Hutter 2019). torch.optim: epsilon after the bias correction, weight
// decay of adam added to the gradient; Keras: epsilon before it ("epsilon hat"), weight decay always decoupled.
#include <array>
#include <cmath>

#include "optim/common_options.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

template <bool w>
class Adam final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    declare_betas(set, beta1_, beta2_);
    declare_epsilon(set, epsilon_).in("keras", "1e-7").named_rule("epsilon");
    if (w)
      set.add("weight-decay", decay_, "X", "subtracts rate * X * weight from the weights in each step")
          .in("keras", "0.004")
          .named_rule("adamw_decay")
          .called("weight_decay");
    else
      declare_decay(set, decay_, decoupled_);
    declare_epsilon_inside(set, inside_, "add eps before the bias correction (Keras)");
    declare_float_constants(set, float_constants_, "compute powers of the betas from float32 numbers (Keras)");
    set.flag("amsgrad", amsgrad_, "divide by the largest mean squared gradient so far").called("amsgrad");
  }
  void check() const override {
    check_share("beta1", beta1_);
    check_share("beta2", beta2_);
    check_positive("eps", epsilon_);
    check_not_negative("weight-decay", decay_);
  }
  void in_float(bool yes) override { float_powers_ = yes && float_constants_; }
  const char* formula() const override { return amsgrad_ ? "adam_amsgrad" : "adam"; }
  std::vector<std::string> slots() const override {
    if (amsgrad_) return {"m", "v", "v_max"};
    return {"m", "v"};
  }
  void set_momentum(double momentum) override { beta1_ = momentum; }
  std::span<const double> constants(int64_t step, double rate) override {
    const double t = static_cast<double>(step);
    const double first = 1 - power(beta1_, t), second = std::sqrt(1 - power(beta2_, t));
    c_ = {decoupled_ ? 0 : decay_,
          decoupled_ ? 1 - rate * constant_of(decay_, float_constants_) : 1,
          1 - beta1_,
          beta2_,
          1 - beta2_,
          rate / first,
          1 / second,
          epsilon_};
    if (inside_) c_[5] = float_powers_ ? float_rate(rate, t) : rate * second / first, c_[6] = 1;
    return c_;
  }

 private:
  double power(double beta, double t) const { return std::pow(constant_of(beta, float_constants_), t); }
  /// Keras' rate of the step, each operation rounded to float32: at the first steps, where 1 - beta2^t is small, it is
  /// as much as 1e-5 away from the exact one.
  double float_rate(double rate, double t) const {
    const auto rest = [&](double beta) { return 1 - static_cast<float>(power(beta, t)); };
    return static_cast<float>(rate) * std::sqrt(rest(beta2_)) / rest(beta1_);
  }

  double beta1_ = 0.9, beta2_ = 0.999, epsilon_ = 1e-8, decay_ = w ? 0.01 : 0;
  bool amsgrad_ = false, inside_ = false, float_constants_ = false, float_powers_ = false, decoupled_ = w;
  std::array<double, 8> c_{};
};

}  // namespace

extern const OptimizerType adam_optimizer, adamw_optimizer;
const OptimizerType adam_optimizer{"adam",
                                   "Adam: gradients scaled by running means of their first and second moments",
                                   [] { return std::unique_ptr<Optimizer>(new Adam<false>); },
                                   {"Adam", "Adam"}};
const OptimizerType adamw_optimizer{"adamw",
                                    "Adam with decoupled weight decay",
                                    [] { return std::unique_ptr<Optimizer>(new Adam<true>); },
                                    {"AdamW", "AdamW"}};

}  // namespace nn

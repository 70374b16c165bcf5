// SPDX-License-Identifier: MIT
// Nadam (Dozat 2016). The product U of the momenta grows with the steps taken: it is a scalar of the state. torch keeps
// it in float32, Keras its constants.
#include <array>
#include <cmath>

#include "base/error.h"
#include "optim/common_options.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Nadam final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.outer("lr", rate_).in("keras", "0.001").named_rule("nadam_rate");
    declare_betas(set, beta1_, beta2_);
    declare_epsilon(set, epsilon_).in("keras", "1e-7").named_rule("epsilon");
    set.add("momentum-decay", momentum_decay_, "X", "how fast the momentum approaches beta1")
        .in("keras", "1")
        .named_rule("nadam_momentum_decay")
        .called("pytorch", "momentum_decay");
    declare_decay(set, decay_, decoupled_);
    declare_float_constants(set, float_constants_,
                            "round the constants to float32 (Keras), otherwise the product of the momenta (PyTorch)");
  }
  void check() const override {
    check_share("beta1", beta1_);
    check_share("beta2", beta2_);
    check_positive("eps", epsilon_);
    check_not_negative("momentum-decay", momentum_decay_);
    check_not_negative("weight-decay", decay_);
  }
  void in_float(bool yes) override { float_powers_ = yes && float_constants_; }
  double default_rate() const override { return rate_; }
  const char* formula() const override { return "nadam"; }
  std::vector<std::string> slots() const override { return {"m", "v"}; }
  void set_momentum(double momentum) override { beta1_ = momentum; }
  std::span<const double> constants(int64_t step, double rate) override {
    const double t = static_cast<double>(step), u = momentum(t), next = momentum(t + 1);
    const double beta1 = constant_of(beta1_, float_constants_), beta2 = constant_of(beta2_, float_constants_);
    // Keras takes the exact beta1 and 0.96 for its product, the rounded ones everywhere else; torch a float32 momentum.
    product_ =
        float_constants_ ? product_ * beta1_ * warm_up(t, 0.96) : constant_of(product_ * constant_of(u, true), true);
    const double power = constant_of(std::pow(beta2, t), float_powers_);
    c_ = {decoupled_ ? 0 : decay_,
          decoupled_ ? 1 - rate * constant_of(decay_, float_constants_) : 1,
          1 - beta1,
          beta2,
          1 - beta2,
          rate * (1 - u) / (1 - product_),
          rate * next / (1 - product_ * next),
          1 / std::sqrt(1 - power),
          epsilon_};
    return c_;
  }
  std::vector<double> scalars() const override { return {product_}; }
  void restore_scalars(std::span<const double> saved) override {
    if (saved.size() != 1)
      throw Error("nadam: expected one saved number, found " + value_text(static_cast<uint64_t>(saved.size())));
    product_ = saved[0];
  }

 private:
  double momentum(double t) const {
    return constant_of(beta1_, float_constants_) * warm_up(t, constant_of(0.96, float_constants_));
  }
  double warm_up(double t, double base) const { return 1 - 0.5 * std::pow(base, t * momentum_decay_); }

  double rate_ = 2e-3, beta1_ = 0.9, beta2_ = 0.999, epsilon_ = 1e-8, momentum_decay_ = 4e-3, decay_ = 0;
  double product_ = 1;
  bool decoupled_ = false, float_constants_ = false, float_powers_ = false;
  std::array<double, 9> c_{};
};

}  // namespace

extern const OptimizerType nadam_optimizer;
const OptimizerType nadam_optimizer{
    "nadam", "Adam with Nesterov momentum", [] { return std::unique_ptr<Optimizer>(new Nadam); }, {"NAdam", "Nadam"}};

}  // namespace nn

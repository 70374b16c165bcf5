// SPDX-License-Identifier: MIT
// Adam (Kingma, Ba 2015) and AdamW (Loshchilov, Hutter 2019) as torch.optim: epsilon after the bias correction.
#include <array>
#include <cmath>

#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

template <bool decoupled>
class Adam final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.add("beta1", beta1_, "X", "memory of the mean gradient");
    set.add("beta2", beta2_, "X", "memory of the mean square");
    set.add("eps", epsilon_, "X", "added to the root");
    set.add("weight-decay", decay_, "X", decoupled ? "weights shrink by rate * X each step" : "adds X * weight to the gradient");
    set.flag("amsgrad", amsgrad_, "divide by the largest mean square so far");
  }
  void check() const override {
    check_share("beta1", beta1_);
    check_share("beta2", beta2_);
    check_positive("eps", epsilon_);
    check_not_negative("weight-decay", decay_);
  }
  const char* formula() const override { return amsgrad_ ? "adam_amsgrad" : "adam"; }
  std::vector<std::string> slots() const override {
    if (amsgrad_) return {"m", "v", "v_max"};
    return {"m", "v"};
  }
  void set_momentum(double momentum) override { beta1_ = momentum; }
  std::span<const double> constants(int64_t step, double rate) override {
    const double t = static_cast<double>(step);
    c_ = {decoupled ? 0 : decay_, decoupled ? 1 - rate * decay_ : 1, 1 - beta1_, beta2_, 1 - beta2_,
          rate / (1 - std::pow(beta1_, t)), 1 / std::sqrt(1 - std::pow(beta2_, t)), epsilon_};
    return c_;
  }

 private:
  double beta1_ = 0.9, beta2_ = 0.999, epsilon_ = 1e-8, decay_ = decoupled ? 0.01 : 0;
  bool amsgrad_ = false;
  std::array<double, 8> c_{};
};

}  // namespace

extern const OptimizerType adam_optimizer, adamw_optimizer;
const OptimizerType adam_optimizer{"adam", "adaptive moments", [] { return std::unique_ptr<Optimizer>(new Adam<false>); }};
const OptimizerType adamw_optimizer{"adamw", "adam with decoupled weight decay", [] { return std::unique_ptr<Optimizer>(new Adam<true>); }};

}  // namespace nn

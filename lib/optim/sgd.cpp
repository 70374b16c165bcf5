// SPDX-License-Identifier: MIT
// Stochastic gradient descent. torch.optim.SGD: b = momentum b + (1 - dampening) g, undamped at the first step, and the
// rate applies to b; Keras: the rate is part of what b adds up, so that old moves keep the rate they were made with.
#include <array>

#include "base/error.h"
#include "optim/common_options.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Sgd final : public Optimizer {
 public:
  double default_rate() const override { return rate_; }
  void options(OptionSet& set) override {
    set.outer("lr", rate_).in("keras", "0.01").named_rule("sgd_rate");
    set.add("momentum", momentum_, "X", "fraction of the last update that is kept").called("momentum");
    set.flag("nesterov", nesterov_, "use Nesterov momentum").called("nesterov");
    set.add("dampening", dampening_, "X", "fraction of the gradient that does not enter the momentum")
        .called("pytorch", "dampening")
        .lacks("keras", "PyTorch's: the share of the gradient that the momentum leaves out");
    declare_decay(set, decay_, decoupled_);
    set.flag("rate-in-momentum", rate_in_momentum_, "the momentum contains the learning rate of its step (Keras)")
        .in("keras", "true")
        .named_rule("rate_in_momentum");
    declare_float_constants(set, float_constants_, "round the momentum factor to float32 (Keras)");
  }
  void check() const override {
    check_share("momentum", momentum_);
    check_share("dampening", dampening_);
    check_not_negative("weight-decay", decay_);
    if (nesterov_ && (momentum_ == 0 || dampening_ != 0))
      throw UsageError("nesterov needs momentum above 0 and no dampening");
  }
  const char* formula() const override { return !moves() ? "sgd" : nesterov_ ? "sgd_nesterov" : "sgd_momentum"; }
  std::vector<std::string> slots() const override {
    return moves() ? std::vector<std::string>{"momentum"} : std::vector<std::string>{};
  }
  void set_momentum(double momentum) override {
    momentum_ = momentum;
    scheduled_ = true;
  }
  std::span<const double> constants(int64_t step, double rate) override {
    const double coupled = decoupled_ ? 0 : decay_,
                 keep = decoupled_ ? 1 - rate * constant_of(decay_, float_constants_) : 1;
    if (!moves()) {
      c_ = {coupled, keep, rate};
      return std::span(c_).first(3);
    }
    const double gain = step == 1 ? 1.0 : 1 - dampening_, momentum = constant_of(momentum_, float_constants_);
    if (rate_in_momentum_)
      c_ = {coupled, keep, momentum, gain * rate, 1};
    else
      c_ = {coupled, keep, momentum, gain, rate};
    return c_;
  }

 private:
  bool moves() const { return momentum_ > 0 || scheduled_; }

  double momentum_ = 0, dampening_ = 0, decay_ = 0;
  double rate_ = 1e-3;
  bool nesterov_ = false, scheduled_ = false, rate_in_momentum_ = false, decoupled_ = false, float_constants_ = false;
  std::array<double, 5> c_{};
};

}  // namespace

extern const OptimizerType sgd_optimizer;
const OptimizerType sgd_optimizer{"sgd",
                                  "gradient descent with momentum",
                                  [] { return std::unique_ptr<Optimizer>(new Sgd); },
                                  {"SGD", "SGD", "", "momentum nesterov gradient_descent"}};

}  // namespace nn

// SPDX-License-Identifier: MIT
// Stochastic gradient descent as torch.optim.SGD: b = momentum b + (1 - dampening) g, undamped at the first step.
#include <array>

#include "base/error.h"
#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Sgd final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.add("momentum", momentum_, "X", "share of the last move that is kept");
    set.flag("nesterov", nesterov_, "look ahead along the momentum");
    set.add("dampening", dampening_, "X", "share of the gradient that the momentum leaves out");
    set.add("weight-decay", decay_, "X", "adds X * weight to the gradient");
  }
  void check() const override {
    check_share("momentum", momentum_);
    check_share("dampening", dampening_);
    check_not_negative("weight-decay", decay_);
    if (nesterov_ && (momentum_ == 0 || dampening_ != 0)) throw UsageError("nesterov needs momentum above 0 and no dampening");
  }
  const char* formula() const override { return !moves() ? "sgd" : nesterov_ ? "sgd_nesterov" : "sgd_momentum"; }
  std::vector<std::string> slots() const override { return moves() ? std::vector<std::string>{"momentum"} : std::vector<std::string>{}; }
  void set_momentum(double momentum) override {
    momentum_ = momentum;
    scheduled_ = true;
  }
  std::span<const double> constants(int64_t step, double rate) override {
    if (!moves()) {
      c_ = {decay_, 1, rate};
      return std::span(c_).first(3);
    }
    c_ = {decay_, 1, momentum_, step == 1 ? 1.0 : 1 - dampening_, rate};
    return c_;
  }

 private:
  bool moves() const { return momentum_ > 0 || scheduled_; }

  double momentum_ = 0, dampening_ = 0, decay_ = 0;
  bool nesterov_ = false, scheduled_ = false;
  std::array<double, 5> c_{};
};

}  // namespace

extern const OptimizerType sgd_optimizer;
const OptimizerType sgd_optimizer{"sgd", "gradient descent with momentum", [] { return std::unique_ptr<Optimizer>(new Sgd); }};

}  // namespace nn

// SPDX-License-Identifier: MIT
// Adagrad as torch.optim.Adagrad.
#include <array>

#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Adagrad final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.add("lr-decay", rate_decay_, "X", "the rate is divided by 1 + (step - 1) X");
    set.add("eps", epsilon_, "X", "added to the root");
    set.add("weight-decay", decay_, "X", "adds X * weight to the gradient");
  }
  void check() const override {
    check_not_negative("lr-decay", rate_decay_);
    check_positive("eps", epsilon_);
    check_not_negative("weight-decay", decay_);
  }
  double default_rate() const override { return 1e-2; }
  const char* formula() const override { return "adagrad"; }
  std::vector<std::string> slots() const override { return {"sum"}; }
  std::span<const double> constants(int64_t step, double rate) override {
    c_ = {decay_, 1, rate / (1 + static_cast<double>(step - 1) * rate_decay_), 0, epsilon_};
    return c_;
  }

 private:
  double rate_decay_ = 0, epsilon_ = 1e-10, decay_ = 0;
  std::array<double, 5> c_{};
};

}  // namespace

extern const OptimizerType adagrad_optimizer;
const OptimizerType adagrad_optimizer{"adagrad", "gradients divided by the root of their sum of squares",
                                      [] { return std::unique_ptr<Optimizer>(new Adagrad); }};

}  // namespace nn

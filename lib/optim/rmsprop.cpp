// SPDX-License-Identifier: MIT
// RMSprop as torch.optim.RMSprop: epsilon outside the root.
#include <array>

#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Rmsprop final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.add("alpha", alpha_, "X", "memory of the mean square (Keras: 0.9)");
    set.add("momentum", momentum_, "X", "share of the last move that is kept");
    set.add("eps", epsilon_, "X", "added to the root");
    set.flag("centered", centered_, "subtract the square of the mean gradient");
    set.add("weight-decay", decay_, "X", "adds X * weight to the gradient");
  }
  void check() const override {
    check_share("alpha", alpha_);
    check_share("momentum", momentum_);
    check_positive("eps", epsilon_);
    check_not_negative("weight-decay", decay_);
  }
  double default_rate() const override { return 1e-2; }
  const char* formula() const override {
    if (centered_) return moves() ? "rmsprop_centered_momentum" : "rmsprop_centered";
    return moves() ? "rmsprop_momentum" : "rmsprop";
  }
  std::vector<std::string> slots() const override {
    std::vector<std::string> names{"v"};
    if (centered_) names.push_back("mean");
    if (moves()) names.push_back("momentum");
    return names;
  }
  void set_momentum(double momentum) override {
    momentum_ = momentum;
    scheduled_ = true;
  }
  std::span<const double> constants(int64_t, double rate) override {
    c_ = {decay_, 1, alpha_, 1 - alpha_, 0, epsilon_, 1, rate, momentum_};
    return std::span(c_).first(moves() ? 9 : 8);
  }

 private:
  bool moves() const { return momentum_ > 0 || scheduled_; }

  double alpha_ = 0.99, momentum_ = 0, epsilon_ = 1e-8, decay_ = 0;
  bool centered_ = false, scheduled_ = false;
  std::array<double, 9> c_{};
};

}  // namespace

extern const OptimizerType rmsprop_optimizer;
const OptimizerType rmsprop_optimizer{"rmsprop", "gradients divided by their running root mean square",
                                      [] { return std::unique_ptr<Optimizer>(new Rmsprop); }};

}  // namespace nn

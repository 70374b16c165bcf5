// SPDX-License-Identifier: MIT
// RMSprop. torch.optim.RMSprop: epsilon outside the root, the rate outside the momentum; Keras: both inside.
#include <array>
#include <utility>

#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Rmsprop final : public Optimizer {
 public:
  void like(const FrameworkRules& like) override {
    rate_ = like.rmsprop_rate;
    alpha_ = like.rmsprop_memory;
    epsilon_ = like.epsilon;
    inside_ = like.epsilon_inside;
    rate_in_momentum_ = like.rate_in_momentum;
    decoupled_ = like.decoupled_decay;
    float_decay_ = like.float_constants;
  }
  void options(OptionSet& set) override {
    set.add("alpha", alpha_, "X", "decay of the mean squared gradient (Keras: 0.9)");
    set.add("momentum", momentum_, "X", "fraction of the last update that is kept");
    set.add("eps", epsilon_, "X", "added to the root, against division by 0");
    set.flag("centered", centered_, "subtract the square of the mean gradient");
    set.add("weight-decay", decay_, "X", "adds X * weight to the gradient");
    set.flag("decoupled", decoupled_, "subtract rate * weight-decay * weight from the weights instead (Keras)");
    set.flag("eps-inside", inside_, "add eps under the root (Keras)");
    set.flag("rate-in-momentum", rate_in_momentum_, "the momentum contains the learning rate of its step (Keras)");
  }
  void check() const override {
    check_share("alpha", alpha_);
    check_share("momentum", momentum_);
    check_positive("eps", epsilon_);
    check_not_negative("weight-decay", decay_);
  }
  double default_rate() const override { return rate_; }
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
    c_ = {decoupled_ ? 0 : decay_,
          decoupled_ ? 1 - rate * constant_of(decay_, float_decay_) : 1,
          alpha_,
          1 - alpha_,
          0,
          epsilon_,
          1,
          rate,
          momentum_};
    if (inside_) std::swap(c_[4], c_[5]);
    if (rate_in_momentum_) std::swap(c_[6], c_[7]);
    return std::span(c_).first(moves() ? 9 : 8);
  }

 private:
  bool moves() const { return momentum_ > 0 || scheduled_; }

  double rate_ = FrameworkRules().rmsprop_rate, alpha_ = 0.99, momentum_ = 0, epsilon_ = 1e-8, decay_ = 0;
  bool centered_ = false, scheduled_ = false, inside_ = false, rate_in_momentum_ = false, decoupled_ = false,
       float_decay_ = false;
  std::array<double, 9> c_{};
};

}  // namespace

extern const OptimizerType rmsprop_optimizer;
const OptimizerType rmsprop_optimizer{"rmsprop", "gradients divided by their running root mean square",
                                      [] { return std::unique_ptr<Optimizer>(new Rmsprop); }};

}  // namespace nn

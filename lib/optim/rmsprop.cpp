// SPDX-License-Identifier: MIT
// RMSprop. torch.optim.RMSprop: epsilon outside the root, the rate outside the momentum; Keras: both inside.
#include <array>
#include <utility>

#include "optim/common_options.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Rmsprop final : public Optimizer {
 public:
  void options(OptionSet& set) override {
    set.outer("lr", rate_).in("keras", "0.001").named_rule("rmsprop_rate");
    set.add("alpha", alpha_, "X", "decay of the mean squared gradient")
        .in("keras", "0.9")
        .named_rule("rmsprop_memory")
        .called("pytorch", "alpha")
        .called("keras", "rho");
    set.add("momentum", momentum_, "X", "fraction of the last update that is kept").called("momentum");
    declare_epsilon(set, epsilon_).in("keras", "1e-7").named_rule("epsilon");
    set.flag("centered", centered_, "subtract the square of the mean gradient").called("centered");
    declare_decay(set, decay_, decoupled_);
    declare_epsilon_inside(set, inside_, "add eps under the root (Keras)");
    set.flag("rate-in-momentum", rate_in_momentum_, "the momentum contains the learning rate of its step (Keras)")
        .in("keras", "true")
        .named_rule("rate_in_momentum");
    declare_float_constants(set, float_constants_, "round the factor of a decoupled weight decay to float32 (Keras)");
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
          decoupled_ ? 1 - rate * constant_of(decay_, float_constants_) : 1,
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

  double rate_ = 1e-2, alpha_ = 0.99, momentum_ = 0, epsilon_ = 1e-8, decay_ = 0;
  bool centered_ = false, scheduled_ = false, inside_ = false, rate_in_momentum_ = false, decoupled_ = false,
       float_constants_ = false;
  std::array<double, 9> c_{};
};

}  // namespace

extern const OptimizerType rmsprop_optimizer;
const OptimizerType rmsprop_optimizer{"rmsprop",
                                      "gradients divided by their running root mean square",
                                      [] { return std::unique_ptr<Optimizer>(new Rmsprop); },
                                      {"RMSprop", "RMSprop"}};

}  // namespace nn

// SPDX-License-Identifier: MIT
// Adagrad. torch.optim.Adagrad: sums start at 0, epsilon outside the root; Keras: sums start at 0.1, epsilon inside.
#include <array>
#include <utility>

#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

class Adagrad final : public Optimizer {
 public:
  void like(const FrameworkRules& like) override {
    rate_ = like.adagrad_rate;
    epsilon_ = like.adagrad_epsilon;
    start_ = constant_of(like.adagrad_start, like.float_constants);
    inside_ = like.epsilon_inside;
    decoupled_ = like.decoupled_decay;
    float_decay_ = like.float_constants;
  }
  void options(OptionSet& set) override {
    set.add("lr-decay", rate_decay_, "X", "the rate is divided by 1 + (step - 1) X");
    set.add("eps", epsilon_, "X", "added to the root, against division by 0");
    set.add("start", start_, "X", "initial value of the sums of squares (Keras: 0.1)");
    set.add("weight-decay", decay_, "X", "adds X * weight to the gradient");
    set.flag("decoupled", decoupled_, "subtract rate * weight-decay * weight from the weights instead (Keras)");
    set.flag("eps-inside", inside_, "add eps under the root (Keras)");
  }
  void check() const override {
    check_not_negative("lr-decay", rate_decay_);
    check_positive("eps", epsilon_);
    check_not_negative("start", start_);
    check_not_negative("weight-decay", decay_);
  }
  double default_rate() const override { return rate_; }
  double initial(size_t) const override { return start_; }
  const char* formula() const override { return "adagrad"; }
  std::vector<std::string> slots() const override { return {"sum"}; }
  std::span<const double> constants(int64_t step, double rate) override {
    c_ = {decoupled_ ? 0 : decay_, decoupled_ ? 1 - rate * constant_of(decay_, float_decay_) : 1,
          rate / (1 + static_cast<double>(step - 1) * rate_decay_), 0, epsilon_};
    if (inside_) std::swap(c_[3], c_[4]);
    return c_;
  }

 private:
  double rate_ = FrameworkRules().adagrad_rate, start_ = 0, rate_decay_ = 0, epsilon_ = 1e-10, decay_ = 0;
  bool inside_ = false, decoupled_ = false, float_decay_ = false;
  std::array<double, 5> c_{};
};

}  // namespace

extern const OptimizerType adagrad_optimizer;
const OptimizerType adagrad_optimizer{"adagrad", "gradients divided by the root of their sum of squares",
                                      [] { return std::unique_ptr<Optimizer>(new Adagrad); }};

}  // namespace nn

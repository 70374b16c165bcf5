// SPDX-License-Identifier: MIT
// Walks the table of losses: values by hand, gradients by finite differences, refusals.
#include <cmath>

#include "backend/backend.h"
#include "base/error.h"
#include "catch.h"
#include "losses/loss.h"

using namespace nn;

namespace {

/// Outputs = inputs (a reshape), so that values and gradients are those of the loss alone.
class LossAlone {
 public:
  LossAlone(const std::string& text, int64_t batch, int64_t width, int64_t classes = 0)
      : backend_(make_backend("ref", 1)) {
    graph_.values = {{Shape{width}}, {Shape{width}}};
    graph_.inputs = {{"input", 0}};
    graph_.ops = {{Reshape{}, {0}, 1, {}, "it"}};
    graph_.outputs = {1};
    append_loss(graph_, *make_loss(text), classes);
    memory_ = backend_->allocate(graph_, 0);
    PlanOptions options;
    options.batch = batch;
    options.training = true;
    options.input_gradient = true;
    plan_ = backend_->compile(graph_, options, *memory_);
  }
  Plan::Inputs in() { return plan_->inputs(); }
  double loss() {
    plan_->forward(nullptr);
    return plan_->loss();
  }
  Plan& plan() { return *plan_; }
  const Graph& graph() const { return graph_; }

 private:
  std::unique_ptr<Backend> backend_;
  Graph graph_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
};

const std::vector<float> outputs{0.5F, -1.0F, 2.0F, 1.5F, 0.25F, -0.75F};

void check_gradient(LossAlone& it) {
  it.loss();
  it.plan().backward();
  const std::vector<double> dx = it.plan().gradient(0);
  const float h = 1.0F / 1024;
  auto x = it.in().x;
  for (size_t i = 0; i < x.size(); ++i) {
    const float old = x[i];
    x[i] = old + h;
    const double above = it.loss();
    x[i] = old - h;
    const double below = it.loss();
    x[i] = old;
    CHECK(dx[i] == Approx((above - below) * 512).epsilon(1e-5).margin(1e-7));
  }
}

}  // namespace

TEST_CASE("every loss appends one op of rank 0 and knows its targets", "[losses]") {
  for (const LossType* type : loss_types()) {
    INFO(type->name);
    LossAlone it(type->name, 2, 3);
    CHECK(it.graph().has_loss());
    CHECK(it.graph().output() == 1);
    CHECK(it.graph().values.back().shape.rank() == 0);
    const bool labels = make_loss(type->name)->target_kind() == TargetKind::labels;
    CHECK(it.in().labels.size() == (labels ? 2U : 0U));
    CHECK(it.in().targets.size() == (labels ? 0U : 6U));
    CHECK(std::string(type->summary).size() > 3);
  }
}

TEST_CASE("cross_entropy with smoothing and class weights is torch's", "[losses]") {
  const std::string texts[] = {"cross_entropy", "cross_entropy,label-smoothing=0.1",
                               "cross_entropy,class-weights=1:2:0.5",
                               "cross_entropy,class-weights=1:2:0.5,label-smoothing=0.2"};
  for (const std::string& text : texts) {
    INFO(text);
    LossAlone it(text, 2, 3, 3);
    std::copy(outputs.begin(), outputs.end(), it.in().x.begin());
    it.in().labels[0] = 1;
    it.in().labels[1] = 2;
    const double smoothing = text.ends_with("0.1") ? 0.1 : text.ends_with("0.2") ? 0.2 : 0;
    const bool weighted = text.find("weights") != std::string::npos;
    const double weight[] = {1, weighted ? 2.0 : 1.0, weighted ? 0.5 : 1.0};
    double sum = 0, weights = 0;
    for (size_t n = 0; n < 2; ++n) {
      double exps = 0;
      for (size_t k = 0; k < 3; ++k) exps += std::exp(static_cast<double>(outputs[3 * n + k]));
      const auto log_p = [&](size_t k) { return static_cast<double>(outputs[3 * n + k]) - std::log(exps); };
      const size_t label = n + 1;
      sum -= (1 - smoothing) * weight[label] * log_p(label);
      for (size_t k = 0; k < 3; ++k) sum -= smoothing / 3 * weight[k] * log_p(k);
      weights += weight[label];
    }
    CHECK(it.loss() == Approx(sum / weights).epsilon(1e-9));
    check_gradient(it);
  }
}

TEST_CASE("mse and bce by hand", "[losses]") {
  const std::vector<float> targets{0, 1, 1, 0.5F, 0, 1};
  double mse = 0, bce = 0;
  for (size_t i = 0; i < 6; ++i) {
    const double x = static_cast<double>(outputs[i]), t = static_cast<double>(targets[i]);
    mse += (x - t) * (x - t) / 6;
    bce += (std::max(x, 0.0) - x * t + std::log1p(std::exp(-std::fabs(x)))) / 6;
  }
  for (const std::string text : {"mse", "bce"}) {
    INFO(text);
    LossAlone it(text, 2, 3, 3);
    std::copy(outputs.begin(), outputs.end(), it.in().x.begin());
    std::copy(targets.begin(), targets.end(), it.in().targets.begin());
    CHECK(it.loss() == Approx(text == "mse" ? mse : bce).epsilon(1e-9));
    check_gradient(it);
  }
}

TEST_CASE("losses refuse outputs that do not fit", "[losses]") {
  const auto lower = [](const std::string& text, const Shape& output, int64_t classes) {
    make_loss(text)->lower(output, classes);
  };
  CHECK_THROWS_WITH(lower("cross_entropy", {5}, 10),
                    Contains("10 classes") && Contains("5 outputs") && Contains("dense:10"));
  CHECK_THROWS_WITH(lower("cross_entropy", {6, 4, 4}, 10), Contains("6x4x4"));
  CHECK_THROWS_WITH(lower("cross_entropy,class-weights=1:2", {3}, 3), Contains("2 weights for 3 classes"));
  CHECK_THROWS_WITH(lower("mse", {3}, 2), Contains("2 targets per sample"));
  CHECK_THROWS_WITH(make_loss("crossentropy"), Contains("cross_entropy'"));
  CHECK_THROWS_WITH(make_loss("cross_entrop"), Contains("did you mean cross_entropy"));
  CHECK_THROWS_AS(make_loss("cross_entropy,label-smoothing=2"), Error);
  CHECK_THROWS_AS(make_loss("cross_entropy,class-weights=1:-2"), Error);
  CHECK_THROWS_AS(make_loss("cross_entropy,class-weights=0:0"), Error);
  Graph empty;
  CHECK_THROWS_AS(append_loss(empty, *make_loss("mse"), 0), Error);
}

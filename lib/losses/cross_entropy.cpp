// SPDX-License-Identifier: MIT
// Cross-entropy of the softmax of the network's outputs (logits) with integer labels.
#include <cmath>

#include "base/error.h"
#include "losses/loss.h"

namespace nn {
namespace {

std::vector<double> parse_weights(const std::string& text) {
  std::vector<double> weights;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    double w = 0;
    parse_value(rest.substr(0, colon), w);
    if (!(w >= 0) || !std::isfinite(w))
      throw UsageError("class-weights: a weight must be finite and not negative, found " + value_text(w));
    weights.push_back(w);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return weights;
}

class CrossEntropy final : public Loss {
 public:
  void options(OptionSet& set) override {
    set.add("label-smoothing", smoothing_, "X", "fraction of each label that is spread over all classes")
        .called("pytorch", "label_smoothing")
        .called("keras", "label_smoothing of CategoricalCrossentropy");
    set.add("class-weights", weights_, "W:W:...", "weight of each class; the mean is weighted too (PyTorch)")
        .called("pytorch", "weight")
        .called("keras", "class_weight");
    set.flag("weights-divide", weights_divide_,
             "divide by the sum of the weights (PyTorch), otherwise by the number of samples (Keras)")
        .in("keras", "false")
        .named_rule("weights_divide");
    set.add("clip", clip_, "X", "clip probabilities to X..1-X before the logarithm")
        .in("keras-jax", "1e-7")
        .in("keras-torch", "1e-7")  // on TensorFlow Keras finds the logits of a softmax, and does not clip
        .named_rule("clip_probability");
  }
  void check() const override {
    if (!(smoothing_ >= 0 && smoothing_ <= 1))
      throw UsageError("label-smoothing must lie between 0 and 1, found " + value_text(smoothing_));
    if (!(clip_ >= 0 && clip_ < 0.5)) throw UsageError("clip must lie between 0 and 0.5, found " + value_text(clip_));
    double sum = 0;
    const auto weights = parse_weights(weights_);
    for (double w : weights) sum += w;
    if (!weights.empty() && sum <= 0) throw UsageError("class-weights: at least one weight must be above 0");
  }
  TargetKind target_kind() const override { return TargetKind::labels; }
  OpParams lower(const Shape& output, int64_t classes) const override {
    if (output.rank() != 1)
      throw Error("cross_entropy: expected one output for each class, found outputs of shape " + output.text() +
                  ": end with 'flatten dense:" + (classes > 0 ? value_text(classes) : std::string("CLASSES")) + "'");
    if (classes > 0 && output[0] != classes)
      throw Error("cross_entropy: the data has " + value_text(classes) + " classes, the network has " +
                  value_text(output[0]) + (output[0] == 1 ? " output" : " outputs") +
                  ": end with 'dense:" + value_text(classes) + "'");
    auto weights = parse_weights(weights_);
    if (!weights.empty() && static_cast<int64_t>(weights.size()) != output[0])
      throw Error("cross_entropy: class-weights has " + value_text(static_cast<uint64_t>(weights.size())) +
                  " weights for " + value_text(output[0]) + " classes");
    return SoftmaxLoss{smoothing_, std::move(weights), weights_divide_, clip_};
  }

 private:
  double smoothing_ = 0, clip_ = 0;
  bool weights_divide_ = true;
  std::string weights_;
};

}  // namespace

extern const LossType cross_entropy_loss;
const LossType cross_entropy_loss{"cross_entropy",
                                  "softmax cross-entropy of logits with integer labels",
                                  [] { return std::unique_ptr<Loss>(new CrossEntropy); },
                                  {"CrossEntropyLoss", "SparseCategoricalCrossentropy", "",
                                   "ce xent crossentropy_loss categorical_crossentropy softmax_cross_entropy nll "
                                   "NLLLoss"}};

}  // namespace nn

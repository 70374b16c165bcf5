// SPDX-License-Identifier: MIT
// Losses against float targets of the output's shape: mse and bce.
#include "base/error.h"
#include "losses/loss.h"

namespace nn {
namespace {

template <class Op>
class TargetLoss final : public Loss {
 public:
  explicit TargetLoss(const char* name) : name_(name) {}
  TargetKind target_kind() const override { return TargetKind::targets; }
  OpParams lower(const Shape& output, int64_t values) const override {
    if (values > 0 && output.count() != values)
      throw Error(std::string(name_) + ": the data has " + value_text(values) + (values == 1 ? " target" : " targets") +
                  " per sample, the network has outputs of shape " + output.text() +
                  ": end with 'dense:" + value_text(values) + "'");
    return Op{};
  }

 private:
  const char* name_;
};

}  // namespace

extern const LossType mse_loss, bce_loss;
const LossType mse_loss{"mse",
                        "mean squared difference to float targets",
                        [] { return std::unique_ptr<Loss>(new TargetLoss<MseLoss>("mse")); },
                        {"MSELoss", "MeanSquaredError", "", "l2 mean_square_error"}};
const LossType bce_loss{
    "bce",
    "binary cross-entropy of logits with float targets from 0 to 1",
    [] { return std::unique_ptr<Loss>(new TargetLoss<BceLoss>("bce")); },
    {"BCEWithLogitsLoss", "BinaryCrossentropy(from_logits=True)", "", "BCELoss binary_cross_entropy logistic"}};

}  // namespace nn

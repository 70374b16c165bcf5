// SPDX-License-Identifier: MIT
// pool:mean|cls|max, the rows of a sample to one, and l2norm, a sample of length 1: what stands at the end of sentence
// encoders.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class RowPool final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("kind", kind_, "mean|cls|max",
            "the mean of the rows, the first one (of the token [CLS]), or the largest value of each column")
        .by_place()
        .called("pytorch", "(script)")
        .called("keras", "(script)");
  }
  void check() const override { kind(); }
  Rows rows() const override { return Rows::ended; }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(SegmentPool{kind()}, {x}, to.shape(x)); }

 private:
  SegmentPool::Kind kind() const {
    if (kind_ == "mean") return SegmentPool::Kind::mean;
    if (kind_ == "cls") return SegmentPool::Kind::first;
    if (kind_ == "max") return SegmentPool::Kind::max;
    throw UsageError("expected mean, cls or max, found '" + kind_ + "'");
  }
  std::string kind_ = "mean";
};

class L2NormLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("eps", epsilon_, "X", "the least length that is divided by")
        .called("pytorch", "eps")
        .called("keras", "epsilon");
  }
  void check() const override {
    if (!(epsilon_ > 0) || !std::isfinite(epsilon_))
      throw UsageError("eps must be above 0, found " + value_text(epsilon_));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(L2Norm{epsilon_}, {x}, to.shape(x)); }

 private:
  double epsilon_ = 1e-12;
};

}  // namespace

extern const LayerType pool_layer, l2norm_layer;
const LayerType pool_layer{"pool",
                           "the rows of a sample become one: their mean, the first, or the largest values",
                           [] { return std::unique_ptr<Layer>(new RowPool); },
                           {{"pool", {4}, {}, true}, {"pool:cls", {3}, {}, true}, {"pool:max", {5}, {}, true}},
                           {"(script)", "(script)", "", "pooling mean_pooling cls_pooling"}};
const LayerType l2norm_layer{"l2norm",
                             "each sample divided by its length",
                             [] { return std::unique_ptr<Layer>(new L2NormLayer); },
                             {{"l2norm", {5}}, {"l2norm:eps=0.001", {2, 3}}, {"l2norm", {4}, {}, true}},
                             {"functional.normalize", "UnitNormalization", "", "normalize unit_norm"}};

}  // namespace nn

// SPDX-License-Identifier: MIT
// flatten and reshape:CxHxW: the same values, another shape.
#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class Flatten final : public UnaryLayer {
 public:
  Shape output_shape(const Shape& x) const override { return {x.count()}; }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(Reshape{}, {x}, {to.shape(x).count()}); }
};

class ReshapeLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("shape", text_, "CxHxW", "the shape of a sample")
        .by_place()
        .must()
        .called("pytorch", "unflattened_size")
        .called("keras", "target_shape");
  }
  void check() const override { wanted(); }
  Shape output_shape(const Shape& x) const override {
    const Shape out = wanted();
    if (out.count() != x.count())
      throw Error("expected a sample of " + value_text(out.count()) + " values, found " + x.text() + " (" +
                  value_text(x.count()) + ")");
    return out;
  }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(Reshape{}, {x}, wanted()); }

 private:
  Shape wanted() const {
    std::vector<int64_t> dims;
    std::string_view rest = text_;
    for (bool more = true; more;) {
      const size_t x = rest.find('x');
      int64_t extent = 0;
      parse_value(rest.substr(0, x), extent);
      dims.push_back(extent);
      more = x != std::string_view::npos;
      if (more) rest.remove_prefix(x + 1);
      if (extent < 1 || dims.size() > 4) throw UsageError("expected a shape as 1x28x28, found '" + text_ + "'");
    }
    Shape shape(std::move(dims));
    shape.count();
    return shape;
  }

  std::string text_;
};

}  // namespace

extern const LayerType flatten_layer, reshape_layer;
const LayerType flatten_layer{"flatten",
                              "all values of a sample in one row",
                              [] { return std::unique_ptr<Layer>(new Flatten); },
                              {{"flatten", {2, 3, 4}}, {"flatten", {5}}},
                              {"Flatten", "Flatten", "", "view"}};
const LayerType reshape_layer{"reshape",
                              "the same values in another shape",
                              [] { return std::unique_ptr<Layer>(new ReshapeLayer); },
                              {{"reshape:1x4x3", {12}}, {"reshape:6", {2, 3}}},
                              {"Unflatten", "Reshape"}};

}  // namespace nn

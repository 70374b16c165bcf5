// SPDX-License-Identifier: MIT
// cat( A | B ) and concat:NAME: values one behind the other along the channels, as in Inception (Szegedy et al. 2015)
// and DenseNet (Huang et al. 2017).
#include <limits>

#include "layers/axis.h"
#include "layers/joint.h"

namespace nn {
namespace {

class Joined : public Layer {
 public:
  static constexpr const char* names_help = "earlier layers whose outputs follow, in this order";
  Shape output_shape(std::span<const Shape> x) const override {
    check_joined(x, std::numeric_limits<size_t>::max());
    const size_t axis = channels_of(x[0]);
    Shape joined = x[0];
    for (const Shape& other : x.subspan(1)) {
      Shape same = other;
      if (other.rank() == joined.rank()) same[axis] = x[0][axis];
      if (same != x[0])
        throw Error("values that differ in their number of " + std::string(axis == 0 ? "channels" : "columns") +
                    " alone can be joined, found " + x[0].text() + " and " + other.text());
      if (__builtin_add_overflow(joined[axis], other[axis], &joined[axis]))
        throw Error("more values than any memory holds");
    }
    return joined;
  }
  ValueId lower(Lowering& to, std::span<const ValueId> x) const override {
    std::vector<Shape> shapes;
    for (const ValueId value : x) shapes.push_back(to.shape(value));
    return to.op(Concat{static_cast<int64_t>(channels_of(shapes[0]))}, {x.begin(), x.end()}, output_shape(shapes));
  }
};

}  // namespace

extern const LayerType cat_layer, concat_layer;
const LayerType cat_layer{"cat",
                          "its branches joined along the channels",
                          &make_layer<Joined>,
                          {{"cat", {2, 3, 4}, {{1, 3, 4}, {3, 3, 4}}}, {"cat", {5}, {{2}}}},
                          {"cat", "Concatenate", "", "inception dense_block"},
                          Takes::bracket};
const LayerType concat_layer{
    "concat",
    "the value before it joined with the outputs of other layers along the channels",
    &make_layer<NamedJoint<Joined>>,
    {{"concat:relu1", {2, 3, 4}, {{1, 3, 4}}}, {"concat:relu1,relu2", {3, 4}, {{3, 2}, {3, 1}}}},
    {"cat, concat", "Concatenate", "", "hstack"},
    Takes::named};

}  // namespace nn

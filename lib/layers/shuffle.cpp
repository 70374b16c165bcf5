// SPDX-License-Identifier: MIT
// shuffle:GROUPS: channels of all groups in turn, so that the groups of the next convolution see each of them.
#include "base/error.h"
#include "layers/layer.h"
#include "layers/window.h"

namespace nn {
namespace {

class ShuffleLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("groups", groups_, "N", "groups of neighbouring channels")
        .by_place()
        .must()
        .called("pytorch", "groups")
        .lacks("keras", "the groups as given");
  }
  void check() const override {
    if (groups_ < 1) throw UsageError("groups must be at least 1, found " + value_text(groups_));
  }
  Shape output_shape(const Shape& x) const override {
    check_image(x);
    check_divided(x, groups_);
    return x;
  }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(Shuffle{groups_}, {x}, to.shape(x)); }

 private:
  int64_t groups_ = 0;
};

}  // namespace

extern const LayerType shuffle_layer;
const LayerType shuffle_layer{"shuffle",
                              "takes the channels of each group in turn",
                              [] { return std::unique_ptr<Layer>(new ShuffleLayer); },
                              {{"shuffle:2", {6, 2, 3}}, {"shuffle:3", {6, 1, 2}}},
                              {"ChannelShuffle", "-", "the channels in turn", "channel_shuffle"}};

}  // namespace nn

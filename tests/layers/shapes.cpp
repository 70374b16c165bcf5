// SPDX-License-Identifier: MIT
// Shapes, fans and refusals of single layers, against numbers worked out by hand.
#include "catch.h"
#include "layers/specimen.h"

using namespace nn;
using namespace nn::test;

namespace {

std::string shape_after(const std::string& text, const Shape& input) {
  return Made(text).layer->output_shape(input).text();
}

std::string refusal(const std::string& text, const Shape& input = {}) {
  try {
    const Made made(text);
    if (input.rank() > 0) made.layer->output_shape(input);
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("shapes of convolutions and pools", "[layers]") {
  CHECK(shape_after("conv:6,5", {1, 28, 28}) == "6x24x24");
  CHECK(shape_after("conv:32,3,same", {1, 28, 28}) == "32x28x28");
  CHECK(shape_after("conv:8,3,pad=1,stride=2", {3, 32, 32}) == "8x16x16");
  CHECK(shape_after("conv:8,3x5,stride=1x2", {3, 9, 11}) == "8x7x4");
  CHECK(shape_after("conv:8,3,same,stride=2", {3, 7, 8}) == "8x4x4");
  CHECK(shape_after("maxpool:2", {6, 7, 7}) == "6x3x3");
  CHECK(shape_after("maxpool:2,same", {6, 7, 7}) == "6x4x4");
  CHECK(shape_after("avgpool:3,2,pad=1", {6, 7, 7}) == "6x4x4");
  CHECK(shape_after("globalavgpool", {6, 7, 7}) == "6");
  CHECK(shape_after("flatten", {16, 4, 4}) == "256");
  CHECK(shape_after("reshape:1x28x28", {784}) == "1x28x28");
}

TEST_CASE("same puts the odd cell of padding at the bottom and right", "[layers]") {
  const Graph graph = graph_of(*Made("conv:1,4,same").layer, {1, 8, 8});
  const auto& c = std::get<Conv>(graph.ops[0].what);
  CHECK(c.pad_top == 1);
  CHECK(c.pad_left == 1);
  CHECK(c.pad_bottom == 2);
  CHECK(c.pad_right == 2);
}

TEST_CASE("fans of dense and grouped convolutions", "[layers]") {
  const Graph conv = graph_of(*Made("conv:8,3x5,groups=2").layer, {4, 9, 9});
  CHECK(conv.params[0].shape.text() == "8x2x3x5");
  CHECK(conv.params[0].fan_in == 30);
  CHECK(conv.params[0].fan_out == 120);
  CHECK(conv.params[1].fan_in == 30);
  const Graph dense = graph_of(*Made("dense:7").layer, {5});
  CHECK(dense.params[0].shape.text() == "7x5");
  CHECK(dense.params[0].fan_in == 5);
  CHECK(dense.params[0].fan_out == 7);
}

TEST_CASE("a default initialiser is for weights that name none", "[layers]") {
  const Graph plain = graph_of(*Made("dense:7").layer, {5}, "he_normal");
  CHECK(plain.params[0].init == "he_normal");
  CHECK(plain.params[1].init == "fan_in_uniform");
  const Graph own = graph_of(*Made("dense:7,init=zeros").layer, {5}, "he_normal");
  CHECK(own.params[0].init == "zeros");
  CHECK(graph_of(*Made("bn").layer, {5}, "he_normal").params[0].init == "ones");
}

TEST_CASE("layers refuse what makes no sense and say why", "[layers]") {
  CHECK(refusal("dense") == "dense: needs units: number of outputs");
  CHECK_THAT(refusal("dense:0"), Contains("at least 1, found 0"));
  CHECK_THAT(refusal("dense:abc"), Contains("abc"));
  CHECK_THAT(refusal("dense:10,init=he_norm"), Contains("did you mean he_normal"));
  CHECK_THAT(refusal("dense:10,l2=-1"), Contains("not negative"));
  CHECK_THAT(refusal("dense:10,l2=nan"), !Contains("accepted"));
  CHECK_THAT(refusal("dense:10", {1, 28, 28}), Contains("expected a flat sample, found 1x28x28: put 'flatten'"));
  CHECK_THAT(refusal("conv:6,5", {784}), Contains("expected an image (channels x height x width), found 784"));
  CHECK_THAT(refusal("conv:6,9", {1, 8, 8}), Contains("9x9 does not fit in 1x8x8"));
  CHECK_THAT(refusal("conv:6,3,same,pad=1"), Contains("'same' chooses the padding itself"));
  CHECK_THAT(refusal("conv:6,3,groups=4"), Contains("cannot be cut into 4 equal groups"));
  CHECK_THAT(refusal("conv:6,3,groups=2", {3, 8, 8}), Contains("found 3x8x8"));
  CHECK_THAT(refusal("conv:6,3x"), Contains("expected a size as 3 or 3x5"));
  CHECK_THAT(refusal("conv:6,3,stride=0"), Contains("stride must be at least 1"));
  CHECK_THAT(refusal("conv:6,9223372036854775807"), Contains("kernel"));
  CHECK_THAT(refusal("maxpool:2,pad=2"), Contains("at most half of the window"));
  CHECK_THAT(refusal("dropout:1"), Contains("below 1, found 1"));
  CHECK_THAT(refusal("dropout:-0.1"), Contains("at least 0"));
  CHECK_THAT(refusal("bn:eps=0"), Contains("eps must lie between 0 and 1"));
  CHECK_THAT(refusal("softmax", {3, 4}), Contains("found 3x4"));
  CHECK_THAT(refusal("reshape:2x3", {7}), Contains("6 values, found 7"));
  CHECK_THAT(refusal("reshape:0x3"), Contains("expected a shape as 1x28x28"));
  CHECK_THAT(refusal("dense:9000000000000000000", {100}), !Contains("accepted"));
}

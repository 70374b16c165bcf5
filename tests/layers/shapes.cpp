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
  CHECK(shape_after("maxpool:3,2,ceil", {6, 8, 7}) == "6x4x3");
  CHECK(shape_after("maxpool:2,ceil", {6, 1, 5}) == "6x1x3");
  CHECK(shape_after("maxpool:1,3,ceil", {1, 3, 4}) == "1x1x2");  // a window at 3 would begin behind the input
  CHECK(shape_after("avgpool:2,3,pad=1,ceil", {1, 5, 6}) == "1x2x3");
  CHECK(shape_after("globalavgpool", {6, 7, 7}) == "6");
  CHECK(shape_after("globalmaxpool", {6, 7, 5}) == "6");
  CHECK(shape_after("conv:16,64x1,stride=4x1", {1, 256, 3}) == "16x49x3");
  CHECK(shape_after("conv:2,3,pad=1:0:2:0", {1, 5, 5}) == "2x4x5");
  CHECK(shape_after("conv:2,3,dilation=2", {1, 7, 8}) == "2x3x4");
  CHECK(shape_after("conv:2,3x2,dilation=2x3,same", {1, 7, 8}) == "2x7x8");
  CHECK(shape_after("maxpool:2,1,dilation=3", {1, 7, 8}) == "1x4x5");
  CHECK(shape_after("maxpool:2,pad=0:1:0:1", {1, 5, 7}) == "1x3x4");
  CHECK(shape_after("avgpool:1x4,1x2", {1, 5, 8}) == "1x5x3");
  CHECK(shape_after("slice:1,3", {4, 2, 5}) == "2x2x5");
  CHECK(shape_after("slice:1,4", {7, 4}) == "7x3");
  CHECK(shape_after("slice:0,6", {6}) == "6");
  CHECK(shape_after("flatten", {16, 4, 4}) == "256");
  CHECK(shape_after("reshape:1x28x28", {784}) == "1x28x28");
}

TEST_CASE("shapes of transposed convolutions and larger images", "[layers]") {
  CHECK(shape_after("upsample:2", {3, 4, 5}) == "3x8x10");
  CHECK(shape_after("upsample:1x3,bilinear", {3, 4, 5}) == "3x4x15");
  CHECK(shape_after("deconv:6,3", {2, 4, 5}) == "6x6x7");
  CHECK(shape_after("deconv:6,2,stride=2", {2, 4, 5}) == "6x8x10");
  CHECK(shape_after("deconv:6,3,stride=2,pad=1,out-pad=1", {2, 4, 5}) == "6x8x10");
  CHECK(shape_after("deconv:6,3,stride=2,pad=1:0:0:1", {2, 4, 5}) == "6x8x10");
  CHECK(shape_after("deconv:6,3,dilation=2", {2, 4, 5}) == "6x8x9");
  CHECK(shape_after("deconv:6,5,stride=3,same", {2, 4, 5}) == "6x12x15");
  CHECK(shape_after("deconv:6,2,stride=3", {2, 4, 5}) == "6x11x14");
  CHECK(shape_after("deconv:6,2,stride=3,whole-strides", {2, 4, 5}) == "6x12x15");
}

TEST_CASE("pad gives the four sides by their names", "[layers]") {
  const Graph graph = graph_of(*Made("conv:1,4,pad=1:2:3:0").layer, {1, 8, 8});
  const auto& c = std::get<Conv>(graph.ops[0].what);
  CHECK(c.pad_top == 1);
  CHECK(c.pad_bottom == 2);
  CHECK(c.pad_left == 3);
  CHECK(c.pad_right == 0);
  CHECK(spec_text("conv", *Made("conv:1,4,pad=1:2:3:0").options, ':') == "conv:1,4,pad=1:2:3:0");
  CHECK(spec_text("conv", *Made("conv:1,4,pad=2:2:1:1").options, ':') == "conv:1,4,pad=2x1");
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
  const Graph deconv = graph_of(*Made("deconv:8,3x5,groups=2").layer, {4, 9, 9});
  CHECK(deconv.params[0].shape.text() == "4x4x3x5");
  CHECK(deconv.params[0].fan_in == 60);  // as torch and Keras count: of the axis that is a convolution's input
  CHECK(deconv.params[0].fan_out == 60);
  CHECK(deconv.params[1].shape.text() == "8");
  CHECK(deconv.params[1].fan_in == 60);
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
  CHECK_THAT(refusal("conv:6,2097152"), Contains("kernel must be at most 1048576, found 2097152"));
  CHECK_THAT(refusal("conv:6,3,dilation=0"), Contains("dilation must be at least 1, found 0"));
  CHECK_THAT(refusal("conv:6,3,dilation=4", {1, 8, 9}),
             Contains("9x9 does not fit in 1x8x9: give a smaller kernel or dilation or more padding"));
  CHECK_THAT(refusal("conv:6,3,pad=1:2:3"), Contains("TOP:BOTTOM:LEFT:RIGHT, found '1:2:3'"));
  CHECK_THAT(refusal("conv:6,3,pad=1:2:3:x"), Contains("TOP:BOTTOM:LEFT:RIGHT, found '1:2:3:x'"));
  CHECK_THAT(refusal("conv:6,3,pad=0:0:-1:0"), Contains("pad must not be negative, found 0:0:-1:0"));
  CHECK_THAT(refusal("conv:6,3,same,pad=0:0:0:1"), Contains("'same' chooses the padding itself"));
  CHECK_THAT(refusal("maxpool:2,same,ceil"), Contains("'same' chooses the padding itself: leave out ceil or same"));
  CHECK_THAT(refusal("maxpool:4,2,ceil", {1, 2, 8}), Contains("a window of 4x4 does not fit in 1x2x8"));
  CHECK_THAT(refusal("conv:3,3,ceil"), Contains("ceil"));
  CHECK_THAT(refusal("maxpool:2,pad=2"), Contains("at most half of the window"));
  CHECK_THAT(refusal("maxpool:2,pad=0:0:0:2"), Contains("half of the window 2, found 0:0:0:2"));
  CHECK_THAT(refusal("maxpool:2,1,dilation=2,pad=1", {1, 1, 4}), Contains("holds nothing but padding on 1x1x4"));
  CHECK(refusal("maxpool:2,1,dilation=2,pad=1", {1, 2, 4}) == "accepted");
  CHECK_THAT(refusal("avgpool:2,dilation=2"), Contains("dilation"));
  CHECK_THAT(refusal("globalmaxpool", {7}), Contains("expected an image (channels x height x width), found 7"));
  CHECK_THAT(refusal("deconv:6,3,pad=3", {1, 2, 2}), Contains("nothing of 1x2x2 is left where 3 is cut off"));
  CHECK_THAT(refusal("deconv:6,3,same,out-pad=1"), Contains("'same' chooses the size itself"));
  CHECK_THAT(refusal("deconv:6,3,out-pad=-1"), Contains("out-pad must lie between 0 and 1048576, found -1"));
  CHECK_THAT(refusal("deconv:6,3,groups=3", {4, 2, 2}), Contains("groups=3 divides, found 4x2x2"));
  CHECK_THAT(refusal("upsample:0"), Contains("factor must lie between 1 and 1024, found 0"));
  CHECK_THAT(refusal("upsample:2", {4}), Contains("expected an image"));
  CHECK_THAT(refusal("shuffle:4", {6, 2, 2}), Contains("groups=4 divides, found 6x2x2"));
  CHECK_THAT(refusal("shuffle:0"), Contains("groups must be at least 1, found 0"));
  CHECK(refusal("slice:2,7", {6, 2, 9}) == "expected at least 7 channels, found 6x2x9");
  CHECK(refusal("slice:2,7", {9, 6}) == "expected at least 7 columns, found 9x6");
  CHECK(refusal("slice:2,7", {6}) == "expected at least 7 channels, found 6");
  CHECK_THAT(refusal("slice:-1,2"), Contains("begin must be at least 0, found -1"));
  CHECK_THAT(refusal("slice:2,2"), Contains("end must be above begin, found 2 and 2"));
  CHECK_THAT(refusal("slice:2"), Contains("needs end"));
  CHECK_THAT(refusal("gn:4", {6, 2, 2}), Contains("groups=4 divides, found 6x2x2"));
  CHECK_THAT(refusal("gn:2", {4, 3}), Contains("expected a flat sample or an image, found 4x3"));
  CHECK_THAT(refusal("gn"), Contains("needs groups"));
  CHECK_THAT(refusal("clip:1"), Contains("needs max"));
  CHECK_THAT(refusal("clip:2,1"), Contains("min must be below max, both finite, found 2 and 1"));
  CHECK_THAT(refusal("clip:0,inf"), !Contains("accepted"));
  CHECK_THAT(refusal("scale:nan"), !Contains("accepted"));
  CHECK_THAT(refusal("droppath:1"), Contains("below 1, found 1"));
  CHECK_THAT(refusal("softmax:axis=2", {3, 4}), Contains("expected an axis from -2 to 1 of a sample of 3x4, found 2"));
  CHECK_THAT(refusal("softmax:axis=rows"), Contains("axis must be channel, or a number as 0 or -1, found 'rows'"));
  CHECK_THAT(refusal("layernorm:axis=-4", {3, 4, 5}), Contains("found -4"));
  CHECK_THAT(refusal("layernorm:axis=channel", {3, 4}), Contains("expected an image"));
  CHECK_THAT(refusal("dropout:1"), Contains("below 1, found 1"));
  CHECK_THAT(refusal("dropout:-0.1"), Contains("at least 0"));
  CHECK_THAT(refusal("bn:eps=0"), Contains("eps must lie between 0 and 1"));
  CHECK_THAT(refusal("softmax", {3, 4}), Contains("found 3x4"));
  CHECK_THAT(refusal("reshape:2x3", {7}), Contains("6 values, found 7"));
  CHECK_THAT(refusal("reshape:0x3"), Contains("expected a shape as 1x28x28"));
  CHECK_THAT(refusal("dense:9000000000000000000", {100}), !Contains("accepted"));
}

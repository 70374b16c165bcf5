// SPDX-License-Identifier: MIT
// The layer language: words, repeats, places, and the messages for what is wrong.
#include "base/error.h"
#include "catch.h"
#include "model/network.h"
#include "refusal.h"

using namespace nn;
using nn_test::Refusal;

namespace {

std::string words_of(const std::string& text) {
  std::string joined;
  for (const LayerWord& w : parse_layers(text)) joined += (joined.empty() ? "" : " ") + w.text;
  return joined;
}

Refusal refusal(const std::string& text, const Shape& input = {1, 28, 28}) { return nn_test::refusal_on(input, text); }

}  // namespace

TEST_CASE("words, blanks, comments and repeats", "[language]") {
  CHECK(words_of("relu  tanh\n\trelu\r\n") == "relu tanh relu");
  CHECK(words_of("# first\nrelu # rest ( of line\ntanh#x\nrelu") == "relu tanh relu");
  CHECK(words_of("2*( relu tanh )") == "relu tanh relu tanh");
  CHECK(words_of("2*(relu) tanh") == "relu relu tanh");
  CHECK(words_of("2* ( relu 3*(tanh) )\n# end") == "relu tanh tanh tanh relu tanh tanh tanh");
  CHECK(words_of("conv:32,3,stride=2x1 dense:10") == "conv:32,3,stride=2x1 dense:10");
}

TEST_CASE("words know their line and column, also in repeats", "[language]") {
  const auto words = parse_layers("relu\n  2*( tanh\n\xC3\xA9 )");
  REQUIRE(words.size() == 5);
  CHECK(words[0].line == 1);
  CHECK(words[0].column == 1);
  CHECK(words[1].line == 2);
  CHECK(words[1].column == 7);
  CHECK(words[3].column == 7);
  CHECK(words[2].line == 3);
  CHECK(words[2].column == 1);
}

TEST_CASE("malformed text is refused with its place", "[language]") {
  const std::pair<const char*, const char*> golden[] = {
      {"", "layers: there is no layer, expected as 'dense:128 relu dense:10'"},
      {"# only\n", "layers: there is no layer, expected as 'dense:128 relu dense:10'"},
      {"relu )", "layers: line 1, column 6: ')' without a repeat before it: write 3*( ... )"},
      {"(relu)", "layers: line 1, column 1: '(' without a count before it: write 3*( ... )"},
      {"relu\n 3*( tanh", "layers: line 2, column 2: the repeat '3*(' is not closed: ')' is missing"},
      {"3* relu", "layers: line 1, column 4: expected '(' after '3*'"},
      {"3 relu", "layers: line 1, column 1: expected a layer or a repeat as 3*( ... ), found a number"},
      {"dense 128",
       "layers: line 1, column 7: expected a layer or a repeat as 3*( ... ), found a number; arguments follow ':' "
       "without blanks: write 'dense:128'"},
      {"relu\nconv 32 3 3*( relu )",
       "layers: line 2, column 6: expected a layer or a repeat as 3*( ... ), found a number; arguments follow ':' "
       "without blanks: write 'conv:32,3'"},
      {"conv:32 3x3",
       "layers: line 1, column 9: expected a layer or a repeat as 3*( ... ), found a number; arguments follow ':' "
       "without blanks: write 'conv:32,3x3'"},
      {"dropout 0.5",
       "layers: line 1, column 9: expected a layer or a repeat as 3*( ... ), found a number; arguments follow ':' "
       "without blanks: write 'dropout:0.5'"},
      {"0*( relu )", "layers: line 1, column 1: a repeat needs a count of at least 1"},
      {"2*( )", "layers: line 1, column 1: a repeat without layers"},
      {"99999999999999999999*(relu)", "layers: line 1, column 1: more than 10000 repeats"},
      {"100*(100*(relu relu))", "layers: line 1, column 1: more than 10000 layers"},
      {"dense(10)", "layers: line 1, column 6: '(' after 'dense': arguments follow ':', write 'dense:10'"},
      {"conv(32, 3)", "layers: line 1, column 5: '(' after 'conv': arguments follow ':', write 'conv:32,3'"},
      {"Conv2D(32, 3)",
       "layers: line 1, column 7: '(' after 'Conv2D': arguments follow ':', here it is 'conv', as in 'conv:3,3'"},
      {"dense(10, activation='relu')",
       "layers: line 1, column 6: '(' after 'dense': arguments follow ':', as in 'dense:7'"},
      {"blob(3)", "layers: line 1, column 5: '(' after 'blob': arguments follow ':', as in conv:32,3"},
  };
  for (const auto& [text, message] : golden) {
    INFO(text);
    const Refusal r = refusal(text);
    CHECK(r.message == message);
    CHECK(r.status == Exit::usage);
  }
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "1*(";
  CHECK_THAT(refusal(deep).message, Contains("more than 16 repeats and brackets inside one another"));
  CHECK_THAT(refusal(std::string(100'000, 'a')).message, Contains("at most 60000 are read"));
}

TEST_CASE("wrong words: line, column, word and what is wrong", "[language]") {
  const std::pair<const char*, const char*> golden[] = {
      {"relu\ndanse:10", "layers: line 2, column 1: 'danse:10': unknown layer 'danse' (did you mean dense?)"},
      {"dense:128,iniit=zeros",
       "layers: line 1, column 1: 'dense:128,iniit=zeros': dense: unknown option 'iniit' (did you mean init?)"},
      {"linear:128",
       "layers: line 1, column 1: 'linear:128': unknown layer 'linear': here it is 'dense' (nn-layers(7))"},
      {"ReLU", "layers: line 1, column 1: 'ReLU': unknown layer 'ReLU': here it is 'relu' (nn-layers(7))"},
      {"dense:out_features=10",
       "layers: line 1, column 1: 'dense:out_features=10': dense: unknown option 'out_features': here it is 'units' "
       "(nn-frameworks(7))"},
      {"conv:32,3,same,relu",
       "layers: line 1, column 1: 'conv:32,3,same,relu': 'relu' is a layer of its own: write 'conv:32,3,same relu'"},
      {"dense:64,relu,dropout",
       "layers: line 1, column 1: 'dense:64,relu,dropout': 'relu' is a layer of its own: write 'dense:64 relu "
       "dropout'"},
      {"dense:64,activation=relu,init=zeros",
       "layers: line 1, column 1: 'dense:64,activation=relu,init=zeros': 'activation=relu' is a layer of its own: "
       "write 'dense:64,init=zeros relu'"},
      {"flatten dense", "layers: line 1, column 9: 'dense': dense: needs units: number of outputs"},
  };
  for (const auto& [text, message] : golden) {
    INFO(text);
    const Refusal r = refusal(text);
    CHECK(r.message == message);
    CHECK(r.status == Exit::usage);
  }
  CHECK_THAT(refusal("relu:name=a/b").message, Contains("expected letters, digits"));
  CHECK_THAT(refusal("relu:name=..").message, Contains("expected letters, digits"));
  CHECK_THAT(refusal("2*( relu:name=a )").message, Contains("the name 'a' is taken"));
  CHECK_THAT(refusal("tanh:name=relu1 relu").message, Contains("'relu1'"));
  CHECK(refusal("relu\x1b[31m").message.find('\x1b') == std::string::npos);
}

TEST_CASE("words of PyTorch and Keras are answered by ours", "[language]") {
  const std::pair<const char*, const char*> golden[] = {
      {"linear", "dense"},
      {"fc", "dense"},
      {"Dense", "dense"},
      {"fully_connected", "dense"},
      {"batchnorm", "bn"},
      {"batchnorm2d", "bn"},
      {"BatchNorm1d", "bn"},
      {"BatchNormalization", "bn"},
      {"batch_norm", "bn"},
      {"conv2d", "conv"},
      {"Conv2D", "conv"},
      {"nn.Conv2d", "conv"},
      {"ReLU", "relu"},
      {"LeakyReLU", "leaky_relu"},
      {"avgpool2d", "avgpool"},
      {"AveragePooling2D", "avgpool"},
      {"MaxPooling2D", "maxpool"},
      {"max_pool2d", "maxpool"},
      {"AdaptiveAvgPool2d", "globalavgpool"},
      {"GlobalAveragePooling2D", "globalavgpool"},
      {"swish", "silu"},
      {"LayerNorm", "layernorm"},
      {"layer_normalization", "layernorm"},
      {"Flatten", "flatten"},
      {"Dropout", "dropout"},
      {"Softmax", "softmax"},
  };
  for (const auto& [theirs, ours] : golden) {
    INFO(theirs);
    CHECK_THAT(refusal(theirs).message,
               Contains("unknown layer '" + std::string(theirs) + "': here it is '" + ours + "' (nn-layers(7))"));
    CHECK_THROWS_WITH(find_layers(theirs), Contains("here it is '" + std::string(ours) + "'"));
  }
}

TEST_CASE("a byte order mark before layers is passed over", "[language]") {
  CHECK(words_of("\xEF\xBB\xBF"
                 "relu tanh") == "relu tanh");
  CHECK(parse_layers("\xEF\xBB\xBF"
                     "relu")[0]
            .column == 1);
}

TEST_CASE("the largest text that is read is parsed and built without quadratic steps", "[language]") {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += i % 2 ? "relu\n" : "tanh\n";
  const Network network(text, {4});
  CHECK(network.nodes().size() == 10'000);
  CHECK(network.lower().ops.size() == 10'000);
  std::string words;
  for (int i = 0; i < 30'000; ++i) words += "a ";
  CHECK_THAT(refusal(words).message, Contains("more than 10000 layers"));
}

TEST_CASE("layers that do not fit name line, column, word and shapes, with status 1", "[language]") {
  const Refusal r = refusal("conv:6,5 relu\nmaxpool:2 dense:10");
  CHECK(r.status == Exit::failed);
  CHECK_THAT(r.message, Contains("line 2, column 11: 'dense:10'") &&
                            Contains("expected a flat sample, found 6x12x12") && Contains("shape here: 6x12x12") &&
                            Contains("input of the network: 1x28x28"));
  CHECK(refusal("conv:6,5", {784}).status == Exit::failed);
  CHECK(refusal("3*( maxpool:4 )", {1, 28, 28}).status == Exit::failed);
  CHECK_THROWS_AS(Network("relu", Shape{}), Error);
}

TEST_CASE("layers are named by kind and number, or by name=", "[language]") {
  const Network n("conv:6,5 relu conv:8,3,name=second relu conv:4,3 flatten dense:10,name=out", {1, 28, 28});
  std::string names;
  for (const auto& node : n.nodes()) names += node.name + " ";
  CHECK(names == "conv1 relu1 second relu2 conv3 flatten1 out ");
  const Graph g = n.lower();
  CHECK(g.params[0].path() == "conv1/weight");
  CHECK(g.params[2].path() == "second/weight");
  CHECK(g.params.back().path() == "out/bias");
  CHECK(n.output().text() == "10");
}

TEST_CASE("softmax before cross_entropy and sigmoid before bce are refused with the hint", "[language]") {
  const Network soft("flatten dense:10\n softmax", {1, 28, 28}), plain("flatten dense:10", {1, 28, 28});
  CHECK_THROWS_WITH(check_loss_fits(soft, "cross_entropy,label-smoothing=0.1"),
                    Contains("line 2, column 2: 'softmax'") && Contains("leave out 'softmax'"));
  CHECK_THROWS_AS(check_loss_fits(Network("flatten dense:3 softmax dropout:0.1", {4}), "cross_entropy"), UsageError);
  CHECK_THROWS_WITH(check_loss_fits(Network("dense:3 sigmoid", {4}), "bce"), Contains("leave out 'sigmoid'"));
  CHECK_NOTHROW(check_loss_fits(soft, "mse"));
  CHECK_NOTHROW(check_loss_fits(plain, "cross_entropy"));
}

// SPDX-License-Identifier: MIT
// Networks that branch: brackets, layers named as inputs, what is refused of them, and what they compute.
#include <set>

#include "base/error.h"
#include "base/framework_rules.h"
#include "catch.h"
#include "layers/parts.h"
#include "model/dot.h"
#include "model/summary.h"
#include "refusal.h"

using namespace nn;
using nn_test::Refusal;

namespace {

/// "relu1(conv1) res1(bn2,input)": each node with its inputs, in the order of computation.
std::string wiring(const std::string& text, const Shape& input = {2, 8, 8}) {
  const Network network(text, input);
  std::string all;
  for (const Network::Node& node : network.nodes()) {
    all += (all.empty() ? "" : " ") + node.name + "(";
    for (const int i : node.inputs) all += (all.back() == '(' ? "" : ",") + network.name_of(i);
    all += ")";
  }
  return all;
}

Refusal refusal(const std::string& text, const Shape& input = {2, 8, 8}) { return nn_test::refusal_on(input, text); }

}  // namespace

TEST_CASE("brackets branch from what stands before them and join behind", "[branches]") {
  CHECK(wiring("tanh res( conv:2,3,same bn | relu ) relu") ==
        "tanh1(input) conv1(tanh1) bn1(conv1) relu1(tanh1) res1(bn1,relu1) relu2(res1)");
  CHECK(wiring("res( tanh )") == "tanh1(input) res1(tanh1,input)");
  CHECK(wiring("tanh res(relu|)") == "tanh1(input) relu1(tanh1) res1(relu1,tanh1)");
  CHECK(wiring("tanh res( | relu )") == "tanh1(input) relu1(tanh1) res1(tanh1,relu1)");
  CHECK(wiring("tanh gate( sigmoid )") == "tanh1(input) sigmoid1(tanh1) gate1(tanh1,sigmoid1)");
  CHECK(wiring("gate( tanh | sigmoid )") == "tanh1(input) sigmoid1(input) gate1(tanh1,sigmoid1)");
  CHECK(wiring("cat( relu | tanh | )") == "relu1(input) tanh1(input) cat1(relu1,tanh1,input)");
  CHECK(wiring("res( tanh\n# a comment ) |\n|elu|relu)") == wiring("res( tanh | elu | relu )"));
}

TEST_CASE("brackets nest and repeat, and layers in them are numbered in reading order", "[branches]") {
  CHECK(wiring("2*( res( tanh ) relu )") ==
        "tanh1(input) res1(tanh1,input) relu1(res1) tanh2(relu1) res2(tanh2,relu1) "
        "relu2(res2)");
  CHECK(wiring("res( 2*( tanh ) )") == "tanh1(input) tanh2(tanh1) res1(tanh2,input)");
  // The outer bracket begins first, so it is res1, though it is computed last.
  CHECK(wiring("res( relu res( tanh ) | relu )") ==
        "relu1(input) tanh1(relu1) res2(tanh1,relu1) relu2(input) res1(res2,relu2)");
  CHECK(wiring("res:name=block( tanh ) relu:from=block") == "tanh1(input) block(tanh1,input) relu1(block)");
  CHECK(wiring("tanh relu res:from=tanh1( elu ) add:relu1") ==
        "tanh1(input) relu1(tanh1) elu1(tanh1) res1(elu1,tanh1) add1(res1,relu1)");
}

TEST_CASE("a layer takes an earlier output by name, and words join earlier ones", "[branches]") {
  CHECK(wiring("tanh relu elu:from=tanh1 add:relu1") == "tanh1(input) relu1(tanh1) elu1(tanh1) add1(elu1,relu1)");
  CHECK(wiring("tanh relu:from=input concat:tanh1,input") == "tanh1(input) relu1(input) concat1(relu1,tanh1,input)");
  CHECK(wiring("tanh:name=a sigmoid mul:a") == "a(input) sigmoid1(a) mul1(sigmoid1,a)");
  CHECK(wiring("tanh 2*( relu add:tanh1 )") ==
        "tanh1(input) relu1(tanh1) add1(relu1,tanh1) relu2(add1) add2(relu2,tanh1)");
  CHECK(wiring("2*( relu ) add:relu1") == "relu1(input) relu2(relu1) add1(relu2,relu1)");
  CHECK(wiring("cat( tanh | relu:from=tanh1 )") == "tanh1(input) relu1(tanh1) cat1(tanh1,relu1)");
  CHECK(wiring("tanh:name=input relu:from=input") == "input(input) relu1(input)");
}

TEST_CASE("shapes of joints", "[branches]") {
  const auto shape = [](const std::string& text, const Shape& input) { return Network(text, input).output().text(); };
  CHECK(shape("cat( conv:3,3,same | )", {2, 8, 8}) == "5x8x8");
  CHECK(shape("cat( dense:3 | dense:4 | dense:1 )", {6}) == "8");
  CHECK(shape("cat( relu | )", {5, 6}) == "5x12");
  CHECK(shape("gate( globalavgpool dense:1 relu dense:2 sigmoid )", {2, 8, 8}) == "2x8x8");
  CHECK(shape("gate( conv:1,1 sigmoid )", {2, 8, 8}) == "2x8x8");
  CHECK(shape("res( relu )", {5, 6}) == "5x6");
  const Network n("relu res( conv:2,3,same | tanh )", {2, 8, 8});
  CHECK(n.nodes()[3].input_shapes == std::vector<Shape>{{2, 8, 8}, {2, 8, 8}});
  CHECK(n.nodes()[3].input() == Shape{2, 8, 8});
}

TEST_CASE("malformed brackets are refused with their place", "[branches]") {
  const std::pair<const char*, const char*> golden[] = {
      {"relu | tanh", "layers: line 1, column 6: '|' outside of a bracket: write res( ... | ... )"},
      {"res( relu", "layers: line 1, column 1: the bracket 'res(' is not closed: ')' is missing"},
      {"res relu", "layers: line 1, column 1: 'res' is a bracket: write res( ... )"},
      {"relu\nres:name=a", "layers: line 2, column 1: 'res:name=a' is a bracket: write res( ... )"},
      {"res( )", "layers: line 1, column 1: a bracket without layers: write res( ... )"},
      {"res( | )",
       "layers: line 1, column 8: a second branch of 'res' without layers: one at most is the input itself"},
      {"cat( relu || tanh |)",
       "layers: line 1, column 20: a second branch of 'cat' without layers: one at most is the input itself"},
      {"res( 2*( relu | tanh ) )",
       "layers: line 1, column 15: '|' between the layers of a repeat: it separates the branches of a bracket, as res( "
       "... | ... )"},
      {"cat( relu )",
       "layers: line 1, column 1: 'cat': one branch alone: write cat( ... | ... ), where an empty branch is the input "
       "itself"},
      {"residual(relu)",
       "layers: line 1, column 9: '(' after 'residual': arguments follow ':', here it is a bracket, 'res( ... )'"},
      {"res:blob( relu )",
       "layers: line 1, column 1: 'res:blob': res: does not take 'blob'; it takes name=NAME, from=NAME"},
      {"gate( relu | relu | relu )",
       "layers: line 1, column 1: 'gate': expected two values, found 3 [shapes here: 2x8x8 of relu1, 2x8x8 of relu2, "
       "2x8x8 of relu3, input of the network: 2x8x8]"},
  };
  for (const auto& [text, message] : golden) {
    INFO(text);
    CHECK(refusal(text).message == message);
  }
  CHECK(refusal("res( relu").status == Exit::usage);
}

TEST_CASE("names that are not there, look ahead or are ambiguous are refused", "[branches]") {
  const std::pair<const char*, const char*> golden[] = {
      {"tanh add:tahn1", "layers: line 1, column 6: 'add:tahn1': unknown layer 'tahn1' (did you mean tanh1?)"},
      {"tanh relu:from=conv7",
       "layers: line 1, column 6: 'relu:from=conv7': unknown layer 'conv7'; known: input, tanh1"},
      {"tanh add:relu1\nrelu",
       "layers: line 1, column 6: 'add:relu1': 'relu1' looks ahead: it stands behind, at line 2, column 1; expected an "
       "earlier layer"},
      {"tanh relu:name=a,from=a",
       "layers: line 1, column 6: 'relu:name=a,from=a': 'a' is this layer itself: expected an earlier one"},
      {"tanh res( relu add:res1 )",
       "layers: line 1, column 16: 'add:res1': 'res1' is the bracket around this layer: expected an earlier one"},
      {"2*( tanh relu add:tanh1 )",
       "layers: line 1, column 15: 'add:tanh1': 'tanh1' stands in the same repeat as this word, whose copies would not "
       "mean the same by it: write a bracket, as res( ... ), or write the repeat out"},
      {"3*( tanh 2*( relu:from=tanh2 ) )",
       "layers: line 1, column 14: 'relu:from=tanh2': 'tanh2' stands in the same repeat as this word, whose copies "
       "would "
       "not mean the same by it: write a bracket, as res( ... ), or write the repeat out"},
      {"tanh relu elu:from=tanh1", "layers: line 1, column 6: 'relu': no layer uses its output 'relu1'"},
      {"add", "layers: line 1, column 1: 'add': add: needs names: earlier layers whose outputs are added"},
      {"tanh add:tanh1,blob=3",
       "layers: line 1, column 6: 'add:tanh1,blob=3': add: unknown option 'blob'; known: names, name, from"},
  };
  for (const auto& [text, message] : golden) {
    INFO(text);
    const Refusal r = refusal(text);
    CHECK(r.message == message);
    CHECK(r.status == Exit::usage);
  }
}

TEST_CASE("names with odd characters and long ones are refused in one line of moderate length", "[branches]") {
  const std::pair<const char*, const char*> golden[] = {
      {"relu add:a/b", "layers: line 1, column 6: 'add:a/b': unknown layer 'a/b'; known: input, relu1"},
      {"relu add:\x1b[31m",
       "layers: line 1, column 6: 'add:\\x1b[31m': unknown layer '\\x1b[31m'; known: input, relu1"},
      {"relu relu:from=", "layers: line 1, column 6: 'relu:from=': from: expected the name of an earlier layer"},
      {"relu:name=a/b",
       "layers: line 1, column 1: 'relu:name=a/b': name: expected letters, digits, '_', '-' and '.', at most 64 of "
       "them, "
       "found 'a/b'"},
      {"relu:name=\xff",
       "layers: line 1, column 1: 'relu:name=\\xff': name: expected letters, digits, '_', '-' and '.', at most 64 of "
       "them, found '\\xff'"},
      {"relu relu:from=relu1,from=input",
       "layers: line 1, column 6: 'relu:from=relu1,from=input': relu: 'from' is given twice"},
      {"res:from=res1( relu )",
       "layers: line 1, column 1: 'res:from=res1': 'res1' is this layer itself: expected an earlier one"},
      {"relu res( res:from=res1( relu ) )",
       "layers: line 1, column 11: 'res:from=res1': 'res1' is the bracket around this layer: expected an earlier one"},
  };
  for (const auto& [text, message] : golden) CHECK(refusal(text).message == message);
  const std::string name(50'000, 'a');
  for (const std::string& text : {"relu add:" + name, "relu relu:from=" + name, "relu:name=" + name, name + "(",
                                  "res:from=" + name, "dense:" + name, name, "relu:" + name}) {
    const std::string message = refusal(text).message;
    INFO(message);
    CHECK(message != "accepted");
    CHECK(message.size() < 1'000);
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("shapes that do not fit at a joint name those that arrived", "[branches]") {
  const std::pair<const char*, const char*> golden[] = {
      {"tanh\n res( conv:2,3 )",
       "layers: line 2, column 2: 'res': values of one shape can be added, found 2x6x6 and 2x8x8 [shapes here: 2x6x6 "
       "of "
       "conv1, 2x8x8 of tanh1, input of the network: 2x8x8]"},
      {"cat( conv:2,3 | )",
       "layers: line 1, column 1: 'cat': values that differ in their number of channels alone can be joined, found "
       "2x6x6 "
       "and 2x8x8 [shapes here: 2x6x6 of conv1, 2x8x8 of input, input of the network: 2x8x8]"},
      {"cat( flatten | )",
       "layers: line 1, column 1: 'cat': values that differ in their number of channels alone can be joined, found 128 "
       "and 2x8x8 [shapes here: 128 of flatten1, 2x8x8 of input, input of the network: 2x8x8]"},
      {"gate( globalavgpool dense:3 )",
       "layers: line 1, column 1: 'gate': expected a factor of shape 2x8x8, or a value a channel (2 or 2x1x1) or a "
       "cell "
       "(1x8x8), found 3 [shapes here: 2x8x8 of input, 3 of dense1, input of the network: 2x8x8]"},
      {"conv:3,3 concat:input",
       "layers: line 1, column 10: 'concat:input': values that differ in their number of channels alone can be joined, "
       "found 3x6x6 and 2x8x8 [shapes here: 3x6x6 of conv1, 2x8x8 of input, input of the network: 2x8x8]"},
  };
  for (const auto& [text, message] : golden) {
    INFO(text);
    const Refusal r = refusal(text);
    CHECK(r.message == message);
    CHECK(r.status == Exit::failed);
  }
  // Each doubles the channels: 2^64 of them are refused, not counted wrongly.
  std::string doubled;
  for (int i = 0; i < 70; ++i) doubled += "cat( relu | ) ";
  CHECK(refusal(doubled).status == Exit::failed);
}

TEST_CASE("the limits hold for brackets, and are found at once", "[branches]") {
  std::string deep, wide = "cat( relu";
  for (int i = 0; i < 10'000; ++i) deep += "res( ";
  CHECK_THAT(refusal(deep).message, Contains("more than 16 repeats and brackets inside one another"));
  CHECK_THAT(refusal("1*( " + deep).message, Contains("more than 16 repeats and brackets inside one another"));
  for (int i = 0; i < 9'997; ++i) wide += "|elu";
  CHECK(refusal(wide + " )", {1}).message == "accepted");
  CHECK_THAT(refusal(wide + "|relu|relu )", {1}).message, Contains("more than 10000 layers"));
  CHECK_THAT(refusal("relu cat( relu " + std::string(10'000, '|') + " )").message,
             Contains("a second branch of 'cat'"));
  CHECK_THAT(refusal(std::string(30'000, '(')).message, Contains("'(' without a count before it"));
  CHECK_THAT(refusal("10000*( 10000*( 10000*( add:input ) ) )").message, Contains("more than 10000 layers"));
  CHECK(refusal("relu 9000*( add:relu1 )", {1}).message == "accepted");
  CHECK_THAT(refusal("2500*( res( relu ) 2*( tanh ) relu )").message, Contains("more than 10000 layers"));
  CHECK(refusal("2500*( res( relu ) 2*( tanh ) )").message == "accepted");
}

TEST_CASE("the text of a network that branches reads back to the same network", "[branches]") {
  const std::string text = "conv:4,3,same  2*( res:name=r0( conv:4,3,same bn | ) relu )";
  CHECK_THAT(refusal(text).message, Contains("the name 'r0' is taken"));
  const std::string given =
      "conv:4,3,same # first\n2*( res( conv:4,3,same bn relu | gate( conv:1,1 sigmoid ) ) relu ) cat:name=both( bn | ) "
      "add:both,name=last relu:from=both concat:last flatten dense:3";
  const Network pytorch(given, {2, 8, 8}), keras(given, {2, 8, 8}, like_named("keras"));
  CHECK(pytorch.text() == given);
  CHECK_THAT(keras.text(), Contains("bn:eps=0.001") && Contains("relu | gate( conv:1,1 sigmoid ) ) relu res( conv") &&
                               Contains("cat:name=both( bn") && Contains("add:both,name=last relu:from=both"));
  const Network again(keras.text(), {2, 8, 8});
  CHECK(again.text() == keras.text());
  REQUIRE(again.nodes().size() == keras.nodes().size());
  REQUIRE(again.nodes().size() == pytorch.nodes().size());
  for (size_t i = 0; i < again.nodes().size(); ++i) {
    CHECK(again.nodes()[i].name == keras.nodes()[i].name);
    CHECK(again.nodes()[i].inputs == keras.nodes()[i].inputs);
    CHECK(again.nodes()[i].text == keras.nodes()[i].text);
    CHECK(pytorch.nodes()[i].inputs == keras.nodes()[i].inputs);
  }
}

TEST_CASE("a network that branches is lowered to ops with the values of its branches", "[branches]") {
  const Graph graph = Network("tanh res( relu | elu | ) gate( sigmoid ) cat( relu | )", {3}).lower();
  const auto maker = [&](ValueId value) {
    for (const Op& op : graph.ops)
      if (op.output == value) return op.layer;
    return std::string("input");
  };
  std::string all;
  for (const Op& op : graph.ops) {
    all += op.layer + ":" + name_of(op);
    for (const ValueId v : op.inputs) all += " " + maker(v);
    all += "; ";
  }
  CHECK(all ==
        "tanh1:map input; relu1:map tanh1; elu1:map tanh1; res1:add relu1 elu1; res1:add res1 tanh1; "
        "sigmoid1:map res1; gate1:mul res1 sigmoid1; relu2:map gate1; cat1:concat relu2 gate1; ");
}

TEST_CASE("the summary indents branches and names where they begin", "[branches]") {
  const std::string text = summary_text(summarise(Network("tanh res( relu elu | sigmoid ) relu", {3})));
  const auto line = [&](const std::string& name) {
    const size_t at = text.find(name), begin = text.rfind('\n', at) + 1;
    std::string found = text.substr(begin, text.find("  3  ", begin) - begin);
    return found.substr(0, found.find_last_not_of(' ') + 1);
  };
  CHECK(line("  relu1") == "  relu1     relu");
  CHECK(line("  elu1") == "  elu1      elu");
  CHECK(line("  sigmoid1") == "  sigmoid1  sigmoid of tanh1");
  CHECK(line("res1") == "res1        res of elu1, sigmoid1");
  CHECK(line("relu2") == "relu2       relu");
}

TEST_CASE("the summary lists the first of many inputs", "[branches]") {
  std::string wide = "cat( relu";
  for (int i = 0; i < 9'000; ++i) wide += "|elu";
  const std::string text = summary_text(summarise(Network(wide + " )", {1})));
  CHECK_THAT(text, Contains("cat of relu1, elu1, elu2, elu3, elu4, elu5, elu6, elu7 and 8,993 more"));
  CHECK(text.size() < 2'000'000);
}

TEST_CASE("the diagram has an arrow for each input", "[branches]") {
  const std::string dot = dot_text(Network("conv:4,3 res( conv:4,1 | )", {2, 8, 8}), "it");
  for (const char* arrow :
       {"\"input\" -> \"layer conv1\" [label=\" 2x8x8\"]", "\"layer conv1\" -> \"layer conv2\"",
        "\"layer conv2\" -> \"layer res1\" [label=\" 4x6x6\"]", "\"layer conv1\" -> \"layer res1\" [label=\" 4x6x6\"]",
        "\"layer res1\" -> \"output\" [label=\" 4x6x6\"]"}) {
    INFO(dot);
    CHECK_THAT(dot, Contains(arrow));
  }
}

TEST_CASE("what the loss does itself is looked for along the path to the output", "[branches]") {
  const std::string text = "dense:3 softmax relu dense:3,from=relu1 add:softmax1 dropout:0.5";
  CHECK_NOTHROW(check_loss_fits(Network(text, {4}), "cross_entropy"));
  CHECK_NOTHROW(check_loss_fits(Network("dense:3 res( softmax )", {4}), "cross_entropy"));
  CHECK_THROWS_WITH(check_loss_fits(Network("dense:3 res( relu ) softmax dropout:0.5", {4}), "cross_entropy"),
                    Contains("leave out 'softmax'"));
}

TEST_CASE("the parts that a flat value was joined from are found", "[branches]") {
  const auto parts = [](const std::string& text) {
    const Graph graph = Network(text, {2, 4, 4}).lower();
    return parts_behind(graph, graph.output());
  };
  CHECK(parts("cat( flatten | conv:3,3 flatten relu | globalavgpool dense:5 ) tanh") ==
        std::vector<Shape>{{2, 4, 4}, {3, 2, 2}, {5}});
  CHECK(parts("cat( flatten | cat( flatten dense:3 | maxpool:2 flatten ) )") ==
        std::vector<Shape>{{2, 4, 4}, {3}, {2, 2, 2}});
  CHECK(parts("flatten dense:7 relu") == std::vector<Shape>{{7}});
  CHECK(parts("conv:3,3") == std::vector<Shape>{{3, 2, 2}});
  std::string doubled = "flatten";  // 2^40 parts are not listed
  for (int i = 0; i < 40; ++i) doubled += " cat( relu | )";
  CHECK(parts(doubled) == std::vector<Shape>{{int64_t{32} << 40}});
}

// SPDX-License-Identifier: MIT
// Names of parameters in PyTorch's state_dicts, against those of torchvision and timm: tests/golden/networks/names.txt,
// recorded by `make.py names` there.
#include "model/foreign_names.h"

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "base/error.h"
#include "catch.h"
#include "paths.h"

using namespace nn;
using Strings = std::vector<std::string>;

namespace {

/// Of a module with parameters of the network itself the parameter stands in front of those of its children; the layers
/// of the text have them where they act.
constexpr const char* own_parameter = "gamma";

struct Recorded {
  Strings names;                             ///< in the order of the state_dict
  std::map<std::string, std::string> shape;  ///< of each, without trailing extents of 1
};

std::map<std::string, Recorded> recorded() {
  std::ifstream file(nn_test::source_folder() + "/tests/golden/networks/names.txt");
  REQUIRE(file);
  std::map<std::string, Recorded> all;
  std::string line, network;
  while (std::getline(file, line)) {
    if (line.starts_with("[")) {
      network = line.substr(1, line.size() - 2);
      continue;
    }
    std::istringstream words(line);
    std::string module, tensor;
    words >> module;
    while (words >> tensor) {
      const size_t equals = tensor.find('=');
      const std::string name = module + "." + tensor.substr(0, equals);
      all[network].names.push_back(name);
      all[network].shape[name] = tensor.substr(equals + 1);
    }
  }
  return all;
}

Strings without_own_parameters(Strings names) {
  std::erase_if(names, [](const std::string& name) { return name.ends_with(own_parameter); });
  return names;
}

Strings names_in(const std::vector<ForeignName>& list) {
  Strings names;
  for (const ForeignName& n : list) names.push_back(n.name);
  return names;
}

std::string refusal(const std::string& text, const std::string& layers = "dense:3 relu dense:2") {
  try {
    names_by_modules(Network(layers, {4}).lower(), expanded_names(text));
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("parameters of the networks with a name are called as torchvision and timm call them", "[names]") {
  const auto all = recorded();
  CHECK(all.size() == 10);
  for (const auto& [name, expected] : all) {
    INFO(name);
    const int64_t size = name == "vgg11" ? 224 : 64;
    const Network network(find_layers(name), {3, size, size});
    const Graph graph = network.lower();
    const std::vector<ForeignName> found = foreign_names(network);
    REQUIRE(found.size() == graph.params.size());
    CHECK(found.size() == expected.names.size());
    CHECK(without_own_parameters(names_in(found)) == without_own_parameters(expected.names));
    for (size_t i = 0; i < found.size(); ++i) {
      INFO(found[i].path << ", " << found[i].name);
      CHECK(found[i].path == graph.params[i].path());
      REQUIRE(expected.shape.contains(found[i].name));
      CHECK(found[i].shape.text() == expected.shape.at(found[i].name));
    }
  }
}

TEST_CASE("another head, width or dropout has the same names, other layers have not", "[names]") {
  const auto resnet18 = [](const std::string& head) {
    std::string text = find_layers("resnet18");
    text.replace(text.find("dense:1000"), 10, head);
    for (const char* width : {"64", "128", "256", "512"})
      text = std::regex_replace(text, std::regex(std::string("conv:") + width), std::string("conv:1") + width[0]);
    return names_in(foreign_names(Network(text, {1, 64, 64})));
  };
  const Strings names = resnet18("dropout:0.1 dense:3");
  REQUIRE(names.size() == 102);
  CHECK(names[0] == "conv1.weight");
  CHECK(std::find(names.begin(), names.end(), "layer4.0.downsample.1.running_var") != names.end());
  CHECK(names.back() == "fc.bias");
  CHECK(resnet18("relu dense:3")[2] == "bn1.bias");
  CHECK(resnet18("relu dense:3").back() == "dense1.bias");
}

TEST_CASE("a chain has the names of Sequential, another network its own", "[names]") {
  CHECK(names_in(foreign_names(Network("conv:2,3 bn relu flatten dropout dense:3,bias=false", {1, 5, 5}))) ==
        Strings{"0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "5.weight"});
  CHECK(names_in(foreign_names(Network("dense:3 res( dense:3,name=in-side )", {3}))) ==
        Strings{"dense1.weight", "dense1.bias", "in_side.weight", "in_side.bias"});
}

TEST_CASE("braces stand for several names, as in a shell", "[names]") {
  CHECK(expanded_names("a b\n# c d\n e # f\n") == Strings{"a", "b", "e"});
  CHECK(expanded_names("l{1..3}") == Strings{"l1", "l2", "l3"});
  CHECK(expanded_names("x.{a,b}.{0,1}") == Strings{"x.a.0", "x.a.1", "x.b.0", "x.b.1"});
  CHECK(expanded_names("{a.{0..1},b}.c{,d}") == Strings{"a.0.c", "a.0.cd", "a.1.c", "a.1.cd", "b.c", "b.cd"});
  CHECK(expanded_names("").empty());
}

TEST_CASE("a parameter of a layer can be named whole", "[names]") {
  const auto names = names_by_modules(Network("dense:3 scale:bias=false dense:2", {4}).lower(),
                                      expanded_names("fc{1} gamma=weight a.b:1x1"));
  CHECK(names_in(names) == Strings{"fc1.weight", "fc1.bias", "gamma", "a.b.weight", "a.b.bias"});
  CHECK(names[2].path == "scale1/weight");
  CHECK(names[3].shape == Shape{2, 3, 1, 1});
  CHECK(names[4].shape == Shape{2});
}

TEST_CASE("malformed names are refused with their line", "[names]") {
  const std::pair<std::string, const char*> golden[] = {
      {"a\nb{1..3", "names: line 2: 'b{1..3': '}' is missing"},
      {"a}", "names: line 1: 'a}': '}' outside of braces"},
      {"a,b", "names: line 1: 'a,b': ',' outside of braces"},
      {"{3..1}", "names: line 1: '{3..1}': {3..1} counts down"},
      {"{1..99999}", "names: line 1: '{1..99999}': more than 10000 names"},
      {"{1..100}{1..100}{1..100}", "names: line 1: '{1..100}{1..100}{1..100}': more than 10000 names"},
      {"a", "names: expected one for each of the 2 layers with parameters, found 1"},
      {"a b=weight",
       "'b=weight': expected a layer whose only parameter is weight, found dense2 with weight and others"},
  };
  for (const auto& [text, message] : golden) CHECK(refusal(text) == message);
  CHECK_THAT(refusal(std::string(100'000, '{')), Contains("more than 16 braces inside one another"));
  CHECK_THAT(refusal("{1.." + std::string(30, '9') + "}"), !Contains("accepted"));
  CHECK_THAT(refusal(std::string(600, 'a') + "{1,2}"), Contains("more than 500 letters"));
}

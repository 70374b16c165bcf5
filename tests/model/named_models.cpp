// SPDX-License-Identifier: MIT
// share/models, --model's three forms, summaries and diagrams.
#include <filesystem>
#include <map>
#include <regex>

#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "model/dot.h"
#include "model/summary.h"

using namespace nn;

TEST_CASE("every named model has a first line of words and builds on its data", "[models]") {
  const auto list = list_models();
  std::map<std::string, int64_t> parameters{
      {"lenet5", 44426},        {"fashion-cnn", 422474},   {"mlp-sigmoid", 468874}, {"mlp-he-dropout", 468874},
      {"mlp-tutorial", 109386}, {"document-head", 396293}, {"softmax", 7850}};
  // lenet5: 156 + 2416 + 30840 + 10164 + 850, valid convolutions on 28x28; fashion-cnn: 320 + 18496 + 73856, batch
  // norm 448, dense 295168 + 32896 + 1290
  CHECK(list.size() >= parameters.size());
  for (const auto& [name, words] : list) {
    INFO(name);
    CHECK(words.size() > 10);
    std::smatch said;
    Shape input{1, 28, 28};
    if (std::regex_search(words, said, std::regex("([0-9]+)x([0-9]+)x([0-9]+)")))
      input = {std::stoll(said[1]), std::stoll(said[2]), std::stoll(said[3])};
    const Network n(find_layers(name), name == "document-head" ? Shape{768} : input);
    const Summary s = summarise(n);
    if (parameters.count(name)) CHECK(s.parameters == parameters[name]);
    parameters.erase(name);
  }
  CHECK(parameters.empty());
}

TEST_CASE("--model: a name, a file, or layers", "[models]") {
  CHECK(find_layers("dense:10 relu") == "dense:10 relu");
  CHECK(find_layers("flatten") == "flatten");
  CHECK_THAT(find_layers("lenet5"), Contains("conv:6,5"));
  const nn_test::Folder folder;
  const std::string file = folder.put("mine.nn", "# mine\ndense:3\n");
  CHECK(find_layers(file) == "# mine\ndense:3\n");
  folder.put("mine.nn", "\xEF\xBB\xBF# mine\ndense:3\n");
  CHECK(find_layers(file) == "# mine\ndense:3\n");
  folder.put("mine.nn", std::string(100, '\0'));
  CHECK_THROWS_WITH(find_layers(file), Contains("expected layers as text"));
  std::filesystem::remove(file);
  CHECK_THROWS_WITH(find_layers(file), Contains("no such file"));
  CHECK_THROWS_WITH(find_layers("lenet"), Contains("unknown model 'lenet' (did you mean lenet5?)"));
  CHECK_THROWS_WITH(find_layers("zzzzzzzz"), Contains("known: ") && Contains("lenet5"));
  CHECK_THROWS_AS(find_layers(""), UsageError);
}

TEST_CASE("the summary counts parameters and multiply-adds", "[models]") {
  const Summary s = summarise(Network("conv:4,3,same,groups=2,bias=false bn maxpool:2 flatten dense:3", {2, 4, 4}));
  REQUIRE(s.layers.size() == 5);
  CHECK(s.layers[0].parameters == 4 * 1 * 9);
  CHECK(s.layers[0].multiply_adds == 4 * 16 * 9);
  CHECK(s.layers[1].parameters == 8);
  CHECK(s.layers[1].buffers == 8);
  CHECK(s.layers[4].parameters == 16 * 3 + 3);
  CHECK(s.layers[4].multiply_adds == 48);
  CHECK(s.parameters == 36 + 8 + 51);
  const std::string text = summary_text(summarise(Network(find_layers("lenet5"), {1, 28, 28})));
  CHECK_THAT(text, Contains("44,426") && Contains("6x24x24") && Contains("conv:16,5"));
}

TEST_CASE("the diagram names every layer and the shapes between them", "[models]") {
  const std::string dot = dot_text(Network("dense:4 relu dense:2", {3}), "a \"title\"");
  CHECK_THAT(dot, Contains("a \\\"title\\\"") && Contains("\"input\" -> \"layer dense1\" [label=\" 3\"]") &&
                      Contains("\"layer relu1\" -> \"layer dense2\" [label=\" 4\"]") &&
                      Contains("\"layer dense2\" -> \"output\""));
}

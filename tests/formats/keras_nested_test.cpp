// SPDX-License-Identifier: MIT
// Models of Keras that hold models open here and compute what Keras computed.
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "folder.h"
#include "formats/models/keras/keras_model.h"
#include "formats/models/model_of.h"
#include "formats/models/torch/pth_write.h"
#include "formats/reading.h"
#include "golden_outputs.h"
#include "paths.h"

using namespace nn;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

std::string in_golden(const std::string& name) {
  return nn_test::source_folder() + "/tests/golden/keras_models/" + name;
}

/// The file NAME.gz as it was, in the folder.
std::string unpacked(const std::string& name, const std::string& folder) {
  const gzFile in = gzopen(in_golden(name + ".gz").c_str(), "rb");
  REQUIRE(in != nullptr);
  std::string text(1 << 20, '\0');
  const int n = gzread(in, text.data(), static_cast<unsigned>(text.size()));
  gzclose(in);
  REQUIRE(n > 0);
  std::ofstream(folder + "/" + name, std::ios::binary).write(text.data(), n);
  return folder + "/" + name;
}

ForeignModel as_read(const std::string& file) {
  const ModelFormat* format = model_input_format(file, "", {});
  REQUIRE(format != nullptr);
  const auto reader = format->reader();
  OptionSet set;
  reader->options(set);
  return reader->read(file, {});
}

Model opened(const std::string& file, const ModelReading& reading = {}) {
  return model_of(as_read(file), reading, {}, file);
}

/// A layer as Keras 2 has it, with the inputs of each call.
std::string layer(const std::string& type, const std::string& name, const std::vector<std::string>& calls,
                  const std::string& config = "") {
  std::string nodes;
  for (const std::string& input : calls) nodes += (nodes.empty() ? "" : ",") + ("[[\"" + input) + "\",0,0,{}]]";
  return R"({"class_name":")" + type + R"(","config":{)" + config + (config.empty() ? "" : ",") + R"("name":")" + name +
         R"("},"name":")" + name + R"(","inbound_nodes":[)" + nodes + "]}";
}

std::string members(const std::string& layers, const std::string& input, const std::string& outputs) {
  return R"("layers":[)" + layers + R"(],"input_layers":[[")" + input + R"(",0,0]],"output_layers":)" + outputs;
}

const std::string entrance = layer("InputLayer", "in", {}, R"("batch_input_shape":[null,2,2,3])");
const std::string inner_entrance = layer("InputLayer", "inner", {}, R"("batch_input_shape":[null,2,2,3])");

ForeignModel of_layers(const std::string& layers, const std::string& output) {
  return translated(keras_layers(Json::parse(R"({"class_name":"Functional","config":{)" +
                                             members(layers, "in", R"([[")" + output + R"(",0,0]])") + "}}")));
}

}  // namespace

TEST_CASE("keras: models that hold models give the outputs of Keras", "[keras]") {
  const nn_test::Folder folder;
  for (const std::string name : {"transfer", "nested", "joined", "applications", "keras2-transfer", "keras2-nested"}) {
    const auto [x, y] = nn_test::golden(in_golden(name + ".npz"));
    for (const std::string& file : {in_golden(name + ".keras"), unpacked(name + ".h5", folder.path())}) {
      INFO(file);
      const Model model = opened(file);
      const std::vector<double> found = nn_test::outputs(model, nn_test::channels_first(x, model.input), x.dims[0]);
      REQUIRE(found.size() == y.values.size());
      double largest = 0, worst = 0;
      for (size_t i = 0; i < found.size(); ++i) {
        largest = std::max(largest, std::abs(y.values[i]));
        worst = std::max(worst, std::abs(found[i] - y.values[i]));
      }
      CHECK(worst <= 1e-5 * largest);
    }
  }
}

TEST_CASE("keras: layers of a model that is a layer are named after both", "[keras]") {
  const ForeignModel transfer = as_read(in_golden("transfer.keras"));
  for (const char* name : {"name=base.conv1 ", "name=base.branch ", "name=base.branch_relu "})
    CHECK_THAT(transfer.layers + " ", Contains(name));
  CHECK_THAT(transfer.notes.back(), Contains("--freeze 'scale1,scale2,base.*' --frozen-statistics rest"));
  CHECK_THAT(as_read(in_golden("nested.keras")).layers, Contains("name=middle.deep.conv1_bn ") &&
                                                            Contains("name=third.conv1_bn ") &&
                                                            Contains("name=other.conv1 "));
  // Names that are too long keep their ends, and stay different.
  const std::string tail(70, 'x'), inside = inner_entrance + "," + layer("ReLU", "a" + tail, {"inner"}) + "," +
                                            layer("ReLU", "b" + tail, {"a" + tail}) + "," +
                                            layer("ReLU", "c d", {"b" + tail});
  const ForeignModel cut =
      of_layers(entrance + "," + layer("Functional", "m", {"in"}, members(inside, "inner", R"([["c d",0,0]])")), "m");
  const std::string end(60, 'x');
  CHECK(cut.layers == "relu:name=" + end + " relu:name=" + end.substr(5) + "_relu relu:name=m.c_d");
}

TEST_CASE("keras: weights alone of models in models find their layers by name", "[keras]") {
  const nn_test::Folder folder;
  const Model whole = opened(in_golden("nested.keras"));
  ModelReading reading;
  reading.layers = whole.layers, reading.input = "3x8x8";
  const Model alone = opened(unpacked("nested.weights.h5", folder.path()), reading);
  REQUIRE(alone.weights.size() == whole.weights.size());
  for (size_t i = 0; i < alone.weights.size(); ++i) {
    CHECK(alone.weights[i].path == whole.weights[i].path);
    CHECK(alone.weights[i].values == whole.weights[i].values);
  }
}

TEST_CASE("keras: names of models in models are modules in modules of PyTorch", "[keras]") {
  const std::string source = python_module(opened(in_golden("nested.keras")));
  const size_t outer = source.find("self.middle = nn.Module()\n"),
               inner = source.find("self.middle.deep = nn.Module()\n"),
               first = source.find("self.middle.deep.conv1 = nn.Conv2d("),
               called = source.find("y0_middle_deep_conv1 = self.middle.deep.conv1(x)\n");
  CHECK(outer < inner);
  CHECK(inner < first);
  CHECK(first < called);
  CHECK(called != std::string::npos);
  CHECK(source.rfind("self.middle = nn.Module()\n") == outer);
  Model both = opened(in_golden("nested.keras"));
  both.layers = "conv:2,3,name=a res( conv:2,3,same,name=a.b )";
  CHECK_THROWS_WITH(python_module(both), Contains("layer 'a' and layer 'a.b'"));
}

TEST_CASE("keras: what a model in a model must not do is refused by name", "[keras]") {
  const std::string inside = inner_entrance + "," + layer("ReLU", "relu", {"inner"}),
                    base = members(inside, "inner", R"([["relu",0,0]])");
  CHECK(of_layers(entrance + "," + layer("Functional", "base", {"in"}, base), "base").layers == "relu:name=base.relu");
  CHECK_THROWS_WITH(of_layers(entrance + "," + layer("Functional", "base", {"in", "in"}, base), "base"),
                    Contains("layer 'base' is used at several places"));
  CHECK_THROWS_WITH(
      of_layers(entrance + "," +
                    layer("Functional", "base", {"in"}, members(inside, "inner", R"([["relu",0,0],["inner",0,0]])")),
                "base"),
      Contains("layer 'base' (Functional)") && Contains("several outputs"));
  CHECK_THROWS_WITH(
      of_layers(entrance + "," + layer("Functional", "base", {"in"}, members(inside, "other", R"([["relu",0,0]])")),
                "base"),
      Contains("layer 'base' (Functional): 'inner' is none of its inputs"));
  // A layer of the model around it is none of its own.
  CHECK_THROWS_WITH(
      of_layers(entrance + "," +
                    layer("Functional", "base", {"in"},
                          members(inner_entrance + "," + layer("ReLU", "relu", {"in"}), "inner", R"([["relu",0,0]])")),
                "base"),
      Contains("layer 'base/relu' (ReLU)") && Contains("'base/in' does not come before it"));
  CHECK_THROWS_WITH(of_layers(entrance + "," + layer("TimeDistributed", "each", {"in"}, R"("layer":{})"), "each"),
                    Contains("layer 'each' (TimeDistributed): this class has no counterpart here"));
}

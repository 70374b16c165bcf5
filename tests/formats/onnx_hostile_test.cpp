// SPDX-License-Identifier: MIT
// Graphs of ONNX that were damaged, or made to do harm, are refused in one line, soon and in little memory.
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "folder.h"
#include "formats/models/onnx/onnx.pb.h"
#include "formats/models/onnx/onnx_bytes.h"
#include "formats/reading.h"
#include "paths.h"

using namespace nn;
namespace fs = std::filesystem;

namespace {

/// y = relu(x), of samples of 4 numbers.
onnx::ModelProto small_model() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("test");
  onnx::GraphProto& graph = *model.mutable_graph();
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type("Relu"), node.set_name("r"), node.add_input("x"), node.add_output("y");
  onnx::ValueInfoProto& input = *graph.add_input();
  input.set_name("x");
  auto& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(4);
  graph.add_output()->set_name("y");
  model.add_opset_import()->set_version(17);
  return model;
}

onnx::NodeProto& add_node(onnx::ModelProto& model, const char* type, const std::vector<std::string>& inputs,
                          const std::string& output) {
  onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type(type), node.add_output(output);
  for (const std::string& input : inputs) node.add_input(input);
  return node;
}

onnx::TensorProto& add_tensor(onnx::ModelProto& model, const std::string& name, const std::vector<int64_t>& dims) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name), tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const int64_t d : dims) tensor.add_dims(d);
  return tensor;
}

void end_with(onnx::ModelProto& model, const std::string& name) {
  model.mutable_graph()->mutable_output(0)->set_name(name);
}

int64_t peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss >> 10;
}

/// The refusal of bytes: one line, in less than a second of the processor and 256 MB.
std::string refusal(const std::string& bytes, const std::string& folder = "") {
  const std::clock_t start = std::clock();
  const int64_t before = peak_megabytes();
  std::string said;
  try {
    (void)model_in_onnx(std::as_bytes(std::span(bytes)), folder, Budget(uint64_t{1} << 33), {});
  } catch (const Error& e) {
    said = e.what();
  }
  CHECK(static_cast<double>(std::clock() - start) < 1.0 * CLOCKS_PER_SEC);
  CHECK(peak_megabytes() - before < 256);
  CHECK(said.find('\n') == std::string::npos);
  CHECK(!said.starts_with("unexpected"));
  return said;
}
std::string refusal(const onnx::ModelProto& model, const std::string& folder = "") {
  return refusal(model.SerializePartialAsString(), folder);
}

}  // namespace

TEST_CASE("onnx: the small model is fine before it is damaged", "[onnx]") {
  const std::string bytes = small_model().SerializeAsString();
  const ForeignModel model = model_in_onnx(std::as_bytes(std::span(bytes)), "", Budget(), {});
  CHECK(model.layers == "relu");
  CHECK(model.input == Shape{4});
}

TEST_CASE("onnx: what is not supported is named: node, operator, attribute, opset", "[onnx]") {
  onnx::ModelProto model = small_model();
  add_node(model, "Einsum", {"y"}, "z").set_name("strange");
  CHECK(refusal(model) == "");  // the output does not need it
  end_with(model, "z");
  CHECK_THAT(refusal(model), Contains("node 'strange' (Einsum)") && Contains("opset 17"));
  model = small_model();
  onnx::AttributeProto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
  attribute.set_name("leak"), attribute.set_type(onnx::AttributeProto::FLOAT), attribute.set_f(1);
  CHECK_THAT(refusal(model), Contains("node 'r' (Relu)") && Contains("'leak'"));
  model = small_model();
  model.mutable_opset_import(0)->set_version(5);
  CHECK_THAT(refusal(model), Contains("opset 5"));
  model = small_model();
  model.mutable_graph()->mutable_node(0)->set_domain("com.example");
  CHECK_THAT(refusal(model), Contains("com.example"));
  model = small_model();
  model.mutable_graph()->add_input()->set_name("second");
  CHECK_THAT(refusal(model), Contains("2 inputs (x, second)"));
  model = small_model();
  add_node(model, "Sin", {"y"}, "z");
  end_with(model, "z");
  CHECK_THAT(refusal(model), Contains("(Sin)"));
}

TEST_CASE("onnx: cycles and names that nobody gives are refused", "[onnx]") {
  onnx::ModelProto model = small_model();
  add_node(model, "Add", {"y", "b"}, "a");
  add_node(model, "Relu", {"a"}, "b");
  end_with(model, "b");
  CHECK_THAT(refusal(model), Contains("'b'") && Contains("cycle"));
  model = small_model();
  model.mutable_graph()->mutable_node(0)->set_input(0, "y");
  CHECK_THAT(refusal(model), Contains("cycle"));
  model = small_model();
  add_node(model, "Tanh", {"x"}, "y");
  CHECK_THAT(refusal(model), Contains("'y' is given twice"));
  model = small_model();
  end_with(model, "nobody");
  CHECK_THAT(refusal(model), Contains("nobody"));
}

TEST_CASE("onnx: sizes beyond any memory are refused before it is asked for", "[onnx]") {
  constexpr int64_t huge = int64_t{1} << 40;
  onnx::ModelProto model = small_model();
  model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(1)
      ->set_dim_value(huge);
  CHECK_THAT(refusal(model), Contains("larger than any image"));
  for (const std::vector<int64_t>& dims : {std::vector{huge}, {huge, huge}, {int64_t{1} << 62, 4}, {-1}}) {
    model = small_model();
    add_tensor(model, "w", dims);
    add_node(model, "MatMul", {"y", "w"}, "z");
    end_with(model, "z");
    CHECK(refusal(model) != "");
  }
  for (const char* type : {"ConstantOfShape", "Expand", "Range"}) {  // constants that are made from a few numbers
    model = small_model();
    onnx::TensorProto& shape = add_tensor(model, "s", {2});
    shape.set_data_type(onnx::TensorProto::INT64), shape.add_int64_data(1 << 20), shape.add_int64_data(1 << 20);
    add_tensor(model, "one", {1}).add_float_data(1);
    add_tensor(model, "end", {1}).add_float_data(1e9F);
    const std::string name(type);
    const std::vector<std::string> inputs = name == "Expand"  ? std::vector<std::string>{"one", "s"}
                                            : name == "Range" ? std::vector<std::string>{"one", "end", "one"}
                                                              : std::vector<std::string>{"s"};
    add_node(model, type, inputs, "c");
    add_node(model, "Mul", {"y", "c"}, "z");
    end_with(model, "z");
    CHECK_THAT(refusal(model), Contains(name));
  }
}

TEST_CASE("onnx: values outside the folder of the model are not read", "[onnx]") {
  const nn_test::Folder folder;
  fs::create_directory(folder / "model");
  std::ofstream(folder / "secret") << std::string(64, 'x');
  std::ofstream(folder / "model/inside") << std::string(64, '\0');
  fs::create_symlink(folder / "secret", folder / "model/link");
  const auto with_values_in = [&](const std::string& location, const std::string& offset) {
    onnx::ModelProto model = small_model();
    onnx::TensorProto& w = add_tensor(model, "w", {4, 2});
    w.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto entry = [&](const char* key, const std::string& value) {
      onnx::StringStringEntryProto& made = *w.add_external_data();
      made.set_key(key), made.set_value(value);
    };
    entry("location", location), entry("offset", offset);
    add_node(model, "MatMul", {"y", "w"}, "z");
    end_with(model, "z");
    return refusal(model, folder / "model");
  };
  CHECK(with_values_in("inside", "0") == "");
  CHECK_THAT(with_values_in("inside", "40"), Contains("inside"));
  CHECK_THAT(with_values_in("inside", "18446744073709551615"), Contains("inside"));
  for (const std::string& location : {std::string("../secret"), std::string("a/../../secret"), (folder / "secret"),
                                      std::string("link"), std::string("missing"), std::string("."), std::string()})
    CHECK_THAT(with_values_in(location, "0"), Contains("values lie in"));
}

TEST_CASE("onnx: a file of values beside the model counts as read, so that no output takes its place", "[onnx]") {
  const nn_test::Folder folder;
  onnx::ModelProto model = small_model();
  onnx::TensorProto& w = add_tensor(model, "w", {4, 2});
  w.set_data_location(onnx::TensorProto::EXTERNAL);
  onnx::StringStringEntryProto& location = *w.add_external_data();
  location.set_key("location"), location.set_value("values.bin");
  end_with(model, "y");
  std::ofstream(folder / "m.onnx", std::ios::binary) << model.SerializeAsString();
  CHECK(files_read(folder / "m.onnx", "") == std::vector<std::string>{folder / "m.onnx", folder / "values.bin"});
}

TEST_CASE("onnx: many small parts, deep nesting and long lists are refused soon", "[onnx]") {
  onnx::ModelProto model = small_model();
  const std::string whole = model.SerializeAsString();
  std::string nodes;
  for (int i = 0; i < 4'000'000; ++i) nodes += std::string("\x0a\0", 2);  // empty nodes
  const auto with_graph = [&](const std::string& graph) {
    std::string bytes = "\x08\x08\x3a";
    for (size_t n = graph.size(); bytes.push_back(static_cast<char>((n & 127) | (n > 127 ? 128 : 0))), n > 127;)
      n >>= 7;
    return bytes + graph;
  };
  CHECK_THAT(refusal(with_graph(nodes)), Contains("parts"));
  onnx::GraphProto* deep = model.mutable_graph();
  for (int i = 0; i < 60; ++i) {
    onnx::NodeProto& node = *deep->add_node();
    node.set_op_type("If");
    onnx::AttributeProto& branch = *node.add_attribute();
    branch.set_name("then_branch"), branch.set_type(onnx::AttributeProto::GRAPH);
    deep = branch.mutable_g();
  }
  CHECK_THAT(refusal(model), Contains("nested"));
  model = small_model();
  for (int i = 0; i < 400'000; ++i) {
    onnx::AttributeProto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
    attribute.set_name("a"), attribute.set_type(onnx::AttributeProto::INT);
  }
  CHECK(refusal(model) != "");
  model = small_model();  // x + x + ..., whose spelled-out function has 2^64 terms
  std::string last = "y";
  for (int i = 0; i < 64; ++i) {
    const std::string next = "s" + std::to_string(i);
    add_node(model, "Add", {last, last}, next);
    last = next;
  }
  end_with(model, last);
  (void)refusal(model);  // a factor of 2^64, or a refusal
}

TEST_CASE("onnx: files cut off at any byte are refused, and changed ones do no harm", "[onnx]") {
  std::ifstream in(nn_test::source_folder() + "/tests/golden/onnx/perceptron.script17.onnx", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  REQUIRE(whole.size() > 1000);
  const auto read = [](const std::string& bytes) {
    try {
      (void)model_in_onnx(std::as_bytes(std::span(bytes)), "", Budget(), {});
      return std::string();
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  CHECK(read(whole).empty());
  for (size_t n = 0; n < whole.size(); ++n) {
    INFO(n << " bytes");
    const std::string said = read(whole.substr(0, n));
    CHECK(!said.empty());
    CHECK(said.find('\n') == std::string::npos);
  }
  for (size_t n = 0; n < whole.size(); ++n)
    for (const int bit : {0, 3, 7}) {
      std::string changed = whole;
      changed[n] = static_cast<char>(changed[n] ^ (1 << bit));
      const std::string said = read(changed);
      INFO(said);
      CHECK(said.find('\n') == std::string::npos);
    }
}

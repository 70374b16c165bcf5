// SPDX-License-Identifier: MIT
// Models go out to every format of the table and come back bit for bit; hostile and damaged files are refused.
#include <bit>
#include <cmath>
#include <filesystem>
#include <random>

#include "catch.h"
#include "folder.h"
#include "formats/models/assign.h"
#include "formats/models/axes.h"
#include "formats/models/model_of.h"
#include "formats/models/torch/pickle.h"
#include "formats/models/torch_names.h"
#include "formats/reading.h"
#include "h5/reading/foreign.h"
#include "h5/reading/reader.h"
#include "paths.h"
#include "random_models.h"

using namespace nn;
using nn_test::random_layers;
using nn_test::random_model;

namespace {

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(a, b,
                            [](float x, float y) { return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y); });
}

std::vector<std::byte> written(const ModelFormat& format, const Model& model) {
  const auto writer = format.writer();
  OptionSet set;
  writer->options(set);
  return writer->write(model, {}).at(0).bytes;
}

Model read_back(const ModelFormat& format, const std::string& file, const ModelReading& reading = {}) {
  const auto reader = format.reader();
  OptionSet set;
  reader->options(set);
  return read_foreign_model(file, *reader, reading, "", {});
}

/// Keras' layers are not all of ours, and its files tell the layers in their own words.
bool is_of_keras(const ModelFormat& format) { return std::string(format.name).starts_with("keras"); }

/// Extents without those of 1: scale is a depthwise convolution of one cell in Keras, and comes back as one.
std::vector<int64_t> long_extents(const Shape& shape) {
  std::vector<int64_t> dims = shape.dims();
  std::erase(dims, 1);
  return dims;
}

void check_equal(const Model& back, const Model& model, bool keras) {
  CHECK(back.input == model.input);
  CHECK(back.loss == model.loss);
  CHECK(back.classes == model.classes);
  CHECK(back.prep == model.prep);
  REQUIRE(back.weights.size() == model.weights.size());
  for (size_t i = 0; i < back.weights.size(); ++i) {
    INFO(model.weights[i].path);
    if (keras && back.weights[i].shape != model.weights[i].shape)
      CHECK(
          (back.layers != model.layers && long_extents(back.weights[i].shape) == long_extents(model.weights[i].shape)));
    else
      CHECK(back.weights[i].shape == model.weights[i].shape);
    CHECK(same_bits(back.weights[i].values, model.weights[i].values));
  }
}

/// Returns in how many formats it was written.
int check_round_trip(const Model& model) {
  INFO(model.layers);
  const nn_test::Folder folder;
  int count = 0;
  for (const ModelFormat* format : model_formats()) {
    if (!format->reader || !format->writer || format->folder) continue;  // folders: encoder_format_test.cpp
    INFO(format->name);
    std::vector<std::byte> bytes;
    try {
      bytes = written(*format, model);
    } catch (const Error& e) {
      REQUIRE(is_of_keras(*format));
      CHECK_THAT(e.what(), Contains("layer '") && Contains("Keras"));
      continue;
    }
    ++count;
    const std::string file = folder.put("m" + format->suffixes[0], bytes);
    CHECK(model_input_format(file, "", {})->reader == format->reader);
    const Model back = read_back(*format, file);
    check_equal(back, model, is_of_keras(*format));
    const std::vector<std::byte> again = written(*format, back);
    if (!is_of_keras(*format)) CHECK(again == bytes);
    const Model twice = read_back(*format, folder.put("again" + format->suffixes[0], again));
    CHECK(twice.layers == back.layers);
    check_equal(twice, model, is_of_keras(*format));
  }
  return count;
}

/// What the network makes of samples, {n, outputs}, in double.
std::vector<float> outputs(const Model& model, const std::vector<float>& x) {
  const Network network(model.layers, model.input);
  const Graph graph = network.lower();
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(graph, 0);
  put_weights(model.weights, *memory);
  const int64_t n = static_cast<int64_t>(x.size()) / model.input.count();
  const auto plan = backend->compile(graph, {.batch = n}, *memory);
  std::ranges::copy(x, plan->inputs().x.begin());
  plan->forward(nullptr);
  const auto y = plan->output();
  return {y.begin(), y.end()};
}

/// The first output of a framework's own file compares as they are, or as probabilities where it gives those.
std::vector<float> softmax(std::vector<float> y, size_t classes) {
  for (size_t row = 0; row + classes <= y.size(); row += classes) {
    double sum = 0;
    for (size_t i = 0; i < classes; ++i) sum += std::exp(static_cast<double>(y[row + i]));
    for (size_t i = 0; i < classes; ++i)
      y[row + i] = static_cast<float>(std::exp(static_cast<double>(y[row + i])) / sum);
  }
  return y;
}

/// {n,H,W,C} as {n,C,H,W}.
std::vector<float> channels_first(const std::vector<float>& x, const Shape& sample) {
  if (sample.rank() != 3) return x;
  std::vector<float> out(x.size());
  const auto c = static_cast<size_t>(sample[0]), hw = static_cast<size_t>(sample[1] * sample[2]);
  for (size_t n = 0; n < x.size() / (c * hw); ++n)
    for (size_t p = 0; p < hw; ++p)
      for (size_t k = 0; k < c; ++k) out[(n * c + k) * hw + p] = x[(n * hw + p) * c + k];
  return out;
}

}  // namespace

TEST_CASE("models: weights of every layer go through every format bit for bit", "[models]") {
  for (const LayerType* type : layer_types())
    for (const LayerExample& e : type->examples)
      if (type->takes == Takes::one && !e.ragged && !Network(e.text, e.input).lower().params.empty())
        CHECK(check_round_trip(random_model(e.text, e.input)) >= 3);
}

TEST_CASE("models: random networks with branches go through every format bit for bit", "[models]") {
  for (unsigned seed = 0; seed < 8; ++seed) {
    Model model = random_model(random_layers(seed), {2, 12, 12}, seed);
    model.classes = {"caf\xC3\xA9", "b", "c"};
    model.prep.recipe = "scale 0:1";
    CHECK(check_round_trip(model) == 7);
  }
}

TEST_CASE("models: files of the frameworks give what the frameworks computed", "[needs-model-fixtures]") {
  const std::string folder = nn_test::data_folder() + "/fixtures/models";
  if (!std::filesystem::exists(folder)) NN_SKIP("no " + folder);
  struct Case {
    const char *name, *layers, *input;
    std::vector<const char*> files;
    double tolerance = 1e-5;
  };
  const char *tiny =
                 "conv:4,3,pad=1 bn relu maxpool:2 conv:6,3,stride=2,pad=1 bn relu avgpool:2,stride=1,pad=1 flatten "
                 "dense:16 relu dropout:0.5 dense:5",
             *gap =
                 "conv:8,3,stride=2,pad=1,bias=false bn relu6 conv:8,3,pad=1,groups=8,bias=false bn relu6 "
                 "conv:12,1,bias=false bn leaky_relu:0.1 globalavgpool dense:4",
             *keras_tiny =
                 "conv:4,3,same bn:eps=1e-3 relu maxpool:2 conv:6,3,stride=2,same bn:eps=1e-3 relu "
                 "avgpool:2,stride=1,same flatten dense:16 relu dropout:0.5 dense:5",
             *keras_mlp = "dense:16 bn:eps=1e-3 tanh dense:16 gelu dense:8 elu dense:8 sigmoid dense:4",
             *keras_gap =
                 "conv:8,3,stride=2,same,bias=false bn:eps=1e-3 relu6 conv:8,3,same,groups=8,bias=false "
                 "bn:eps=1e-3 relu6 conv:12,1,bias=false bn:eps=1e-3 leaky_relu:0.1 globalavgpool dense:4";
  const std::vector<Case> cases{
      {"torch-tiny",
       tiny,
       "1x12x12",
       {"tiny.pth", "tiny.checkpoint.pth", "tiny.legacy.pth", "tiny.parallel.pth", "tiny.views.pth",
        "tiny.channels_last.pth", "tiny.float64.pth", "tiny.float64.safetensors", "tiny.safetensors"}},
      {"torch-tiny", tiny, "1x12x12", {"tiny.bfloat16.pth", "tiny.bfloat16.safetensors"}, 2e-2},
      {"torch-lenet5", "lenet5", "1x28x28", {"lenet5.pth", "lenet5.safetensors"}},
      {"torch-mlp-softmax",
       "dense:16 bn tanh dense:16 gelu dense:8 elu dense:8 sigmoid dense:4 softmax",
       "20",
       {"mlp-softmax.pth", "mlp-softmax.safetensors"}},
      {"torch-separable-gap", gap, "3x10x10", {}},
      {"keras-tiny", "", "", {"tiny.keras", "tiny.h5", "tiny.nooptimizer.h5"}},
      {"keras-tiny", keras_tiny, "1x12x12", {"tiny.weights.h5"}},
      {"keras-tiny-functional", "", "", {"tiny-functional.keras", "tiny-functional.h5"}},
      {"keras-lenet5", "", "", {"lenet5.keras", "lenet5.h5"}},
      {"keras-lenet5", "lenet5", "1x28x28", {"lenet5.weights.h5"}},
      {"keras-separable-gap", "", "", {"separable-gap.keras", "separable-gap.h5"}},
      {"keras-separable-gap", keras_gap, "3x11x11", {"separable-gap.weights.h5"}},
      {"keras-separable-layer", "", "", {"separable-layer.keras", "separable-layer.h5"}},
      {"keras-mlp", "", "", {"mlp.keras", "mlp.h5"}},
      {"keras-mlp", keras_mlp, "20", {"mlp.weights.h5"}},
      {"keras-mlp", keras_mlp, "20", {"mlp.bfloat16.weights.h5"}, 2e-2},
      {"keras2-tiny", "", "", {"tiny.h5", "tiny.keras"}},
      {"keras2-lenet5-narrow", "", "", {"lenet5-narrow.h5"}}};
  for (const Case& c : cases) {
    const std::string here = folder + "/" + c.name + "/";
    const std::vector<std::byte> expected_bytes = h5::read_bytes(here + "expected.h5");
    const h5::ForeignFile expected = h5::read_foreign_file(expected_bytes, "expected.h5", Budget{});
    const bool keras = expected.find("/output") != nullptr;
    const std::vector<float> x = floats_of(expected.find("/input")->values, Element::f32),
                             y = floats_of(expected.find(keras ? "/output" : "/logits")->values, Element::f32);
    std::vector<std::string> files(c.files.begin(), c.files.end());
    if (files.empty())
      for (const auto& entry : std::filesystem::directory_iterator(here))
        if (entry.path().extension() == ".pth" || entry.path().extension() == ".safetensors")
          files.push_back(entry.path().filename().string());
    REQUIRE_FALSE(files.empty());
    for (const std::string& file : files) {
      INFO(here << file);
      const ModelFormat* format = model_input_format(here + file, "", {});
      REQUIRE(format);
      ModelReading reading;
      reading.layers = c.layers, reading.input = c.input;
      const Model model = read_back(*format, here + file, reading);
      std::vector<float> found = outputs(model, keras ? channels_first(x, model.input) : x);
      REQUIRE(found.size() == y.size());
      if (keras && std::string(c.name) != "keras-separable-gap") found = softmax(found, y.size() / 5);
      double largest = 0, most = 0;
      for (size_t i = 0; i < y.size(); ++i) {
        largest = std::max(largest, static_cast<double>(std::abs(y[i])));
        most = std::max(most, static_cast<double>(std::abs(found[i] - y[i])));
      }
      CHECK(most <= c.tolerance * largest);
    }
  }
}

TEST_CASE("models: what a file of a framework must not do is refused", "[needs-model-fixtures]") {
  const std::string folder = nn_test::data_folder() + "/fixtures/models/torch-tiny/";
  if (!std::filesystem::exists(folder)) NN_SKIP("no " + folder);
  const ModelFormat& pth = find_in(model_formats(), "pth", "format");
  CHECK_THROWS_WITH(read_back(pth, folder + "tiny.module.pth"), Contains("Sequential") && Contains("never executed"));
  CHECK_THROWS_WITH(read_back(pth, folder + "tiny.protocol4.pth"), Contains("protocol 4"));
}

TEST_CASE("models: tensors find their layers by our names, by number and by order", "[models]") {
  const Network network("conv:2,3 bn relu flatten dense:3", {1, 4, 4});
  const Graph graph = network.lower();
  const Model model = random_model(network.text(), network.input());
  const auto named = [&](const std::vector<std::pair<std::string, std::string>>& names) {
    ForeignModel from;
    for (const NamedTensor& t : model.weights) {
      const size_t cut = t.path.find('/');
      for (const auto& [layer, theirs] : names)
        if (layer == t.path.substr(0, cut))
          from.tensors.push_back({theirs + "." + t.path.substr(cut + 1), t.shape, Element::f32, t.values});
    }
    return from;
  };
  const std::vector<std::pair<std::vector<std::pair<std::string, std::string>>, std::string>> cases{
      {{{"conv1", "conv1"}, {"bn1", "bn1"}, {"dense1", "dense1"}}, "by name"},
      {{{"conv1", "0"}, {"bn1", "1"}, {"dense1", "4"}}, "by number"},
      {{{"conv1", "module.0"}, {"bn1", "module.1"}, {"dense1", "module.4"}}, "by number"},
      {{{"conv1", "_orig_mod.net.0"}, {"bn1", "_orig_mod.net.1"}, {"dense1", "_orig_mod.net.4"}}, "by number"},
      {{{"conv1", "stem.a"}, {"bn1", "norm.b"}, {"dense1", "head"}}, "by order and shape"}};
  for (const auto& [names, how] : cases) {
    INFO(names[0].second);
    ForeignModel from = named(names);
    from.tensors.push_back({names[1].second + ".num_batches_tracked", {}, Element::i64, {3}});
    const Assigned found = assign(from, graph, layer_names(network.nodes()));
    CHECK(found.how == how);
    CHECK(found.missing.empty());
    CHECK(found.left.empty());
    REQUIRE(found.weights.size() == model.weights.size());
    for (size_t i = 0; i < found.weights.size(); ++i) CHECK(found.weights[i].values == model.weights[i].values);
  }
  ForeignModel other = named(cases[1].first);
  other.tensors.back().shape = {7};  // another head
  other.tensors.push_back({"9.weight", {1}, Element::f32, {0}});
  const Assigned found = assign(other, graph, layer_names(network.nodes()));
  REQUIRE(found.missing.size() == 1);
  CHECK(found.missing[0].path == "dense1/bias");
  CHECK(found.left == std::vector<std::string>{"9.weight"});
}

TEST_CASE("models: networks with a name are found by torchvision's and timm's names in whatever order", "[models]") {
  for (const std::string name : {"resnet20", "mobilenetv3-small", "convnext-atto", "shufflenetv2"}) {
    INFO(name);
    const Model model = random_model(find_layers(name), {3, 32, 32});
    const Network network(model.layers, model.input);
    ForeignModel from;
    const std::vector<StateTensor> tensors = state_dict_of(model);
    for (const StateTensor& t : tensors)
      from.tensors.push_back({"module." + t.name, t.shape, Element::f32, t.tensor->values});
    std::ranges::reverse(from.tensors);
    const Assigned found = assign(from, network.lower(), layer_names(network.nodes()));
    CHECK(found.how == "by name");
    CHECK(found.missing.empty());
    CHECK(found.left.empty());
    REQUIRE(found.weights.size() == model.weights.size());
    for (size_t i = 0; i < found.weights.size(); ++i) CHECK(found.weights[i].values == model.weights[i].values);
  }
}

TEST_CASE("models: axes of Keras by hand", "[models]") {
  // A dense layer behind an image of 2 channels, 1 row, 2 columns: theirs counts channels fastest.
  const Graph dense = Network("flatten dense:1", {2, 1, 2}).lower();
  const auto map = fitting_map(dense, 0, AxisOrder::keras, {4, 1});
  REQUIRE(map);
  // theirs: (x0 c0) (x0 c1) (x1 c0) (x1 c1); ours: (c0 x0) (c0 x1) (c1 x0) (c1 x1)
  CHECK(to_ours(*map, std::vector<float>{1, 2, 3, 4}) == std::vector<float>{1, 3, 2, 4});
  CHECK(to_theirs(*map, std::vector<float>{1, 3, 2, 4}) == std::vector<float>{1, 2, 3, 4});
  const Graph conv = Network("conv:2,1x2", {3, 1, 2}).lower();
  const auto kernel = fitting_map(conv, 0, AxisOrder::keras, {1, 2, 3, 2});
  REQUIRE(kernel);
  std::vector<float> theirs(12);
  for (size_t i = 0; i < 12; ++i) theirs[i] = static_cast<float>(i);
  // ours[o][i][0][x] = theirs[0][x][i][o] = x*6 + i*2 + o
  CHECK(to_ours(*kernel, theirs) == std::vector<float>{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11});
  const Graph depthwise = Network("conv:4,1,groups=2", {2, 1, 1}).lower();
  const auto multiplied = fitting_map(depthwise, 0, AxisOrder::keras, {1, 1, 2, 2});
  REQUIRE(multiplied);
  CHECK(to_ours(*multiplied, std::vector<float>{1, 2, 3, 4}) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("models: 16-bit floats have the values of their definitions", "[models]") {
  CHECK(half_value(0x3C00) == 1.0);
  CHECK(half_value(0xC000) == -2.0);
  CHECK(half_value(0x0001) == 0x1p-24);
  CHECK(half_value(0x7BFF) == 65504.0);
  const std::vector<std::byte> bytes{std::byte{0x80}, std::byte{0x3F}, std::byte{0x49}, std::byte{0xC0}};
  CHECK(floats_of(bytes, Element::bf16) == std::vector<float>{1.0F, -3.140625F});
}

TEST_CASE("models: a file cut off at any byte is refused in one line", "[models]") {
  const Model model = random_model("conv:2,3 flatten dense:2", {1, 4, 4});
  const nn_test::Folder folder;
  for (const ModelFormat* format : model_formats()) {
    if (!format->reader || !format->writer || format->folder) continue;  // folders: encoder_format_test.cpp
    const std::vector<std::byte> bytes = written(*format, model);
    for (size_t n = 0; n < bytes.size(); n += 1 + n / 200) {
      INFO(format->name << " of " << n << " bytes");
      const std::string file = folder.put("m" + format->suffixes[0], std::span(bytes).first(n));
      try {
        (void)read_back(*format, file);
        FAIL("accepted");
      } catch (const Error& e) {
        CHECK(std::string(e.what()).find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("models: safetensors whose places do not cover the bytes are refused", "[models]") {
  const nn_test::Folder folder;
  const auto refusal = [&](const std::string& header, size_t data) {
    std::string text(8, '\0');
    text[0] = static_cast<char>(header.size());
    text += header + std::string(data, '\1');
    try {
      (void)read_back(find_in(model_formats(), "safetensors", "format"), folder.put("m.safetensors", text));
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  const auto one = [](const char* name, const char* shape, const char* places) {
    return std::string("\"") + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + places + "}";
  };
  CHECK_THAT(refusal("{" + one("a", "[2]", "[0,4]") + "}", 4), Contains("does not take the bytes"));
  CHECK_THAT(refusal("{" + one("a", "[1]", "[4,8]") + "}", 8), Contains("overlap or leave a hole"));
  CHECK_THAT(refusal("{" + one("a", "[1]", "[0,4]") + "," + one("b", "[1]", "[0,4]") + "}", 4), Contains("overlap"));
  CHECK_THAT(refusal("{" + one("a", "[1]", "[0,4]") + "}", 8), Contains("cut off, or with something behind"));
  CHECK_THAT(refusal("{" + one("a", "[1]", "[0,4]") + "," + one("a", "[1]", "[4,8]") + "}", 8), Contains("twice"));
  CHECK_THAT(refusal("{" + one("a", "[-1]", "[0,4]") + "}", 4), Contains("extent of -1"));
  CHECK_THAT(refusal("{" + one("a", "[4294967296,4294967296,4]", "[0,0]") + "}", 0), Contains("a"));
  CHECK_THAT(refusal("{" + one("a", "[4611686018427387904]", "[0,0]") + "}", 0), Contains("does not take the bytes"));
  CHECK_THAT(refusal("{" + one("a", "[1]", "[-4,0]") + "}", 0), Contains("offset of -4"));
}

TEST_CASE("models: a pickle is data, and what is none is named and never called", "[models]") {
  const auto refusal = [](const std::string& text) {
    try {
      (void)read_pickle(std::as_bytes(std::span(text)));
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  using namespace std::string_literals;
  CHECK_THAT(refusal("\x80\x02"s + "cos\nsystem\nX\4\0\0\0true\x85R."s),
             Contains("'os.system'") && Contains("never executed"));
  CHECK_THAT(refusal("\x80\x02"s + "cbuiltins\neval\n."s), Contains("'builtins.eval'"));
  CHECK_THAT(refusal("\x80\x04."s), Contains("protocol 4"));
  CHECK_THAT(refusal("\x80\x02i"s), Contains("opcode 0x69"));
  CHECK_THAT(refusal("\x80\x02R."s), Contains("missing on its stack"));
  CHECK_THAT(refusal("\x80\x02h\1."s), Contains("never kept"));
  CHECK_THAT(refusal("\x80\x02}K\1a."s), Contains("no list"));
  CHECK_THAT(refusal("\x80\x02X\xff\xff\xff\xff"s), Contains("ends early"));
  CHECK(refusal("\x80\x02}X\1\0\0\0aK\1s."s) == "accepted");
  // A tensor of two values in a storage of one.
  const std::string storage =
      "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
      "0X\3\0\0\0cpuK\1tQ"s;
  const auto tensor = [&](const std::string& rest) {
    return "\x80\x02"
           "ctorch._utils\n_rebuild_tensor_v2\n"s +
           storage + rest + "\x89)tR.";
  };
  CHECK_THAT(refusal(tensor("K\0(K\2t(K\1t"s)), Contains("beyond the end of its storage"));
  CHECK_THAT(refusal(tensor("K\0(K\1t(J\xff\xff\xff\xfft"s)), Contains("below 0"));
  CHECK(refusal(tensor("K\0(K\1t(K\1t"s)) == "accepted");
}

// SPDX-License-Identifier: MIT
// Starting from a model, and layers that are not trained.
#include "train/engine/fine_tune.h"

#include "catch.h"
#include "model/network.h"
#include "paths.h"
#include "random/torch.h"
#include "train/engine/freeze.h"
#include "train/synthetic.h"

using namespace nn;

namespace {

struct Made {
  std::unique_ptr<Backend> backend = make_backend("ref", 1);
  std::unique_ptr<Memory> memory;
  explicit Made(const std::string& layers, uint64_t seed, Shape input = {1, 8, 8}) {
    memory = backend->allocate(Network(layers, input).lower(), 0);
    TorchGenerator stream(seed);
    initialise(*memory, stream);
  }
  Model model() const {
    Model m;
    m.weights = weights_of(*memory);
    return m;
  }
  std::vector<float> values(const std::string& path) const {
    for (const NamedTensor& t : weights_of(*memory))
      if (t.path == path) return t.values;
    throw Error("no " + path);
  }
};

std::vector<std::string> trained(const Graph& graph) {
  std::vector<std::string> paths;
  for (const Param& p : graph.params)
    if (p.trainable) paths.push_back(p.path());
  return paths;
}

}  // namespace

TEST_CASE("tensors are taken where name and shape agree", "[fine-tune]") {
  const Made old("conv:4,3 bn relu flatten dense:5,name=body dense:10,name=head", 1);
  Made now("conv:4,3 bn relu flatten dense:5,name=body dense:3,name=head dense:2,name=extra", 2);
  const Made fresh("conv:4,3 bn relu flatten dense:5,name=body dense:3,name=head dense:2,name=extra", 2);
  const Taken taken = take_weights(old.model(), *now.memory);
  CHECK(taken.taken == std::vector<std::string>{"conv1/weight", "conv1/bias", "bn1/weight", "bn1/bias",
                                                "bn1/running_mean", "bn1/running_var", "body/weight", "body/bias"});
  REQUIRE(taken.left.size() == 4);
  CHECK(taken.left[0].path == "head/weight");
  CHECK(taken.left[0].why == "3x5 here, 10x5 there");
  CHECK(taken.left[2].path == "extra/weight");
  CHECK(taken.left[2].why == "the model has none of that name");
  CHECK(taken.unused.empty());
  for (const std::string& path : taken.taken) CHECK(now.values(path) == old.values(path));
  for (const Taken::Left& left : taken.left) CHECK(now.values(left.path) == fresh.values(left.path));
  CHECK(now.values("conv1/weight") != fresh.values("conv1/weight"));
}

TEST_CASE("what the model has beside is named, and nothing that fits is an error", "[fine-tune]") {
  Made now("flatten dense:5,name=body", 1);
  CHECK(take_weights(Made("flatten dense:5,name=body dense:3,name=head", 2).model(), *now.memory).unused ==
        std::vector<std::string>{"head/weight", "head/bias"});
  CHECK_THROWS_WITH(
      take_weights(Made("flatten dense:4,name=body", 2).model(), *now.memory),
      Contains("none of its weights fits") && Contains("body/weight 4x64") && Contains("body/weight 5x64"));
  CHECK_THROWS_AS(take_weights(Model{}, *now.memory), Error);
}

TEST_CASE("--init tells a model from an initialiser", "[fine-tune]") {
  CHECK(init_is_model("old.h5"));
  CHECK(init_is_model("run/old.hdf5"));
  CHECK(init_is_model(nn_test::source_folder() + "/README.md"));
  for (const char* text : {"", "zeros", "he_normal", "uniform,min=-0.1,max=0.1", "no-such-initialiser"})
    CHECK_FALSE(init_is_model(text));
}

TEST_CASE("layers are frozen by pattern", "[freeze]") {
  const Network network("conv:4,3 bn relu conv:4,3 flatten dense:5 dense:3,name=head", {1, 8, 8});
  const Graph graph = network.lower();
  const auto left = [&](const std::string& patterns) {
    Graph g = graph;
    freeze_layers(patterns, network, g);
    return trained(g);
  };
  CHECK(left("") == trained(graph));
  CHECK(left("conv*") ==
        std::vector<std::string>{"bn1/weight", "bn1/bias", "dense1/weight", "dense1/bias", "head/weight", "head/bias"});
  CHECK(left("conv1,bn?,dense1") == std::vector<std::string>{"conv2/weight", "conv2/bias", "head/weight", "head/bias"});
  CHECK(left("[cbd]*") == std::vector<std::string>{"head/weight", "head/bias"});
  Graph g = graph;
  const auto frozen = freeze_layers("conv*,bn1", network, g);
  CHECK(frozen == std::vector<std::string>{"conv1", "bn1", "conv2"});
  // conv1 4*9+4, bn1 4+4, conv2 4*4*9+4; dense1 64*5+5 of {4,4,4}, head 5*3+3
  CHECK(frozen_text(frozen, g) == "frozen: 3 of 5 layers with weights (conv1, bn1, conv2), 196 of 539 parameters");
  CHECK(frozen_text({}, graph).empty());
}

TEST_CASE("a bracket is frozen by its name, with all that stands in it", "[freeze]") {
  const Network network(
      "conv:2,3 res:name=layer1.0( conv:2,1 | cat( conv:1,1 | conv:1,1 ) ) relu res:name=layer2.0( conv:2,1 ) flatten "
      "dense:3",
      {1, 4, 4});
  const auto frozen = [&](const std::string& patterns) {
    Graph g = network.lower();
    return freeze_layers(patterns, network, g);
  };
  CHECK(frozen("layer1*") == std::vector<std::string>{"conv2", "conv3", "conv4"});
  CHECK(frozen("cat1,conv1") == std::vector<std::string>{"conv1", "conv3", "conv4"});
  CHECK(frozen("layer?.0") == std::vector<std::string>{"conv2", "conv3", "conv4", "conv5"});
}

TEST_CASE("patterns that freeze nothing or everything are refused", "[freeze]") {
  const Network network("conv:4,3 relu flatten dense:5", {1, 8, 8});
  Graph graph = network.lower();
  CHECK_THROWS_WITH(freeze_layers("cnv*", network, graph), Contains("'cnv*'") && Contains("conv1, dense1"));
  CHECK_THROWS_WITH(freeze_layers("conv*,relu*", network, graph), Contains("'relu*'"));  // it has no weights
  CHECK_THROWS_WITH(freeze_layers("conv*,", network, graph), Contains("''"));
  CHECK_THROWS_WITH(freeze_layers("*", network, graph), Contains("nothing is left to train"));
  CHECK(trained(graph).size() == 4);
}

namespace {

const NamedTensor& tensor(const Model& model, const std::string& path) {
  for (const NamedTensor& t : model.weights)
    if (t.path == path) return t;
  throw Error("no " + path);
}

TrainOptions quick(const std::string& layers, int64_t epochs) {
  TrainOptions options;
  options.model = layers;
  options.epochs = epochs;
  options.batch = 32;
  return options;
}

}  // namespace

TEST_CASE("a training starts from a model and leaves frozen layers as they were", "[fine-tune]") {
  const Dataset data = bar_images();
  const std::string layers = "conv:4,3 bn relu flatten dense:8 relu dense:3,name=head";
  const StartModel first = train_quietly(quick(layers, 1), data);
  TrainOptions again = quick(layers, 0);
  again.init_from = &first;
  again.init = "first.h5";
  for (const std::string device : {"ref", "cpu"}) {
    again.epochs = 0;
    again.freeze = "";
    CHECK(same_weights(train_quietly(again, data, device), first));  // nothing but what was taken
    again.epochs = 2;
    again.freeze = "conv*,bn1";
    const Model tuned = train_quietly(again, data, device);
    for (const NamedTensor& t : tuned.weights) {
      INFO(device << ": " << t.path);
      const bool frozen = t.path.starts_with("conv1/") || t.path == "bn1/weight" || t.path == "bn1/bias";
      CHECK((t.values == tensor(first, t.path).values) == frozen);  // running statistics move, as in PyTorch
    }
  }
}

TEST_CASE("freezing shifts no random stream", "[freeze]") {
  const Dataset data = bar_images();
  TrainOptions options = quick("conv:4,3 relu flatten dense:3", 0);
  const Model whole = train_quietly(options, data);
  options.freeze = "conv1";
  CHECK(same_weights(train_quietly(options, data), whole));
}

TEST_CASE("the average of weights starts from those that were taken", "[fine-tune]") {
  const Dataset data = bar_images();
  const StartModel first = train_quietly(quick("conv:4,3 relu flatten dense:3", 1), data);
  TrainOptions options = quick("conv:4,3 relu flatten dense:3", 1);
  options.seed = 5;
  options.init = "first.h5";
  options.init_from = &first;
  options.ema = 0.5;
  options.rate = 0.0;
  CHECK(same_weights(train_quietly(options, data), first));
}

TEST_CASE("settings tell the numbers of a file of class weights", "[class-weights]") {
  Dataset data = bar_images();
  TrainOptions options = quick("flatten dense:3", 1);
  options.class_weight = "2,1,0.5";
  const Model model = train_quietly(options, data);
  const auto found = std::find(model.settings.begin(), model.settings.end(),
                               std::pair<std::string, std::string>{"class-weight", "2,1,0.5"});
  CHECK(found != model.settings.end());
}

namespace {

float weight_of(const Made& made, const std::string& path, size_t at) { return made.values(path).at(at); }

}  // namespace

TEST_CASE("rows of the last layer go to the classes of the same name", "[fine-tune]") {
  const std::string layers = "dense:4 relu dense:3 softmax";
  const Made old(layers, 1, {5}), fresh(layers, 2, {5});
  Made now(layers, 2, {5});
  Model from = old.model();
  from.classes = {"ant", "bee", "cow"};
  const Taken taken = take_weights(from, *now.memory, {{"bee", "cow", "zebra"}, {}});
  CHECK(now.values("dense1/weight") == old.values("dense1/weight"));
  for (size_t k = 0; k < 4; ++k) {
    CHECK(weight_of(now, "dense2/weight", 0 * 4 + k) == weight_of(old, "dense2/weight", 1 * 4 + k));
    CHECK(weight_of(now, "dense2/weight", 1 * 4 + k) == weight_of(old, "dense2/weight", 2 * 4 + k));
    CHECK(weight_of(now, "dense2/weight", 2 * 4 + k) == weight_of(fresh, "dense2/weight", 2 * 4 + k));
  }
  CHECK(now.values("dense2/bias") == std::vector<float>{weight_of(old, "dense2/bias", 1),
                                                        weight_of(old, "dense2/bias", 2),
                                                        weight_of(fresh, "dense2/bias", 2)});
  REQUIRE(taken.sentences.size() == 1);
  CHECK_THAT(taken.sentences[0], Contains("2 of 3 known") && Contains("'zebra'") && Contains("not used: 'ant'"));

  SECTION("of which there may be more or fewer") {
    Made four("dense:4 relu dense:4", 2, {5});
    take_weights(from, *four.memory, {{"x", "cow", "y", "ant"}, {}});
    CHECK(weight_of(four, "dense2/bias", 1) == weight_of(old, "dense2/bias", 2));
    CHECK(weight_of(four, "dense2/bias", 3) == weight_of(old, "dense2/bias", 0));
  }
  SECTION("none of which may be known: the layer keeps its initial values, and that is said") {
    Made others(layers, 2, {5});
    const Taken left = take_weights(from, *others.memory, {{"x", "y", "z"}, {}});
    CHECK(others.values("dense2/weight") == fresh.values("dense2/weight"));
    REQUIRE(left.left.size() == 2);
    CHECK_THAT(left.left[0].why, Contains("no class or target in common"));
  }
  SECTION("which are the same: the tensor is taken whole") {
    Made same(layers, 2, {5});
    CHECK(take_weights(from, *same.memory, {{"ant", "bee", "cow"}, {}}).sentences.empty());
    CHECK(same.values("dense2/weight") == old.values("dense2/weight"));
  }
  SECTION("behind a convolution and a global pooling too") {
    const std::string net = "conv:2,3 relu conv:3,1 globalavgpool";
    const Made image(net, 1);
    Made mine(net, 2);
    Model of_images = image.model();
    of_images.classes = {"ant", "bee", "cow"};
    take_weights(of_images, *mine.memory, {{"cow", "ant", "bee"}, {}});
    for (size_t k = 0; k < 2; ++k)
      CHECK(weight_of(mine, "conv2/weight", k) == weight_of(image, "conv2/weight", 2 * 2 + k));
    CHECK(mine.values("conv1/weight") == image.values("conv1/weight"));
  }
}

TEST_CASE("columns of the first dense layer go to the features of the same name", "[fine-tune]") {
  const std::string layers = "bn dense:4 relu dense:2";
  const Made old(layers, 1, {3}), fresh(layers, 2, {3});
  Made now(layers, 2, {3});
  Model from = old.model();
  from.feature_names = {"age", "fare", "class"};
  take_weights(from, *now.memory, {{}, {"fare", "new", "age"}});
  for (size_t row = 0; row < 4; ++row) {
    CHECK(weight_of(now, "dense1/weight", row * 3 + 0) == weight_of(old, "dense1/weight", row * 3 + 1));
    CHECK(weight_of(now, "dense1/weight", row * 3 + 1) == weight_of(fresh, "dense1/weight", row * 3 + 1));
    CHECK(weight_of(now, "dense1/weight", row * 3 + 2) == weight_of(old, "dense1/weight", row * 3 + 0));
  }
  CHECK(now.values("dense2/weight") == old.values("dense2/weight"));
}

TEST_CASE("names are followed through branches: the same function of the same names", "[fine-tune]") {
  // Logits that are read twice, features that are read three times, joints on both ends.
  const std::string layers =
      "cat( dense:4 | gate( dense:3 sigmoid ) dense:2 | dense:1 ) relu res( dense:3 res( tanh dense:3 ) | dense:3 )";
  const Made old(layers, 1, {3});
  Made now(layers, 2, {3});
  Model from = old.model();
  from.classes = {"ant", "bee", "cow"};
  from.feature_names = {"age", "fare", "class"};
  take_weights(from, *now.memory, {{"cow", "ant", "bee"}, {"fare", "class", "age"}});
  const auto outputs = [](const Made& made, const std::vector<float>& x) {
    const auto plan = made.backend->compile(made.memory->graph(), {.batch = 1}, *made.memory);
    std::copy(x.begin(), x.end(), plan->inputs().x.begin());
    plan->forward(nullptr);
    return std::vector<float>(plan->output().begin(), plan->output().end());
  };
  const std::vector<float> there = outputs(old, {0.5F, -1, 2}), here = outputs(now, {-1, 2, 0.5F});
  for (size_t k = 0; k < 3; ++k) CHECK(here[(k + 1) % 3] == Approx(there[k]).epsilon(1e-6));
}

TEST_CASE("layers that have only some of the names take nothing where these differ, and that is said", "[fine-tune]") {
  const auto left_of = [](const std::string& layers, const EndNames& there, const EndNames& here) {
    const Made old(layers, 1, {3}), fresh(layers, 2, {3});
    Made now(layers, 2, {3});
    Model from = old.model();
    from.classes = there.outputs;
    from.feature_names = there.inputs;
    const Taken taken = take_weights(from, *now.memory, here);
    std::string paths;
    for (const Taken::Left& left : taken.left) {
      INFO(left.path);
      CHECK_THAT(left.why, Contains("have other names or another order there"));
      CHECK(now.values(left.path) == fresh.values(left.path));
      paths += (paths.empty() ? "" : " ") + left.path;
    }
    for (const std::string& path : taken.taken) CHECK(now.values(path) == old.values(path));
    CHECK(taken.taken.size() + taken.left.size() == now.memory->graph().params.size());
    return paths;
  };
  const EndNames abc{{"ant", "bee", "cow"}, {}}, cab{{"cow", "ant", "bee"}, {}};
  const std::string head = "dense:4 relu cat( dense:2 bn | dense:1 )";
  CHECK(left_of(head, abc, cab) ==
        "dense2/weight dense2/bias bn1/weight bn1/bias bn1/running_mean bn1/running_var dense3/weight dense3/bias");
  CHECK(left_of(head, abc, abc).empty());
  CHECK(left_of(head, abc, {}).empty());
  CHECK(left_of("dense:5 tanh dense:5 slice:1,4", abc, cab) == "dense2/weight dense2/bias");
  const EndNames age{{}, {"age", "fare", "class"}}, fare{{}, {"fare", "age", "class"}};
  CHECK(left_of("cat( | tanh ) bn dense:3 relu dense:2", age, fare) ==
        "bn1/weight bn1/bias bn1/running_mean bn1/running_var dense1/weight");
  CHECK(left_of("cat( slice:0,2 dense:2 | slice:2,3 dense:2,bias=false )", age, fare) == "dense1/weight dense2/weight");
}

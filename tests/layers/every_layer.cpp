// SPDX-License-Identifier: MIT
// Walks the table of layers: every example of every layer.
#include <functional>
#include <set>

#include "catch.h"
#include "layers/specimen.h"

using namespace nn;
using namespace nn::test;

namespace {

void every_example(const std::function<void(const LayerType&, const LayerExample&)>& work) {
  for (const LayerType* type : layer_types())
    for (const LayerExample& example : type->examples) {
      INFO(example.text << " on " << example.input.text());
      work(*type, example);
    }
}

}  // namespace

TEST_CASE("each layer has a name, a summary and examples of itself", "[layers]") {
  std::set<std::string> names;
  for (const LayerType* type : layer_types()) {
    INFO(type->name);
    CHECK(names.insert(type->name).second);
    CHECK(std::string(type->summary).size() > 3);
    REQUIRE_FALSE(type->examples.empty());
    for (const LayerExample& e : type->examples) CHECK(parse_spec(e.text, ':').name == type->name);
  }
}

TEST_CASE("lowering gives the shape that the layer promised", "[layers]") {
  every_example([](const LayerType&, const LayerExample& e) {
    const Made made(e.text);
    const Graph graph = graph_of_example(*made.layer, e);
    if (graph.ops.empty()) return;  // tokens: what it makes is its input
    const Value& y = graph.value(graph.output());
    CHECK(y.shape == made.layer->output_shape(e.inputs()));
    std::vector<Value> inputs{e.input_value()};
    for (const Shape& shape : e.more) inputs.push_back({shape});
    CHECK(y.ragged == output_of(*made.layer, inputs).ragged);
    for (const Param& p : graph.params) {
      if (p.layer.starts_with("beside")) continue;
      CHECK(p.layer == "it");
      CHECK(p.shape.count() > 0);
      CHECK_NOTHROW(make_initializer(p.init));
    }
  });
}

TEST_CASE("the text of a layer's options makes the same layer", "[layers]") {
  every_example([](const LayerType& type, const LayerExample& e) {
    const Made made(e.text);
    const std::string text = spec_text(type.name, *made.options, ':');
    INFO("written back as " << text);
    const Made again(text);
    CHECK(spec_text(type.name, *again.options, ':') == text);
    const Graph a = graph_of_example(*made.layer, e), b = graph_of_example(*again.layer, e);
    REQUIRE(a.ops.size() == b.ops.size());
    REQUIRE(a.params.size() == b.params.size());
    for (size_t i = 0; i < a.values.size(); ++i) CHECK(a.values[i].shape == b.values[i].shape);
    for (size_t i = 0; i < a.params.size(); ++i) {
      CHECK(a.params[i].init == b.params[i].init);
      CHECK(a.params[i].l1 == b.params[i].l1);
      CHECK(a.params[i].l2 == b.params[i].l2);
    }
  });
}

TEST_CASE("gradients of every layer agree with finite differences", "[layers]") {
  const double h = 1.0 / 1024;
  every_example([&](const LayerType&, const LayerExample& e) {
    const Made made(e.text);
    if (graph_of_example(*made.layer, e).ops.empty()) return;
    Specimen it(*made.layer, e);
    it.differentiate();
    std::vector<std::vector<double>> expected;
    for (size_t id = 0; id < it.graph().params.size(); ++id) {
      const Param& p = it.graph().params[id];
      expected.emplace_back(p.trainable ? static_cast<size_t>(p.shape.count()) : 0);
      if (p.trainable) it.memory().read(Part::gradients, static_cast<ParamId>(id), expected.back());
    }
    const bool of_ids = e.vocabulary > 0;
    const std::vector<double> dx = of_ids ? std::vector<double>() : it.plan().gradient(it.graph().input());
    for (size_t id = 0; id < expected.size(); ++id) {
      if (expected[id].empty()) continue;
      INFO("gradient of " << it.graph().params[id].name);
      std::vector<double> w(expected[id].size());
      it.memory().read(Part::weights, static_cast<ParamId>(id), w);
      for (size_t k = 0; k < w.size(); ++k) {
        const double old = w[k];
        const auto at = [&](double v) {
          w[k] = v;
          it.memory().write(Part::weights, static_cast<ParamId>(id), w);
          return it.total();
        };
        const double slope = (at(old + h) - at(old - h)) / (2 * h);
        at(old);
        CHECK(expected[id][k] == Approx(slope).epsilon(1e-4).margin(2e-6));
      }
    }
    auto x = it.plan().inputs().x;
    if (!e.ragged) REQUIRE(dx.size() == x.size());
    for (size_t k = 0; k < dx.size(); ++k) {
      const float old = x[k];
      x[k] = old + static_cast<float>(h);
      const double above = static_cast<double>(x[k]), loss_above = it.total();
      x[k] = old - static_cast<float>(h);
      const double below = static_cast<double>(x[k]), loss_below = it.total();
      x[k] = old;
      CHECK(dx[k] == Approx((loss_above - loss_below) / (above - below)).epsilon(1e-4).margin(2e-6));
    }
  });
}

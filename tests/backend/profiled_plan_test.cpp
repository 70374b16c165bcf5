// SPDX-License-Identifier: MIT
// The times of a profiled plan.
#include <vector>

#include "backend/backend.h"
#include "catch.h"
#include "graph/cost.h"
#include "graph/graph_builder.h"

using namespace nn;
using test::GraphBuilder;

TEST_CASE("a profiled plan names its steps in their order and counts calls; the values stay the same") {
  GraphBuilder b;
  const Graph graph = b.softmax_loss(b.matmul(b.map(b.matmul(b.input({12}), 8), "relu"), 4));
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 1);
    const auto memory = backend->allocate(graph, 0);
    for (size_t p = 0; p < graph.params.size(); ++p) {
      std::vector<double> values(static_cast<size_t>(graph.params[p].shape.count()));
      for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>((i * 7 + p) % 11) / 11 - 0.4;
      memory->write(Part::weights, static_cast<ParamId>(p), values);
    }
    PlanOptions options;
    options.batch = 8;
    options.training = true;
    const auto plan = backend->compile(graph, options, *memory);
    const auto run = [&] {
      const Plan::Inputs in = plan->inputs();
      for (size_t i = 0; i < in.x.size(); ++i) in.x[i] = static_cast<float>(i % 5) / 5;
      for (size_t i = 0; i < in.labels.size(); ++i) in.labels[i] = static_cast<int32_t>(i % 4);
      plan->forward(nullptr);
      plan->backward();
      std::vector<double> gradient(8 * 12);
      memory->read(Part::gradients, 0, gradient);
      return gradient;
    };
    const std::vector<double> before = run();
    CHECK(plan->times().empty());
    plan->set_profile(true);
    run();
    CHECK(run() == before);
    const std::vector<StepTime> times = plan->times();
    if (std::string_view(device) == "ref") REQUIRE(!times.empty());
    double flops = 0;
    bool backward = false;
    for (const StepTime& t : times) {
      CHECK(!t.name.empty());
      CHECK(t.calls == 2);
      CHECK(t.seconds >= 0);
      CHECK((t.pass == "backward" || !backward));
      backward = backward || t.pass == "backward";
      flops += t.flops;
    }
    if (!times.empty()) CHECK(flops >= 2 * direct_flops(graph, 8));
    plan->set_profile(false);
    run();
    CHECK(plan->times().empty());
  }
}

// SPDX-License-Identifier: MIT
// What is looked at while a training runs is what was computed: gradients in the histograms of TensorBoard, which a
// fused update uses up unless it is told that somebody looks; and nobody changes them by looking.
#include <cmath>
#include <cstring>

#include "catch.h"
#include "event_parser.h"
#include "folder.h"
#include "synthetic.h"
#include "train/engine/task.h"

using namespace nn;

namespace {

struct Buckets {
  double least = 0, most = 0, count = 0;
};

/// By step and tag.
using Histograms = std::map<std::pair<int64_t, std::string>, Buckets>;

Histograms histograms_in(const std::string& folder) {
  Histograms found;
  for (const std::string& file : events::files_in(folder))
    for (const events::Message& event : events::parse(events::bytes_of(file))) {
      if (!event.has(5)) continue;
      const events::Message value = event.message(5).message(1);
      if (!value.bytes(1).ends_with("/histogram")) continue;
      const std::string content = value.message(8).bytes(4);
      std::vector<double> numbers(content.size() / 8);
      std::memcpy(numbers.data(), content.data(), content.size());
      Buckets b{numbers.front(), numbers.at(numbers.size() - 2), 0};
      for (size_t i = 2; i < numbers.size(); i += 3) b.count += numbers[i];
      found[{event.number<int64_t>(2), value.bytes(1)}] = b;
    }
  return found;
}

TrainOptions base(const std::string& model) {
  TrainOptions o;
  o.model = model;
  o.optimizer = "sgd";
  o.rate = 0.05;
  o.epochs = 3;
  o.batch = 32;
  return o;
}

Histograms run(TrainOptions o, const std::string& device, Model* model = nullptr) {
  const nn_test::Folder folder;
  o.callbacks.emplace_back("tensorboard", (folder / "logs") + ",histograms=1");
  const Model done = train_quietly(o, blob_data(), device);
  if (model) *model = done;
  return histograms_in(folder / "logs/train");
}

}  // namespace

TEST_CASE("histograms of gradients hold the gradients, the same on every device", "[observers]") {
  for (const char* model : {"dense:8 relu dense:3", "dense:8,l2=0.1 bn relu dense:3"})
    for (const char* like : {"pytorch", "keras"}) {
      INFO(model << " --like " << like);
      TrainOptions o = base(model);
      o.like = like;
      Model looked_at;
      const Histograms ref = run(o, "ref"), cpu = run(o, "cpu", &looked_at);
      REQUIRE(ref.size() == cpu.size());
      size_t gradients = 0;
      for (const auto& [key, expected] : ref) {
        INFO(key.second << " of epoch " << key.first);
        const Buckets& found = cpu.at(key);
        CHECK(found.count == expected.count);
        CHECK(found.least == Approx(expected.least).epsilon(2e-3).margin(2e-5));
        CHECK(found.most == Approx(expected.most).epsilon(2e-3).margin(2e-5));
        if (key.second.find("/gradient/") == std::string::npos) continue;
        ++gradients;
        CHECK(expected.most > expected.least);
      }
      CHECK(gradients >= 3 * 4);
      // Looking changes nothing.
      CHECK(same_weights(looked_at, train_quietly(o, blob_data(), "cpu")));
    }
}

TEST_CASE("the gradient of one batch in a histogram is that of its plan", "[observers]") {
  TrainOptions o = base("dense:3");
  o.epochs = 1;
  o.batch = 150;
  o.shuffle = false;
  o.rate = 0.0;  // the weights stay the initial ones
  const Dataset data = blob_data();
  Model model;
  const Histograms found = run(o, "cpu", &model);
  const Task task = training_task(o, data);
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(task.graph, 0);
  put_weights(model.weights, *memory);
  const auto plan = backend->compile(task.graph, {.batch = 150, .training = true}, *memory);
  const auto x = data.splits[0].x().as<float>();
  std::copy(x.begin(), x.end(), plan->inputs().x.begin());
  std::copy(data.splits[0].labels().begin(), data.splits[0].labels().end(), plan->inputs().labels.begin());
  plan->forward(nullptr);
  plan->backward();
  for (size_t p = 0; p < task.graph.params.size(); ++p) {
    std::vector<double> gradient(static_cast<size_t>(task.graph.params[p].shape.count()));
    memory->read(Part::gradients, static_cast<ParamId>(p), gradient);
    const Buckets& b = found.at({1, task.graph.params[p].path() + "/gradient/histogram"});
    CHECK(b.least == Approx(*std::min_element(gradient.begin(), gradient.end())).margin(1e-6));
    CHECK(b.most == Approx(*std::max_element(gradient.begin(), gradient.end())).margin(1e-6));
  }
}

TEST_CASE("the penalties of a measurement do not reach the gradients that are looked at", "[observers]") {
  TrainOptions o = base("dense:3,l2=0.5");
  o.like = "keras";  // reports the penalties with the loss
  const Histograms with = run(o, "cpu");
  o.validation = "none";
  const Histograms without = run(o, "cpu");
  for (const auto& [key, expected] : without) {
    INFO(key.second << " of epoch " << key.first);
    CHECK(with.at(key).least == expected.least);
    CHECK(with.at(key).most == expected.most);
  }
}

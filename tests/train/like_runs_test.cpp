// SPDX-License-Identifier: MIT
// Short seeded trainings against those of the frameworks in what differs between them: tests/golden/like/make.py.
#include <cmath>

#include "base/text/json.h"
#include "catch.h"
#include "json_file.h"
#include "paths.h"
#include "synthetic.h"

using namespace nn;

namespace {

constexpr int64_t train_rows = 20, val_rows = 8;

/// The samples of make.py.
Split rows_of(const std::string& name, int64_t begin, int64_t end) {
  Split split;
  split.name = name;
  std::vector<float> x;
  std::vector<int32_t> labels;
  std::vector<int64_t> rows;
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < 16; ++j) x.push_back(static_cast<float>((i * 37 + j * 11) % 17) / 17.0F);
    labels.push_back(static_cast<int32_t>((i * 7 / 2) % 3));
    rows.push_back(i);
  }
  split.set_samples(h5::Array::of<float>(Shape{end - begin, 1, 4, 4}, x));
  split.set("labels", labels);
  split.set("sample", rows);
  return split;
}

Dataset samples() {
  Dataset data;
  data.classes = {"a", "b", "c"};
  data.splits.push_back(rows_of("train", 0, train_rows));
  data.splits.push_back(rows_of("val", train_rows, train_rows + val_rows));
  data.splits.push_back(rows_of("test", train_rows, train_rows + val_rows));
  return data;
}

std::string with_penalty(std::string layers, double l2) {
  for (size_t at = 0; (at = layers.find("dense:", at)) != std::string::npos;) {
    at = std::min(layers.find(' ', at), layers.size());
    layers.insert(at, ",l2=" + value_text(l2));
  }
  return layers;
}

double distance(const std::vector<double>& found, const Json& expected) {
  REQUIRE(found.size() == expected.items().size());
  double largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double theirs = expected.items()[i].number();
    largest = std::max(largest, std::fabs(found[i] - theirs) / std::fabs(theirs));
  }
  return largest;
}

}  // namespace

TEST_CASE("What differs between the frameworks, against trainings of theirs") {
  const Dataset data = samples();
  for (const char* like : {"pytorch", "keras"}) {
    const Json runs = nn_test::json_file(nn_test::source_folder() + "/tests/golden/like/" +
                                         (like[0] == 'p' ? "torch" : "keras") + ".json");
    for (const Json& run : runs.items()) {
      TrainOptions o;
      o.like = like;
      o.model = run.at("model").string();
      if (const Json* l2 = run.find("l2")) o.model = with_penalty(o.model, l2->number());
      o.epochs = run.at("epochs").integer();
      o.batch = 8;
      o.seed = 5;
      o.rate = 0.1;
      o.optimizer = "sgd";
      o.test = true;  // with the weights that are saved: averaged ones under --ema
      OptionSet set;
      o.declare(set);
      std::string options;
      for (const auto& [name, value] : run.at("options").members()) {
        set.set_option(name, value.string());
        options += " --" + name + " " + value.string();
      }
      for (const char* device : {"ref", "cpu"}) {
        const Model model = train_quietly(o, data, device);
        const double loss = distance(column(model.history, "loss"), run.at("loss")),
                     val = distance(column(model.history, "val_loss"), run.at("val_loss"));
        INFO(like << " " << device << ": " << o.model << options << ": loss " << loss << ", val_loss " << val);
        CHECK(loss < 2e-6);
        CHECK(val < 2e-6);
        CHECK(column(model.test_metrics, "loss")[0] == Approx(run.at("after").number()).epsilon(2e-6));
      }
    }
  }
}

// SPDX-License-Identifier: MIT
#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "results/evaluation.h"
#include "results/gate.h"
#include "results/metrics.h"
#include "results/metrics_text.h"
#include "results/percent.h"
#include "results/predictions.h"
#include "results/predictions_table.h"

using namespace nn;

namespace {

Evaluation small_evaluation() {
  Evaluation v{"m.h5", "d.h5", {"cat", "dog"}, {}};
  v.metrics.split = "test";
  v.metrics.n = 4;
  v.metrics.loss = 0.25;
  v.metrics.accuracy = 0.75;
  v.metrics.top_k = 1;
  v.metrics.k = 2;
  v.metrics.has_labels = true;
  v.metrics.confusion = {2, 0, 1, 1};
  per_class(v.metrics, 2);
  return v;
}

}  // namespace

TEST_CASE("metrics as TSV") {
  const std::string text = metrics_table({small_evaluation()}, false).text();
  CHECK(text.starts_with("split\tmetric\tvalue\ntest\tn\t4\ntest\tloss\t0.25\ntest\taccuracy\t0.75\ntest\ttop_2\t1\n"));
  CHECK_THAT(text, Contains("test\tprecision[cat]\t0.666667\n"));
  CHECK_THAT(text, Contains("test\tsupport[dog]\t2\n"));
  CHECK_THAT(text, Contains("test\tconfusion[dog,cat]\t1\n"));
  CHECK_THAT(text, !Contains("confusion[cat,dog]"));
  Evaluation other = small_evaluation();
  other.model = "n.h5";
  CHECK_THAT(metrics_table({small_evaluation(), other}, true).text(), Contains("n.h5\ttest\taccuracy\t0.75\n"));
}

TEST_CASE("metrics as JSON have exactly the promised members, an array only for several") {
  const Json one = Json::parse(metrics_json({small_evaluation()}));
  std::vector<std::string> names;
  for (const auto& [name, value] : one.members()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"model", "data", "split", "n", "loss", "accuracy", "top_k",
                                          "balanced_accuracy", "macro_f1", "weighted_f1", "per_class", "confusion"});
  CHECK(one.at("top_k").at("2").number() == 1);
  CHECK(one.at("per_class").items()[1].at("recall").number() == Approx(0.5));
  CHECK(one.at("confusion").items()[1].items()[0].integer() == 1);
  CHECK(Json::parse(metrics_json({small_evaluation(), small_evaluation()})).items().size() == 2);
  Evaluation undefined = small_evaluation();
  undefined.metrics.precision[0] = NAN;
  CHECK(Json::parse(metrics_json({undefined})).at("per_class").items()[0].at("precision").is_null());
}

TEST_CASE("a regression has its errors, in JSON and in brief, and nothing of classes") {
  Evaluation v{"m.h5", "d.h5", {"y", "z"}, {}};
  v.metrics.split = "test";
  v.metrics.n = 4;
  v.metrics.loss = 0.25;
  v.metrics.accuracy.reset(), v.metrics.top_k = NAN;
  v.metrics.mae = {0.5, 1.5}, v.metrics.rmse = {1, 2}, v.metrics.r2 = {0.5, 0.25};
  const auto names_of = [](const Json& json) {
    std::vector<std::string> names;
    for (const auto& [name, value] : json.members()) names.push_back(name);
    return names;
  };
  const Json whole = Json::parse(metrics_json({v}));
  CHECK(names_of(whole) ==
        std::vector<std::string>{"model", "data", "split", "n", "loss", "mae", "rmse", "r2", "per_target"});
  CHECK(whole.at("mae").number() == 1);
  CHECK(whole.at("per_target").items().size() == 2);
  Evaluation independent = v;
  independent.metrics.mae.clear(), independent.metrics.rmse.clear(), independent.metrics.r2.clear();
  independent.metrics.independent = true, independent.metrics.accuracy = 0.5;
  CHECK(names_of(Json::parse(metrics_json({independent}))) ==
        std::vector<std::string>{"model", "data", "split", "n", "loss", "accuracy", "per_class"});
}

TEST_CASE("the gate") {
  const std::vector<Evaluation> evaluations{small_evaluation()};
  CHECK(Gate({"accuracy=0.75"}).failures(evaluations).empty());
  REQUIRE(Gate({"accuracy=0.76", "recall[dog]=0.4"}).failures(evaluations).size() == 1);
  CHECK_THAT(Gate({"accuracy=0.76"}).failures(evaluations)[0], Contains("0.75") && Contains("0.76"));
  CHECK(Gate({"loss=0.3"}).failures(evaluations).empty());
  CHECK(Gate({"loss=0.2"}).failures(evaluations).size() == 1);
  CHECK_THROWS_AS(Gate({"accuracy"}), UsageError);
  CHECK_THROWS_AS(Gate({"accuracy=much"}), UsageError);
  CHECK_THROWS_WITH(Gate({"acuracy=0.9"}).failures(evaluations), Contains("accuracy"));
  Evaluation undefined = small_evaluation();
  undefined.metrics.recall[1] = NAN;
  CHECK(Gate({"recall[dog]=0"}).failures({undefined}).size() == 1);
}

TEST_CASE("an unknown metric lists near names, not every class and cell") {
  Evaluation v = small_evaluation();
  const auto message = [&](const char* condition) {
    try {
      (void)Gate({condition}).failures({v});
    } catch (const UsageError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK_THAT(message("recall[dgo]=1"), Contains("recall[dog]") && !Contains("confusion"));
  CHECK_THAT(message("typo=0.9"),
             Contains("accuracy, ") && Contains("recall[NAME]") && !Contains("confusion") && !Contains("cat"));
  v.metrics.mae = v.metrics.rmse = v.metrics.r2 = {0.5};
  CHECK(Gate({"mae=0.6"}).failures({v}).empty());
  CHECK(Gate({"mae=0.4"}).failures({v}).size() == 1);
}

TEST_CASE("predictions of classes as a table and JSON") {
  Predictions p;
  p.split = "val";
  p.sample = {7, 9};
  p.labels = {1, 0};
  p.predicted = {1, 1};
  p.classes = 3;
  p.probability = {0.125F, 0.75F, 0.125F, 0.25F, 0.5F, 0.25F};
  const std::vector<std::string> classes{"a", "b b", "c"};
  CHECK(predictions_table(p, classes, 2).text() ==
        "row\tlabel\tlabel_name\tpredicted\tpredicted_name\tconfidence\ttop_2\n"
        "7\t1\tb b\t1\tb b\t0.750000\tb b:0.750000, a:0.125000\n"
        "9\t0\ta\t1\tb b\t0.500000\tb b:0.500000, a:0.250000\n");
  CHECK_THAT(predictions_table(p, classes, 2).text(','),
             Contains("7,1,b b,1,b b,0.750000,\"b b:0.750000, a:0.125000\"\n"));
  p.labels.clear();
  CHECK_THAT(predictions_table(p, {}, 0).text(), Contains("7\t\t\t1\t1\t0.750000\n"));
  const Json json = Json::parse(predictions_json(p, classes, 1));
  CHECK(json.items()[0].at("label").is_null());
  CHECK(json.items()[1].at("predicted_name").string() == "b b");
  CHECK(json.items()[1].at("top_k").items()[0].at("class").string() == "b b");

  Predictions binary;
  binary.sample = {0};
  binary.predicted = {0};
  binary.classes = 1;
  binary.probability = {0.25F};
  CHECK(predictions_table(binary, {"no", "yes"}, 2).text() ==
        "sample\tlabel\tlabel_name\tpredicted\tpredicted_name\tconfidence\ttop_2\n0\t\t\t0\tno\t0.750000\tno:0.750000, "
        "yes:0.250000\n");
}

TEST_CASE("predictions of targets have their names, and name no class") {
  Predictions p;
  p.split = "test";
  p.sample = {0, 3};
  p.classes = 2;
  p.independent = true;
  p.probability = {0.25F, 0.125F, 0.75F, 1};
  CHECK(predictions_table(p, {"red", "big"}, 3).text() ==
        "row\tprobability[red]\tprobability[big]\tpredicted_names\n0\t0.250000\t0.125000\tnone\n3\t0.750000\t1."
        "000000\tred, big\n");
  p.targets = {0, 1, 1, 1};
  CHECK_THAT(predictions_table(p, {"red", "big"}, 3).text(),
             Contains("row\ttarget[red]\ttarget[big]\t") && Contains("\n0\t0\t1\t0.250000\t"));
  CHECK(Json::parse(predictions_json(p, {"red", "big"}, 3)).items()[1].at("predicted_names").items().size() == 2);
  p.independent = false;
  CHECK_THAT(predictions_table(p, {"y", "z"}, 3).text(),
             Contains("row\ttarget[y]\ttarget[z]\tprediction[y]\tprediction[z]\n0\t0\t1\t0.25\t0.125\n"));
  p.classes = 1;
  p.probability = {0.25F, -1.5F};
  p.targets = {};
  CHECK(predictions_table(p, {}, 3).text() == "row\tprediction\n0\t0.25\n3\t-1.5\n");
}

TEST_CASE("the form of a result: --format, else the suffix") {
  const auto form = [](FormRequest request) { return output_form(metrics_forms(), request); };
  CHECK(form({}) == "tsv");
  CHECK(form({.output = "r.CSV"}) == "csv");
  CHECK(form({.output = "a.b/r"}) == "tsv");
  CHECK(form({.output = "-", .dash = "h5"}) == "h5");
  CHECK(form({.output = "r.hdf5"}) == "h5");
  CHECK(form({.asked = "json", .output = "r.csv"}) == "json");
  CHECK(form({.json = true, .output = "r.csv"}) == "json");
  CHECK_THROWS_WITH(form({.asked = "csv", .json = true}), Contains("--json") && Contains("--format csv"));
  CHECK_THROWS_WITH(form({.output = "r.xls"}),
                    Contains("'.xls'") && Contains(".tsv") && Contains(".h5") && Contains("--format"));
  CHECK(output_form(result_forms(), {.output = "r.json"}) == "json");
  CHECK_THROWS_AS(output_form(result_forms(), {.output = "r.txt"}), UsageError);
}

TEST_CASE("a share that is not whole is never shown as 0 or 100 %") {
  CHECK(percent_text(1) == "100 %");
  CHECK(percent_text(0.9999) == ">99 %");
  CHECK(percent_text(0.994) == "99 %");
  CHECK(percent_text(0.001) == "<1 %");
  CHECK(percent_text(0) == "0 %");
  CHECK(percent_text(0.5) == "50 %");
}

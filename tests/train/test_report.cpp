// SPDX-License-Identifier: MIT
#include <cmath>

#include "catch.h"
#include "train/metrics.h"
#include "train/report.h"

using namespace nn;

namespace {

Verdict small_verdict() {
  Verdict v{"m.h5", "d.h5", {"cat", "dog"}, {}};
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
  const std::string text = metrics_tsv({small_verdict()}, false);
  CHECK(text.starts_with("split\tmetric\tvalue\ntest\tn\t4\ntest\tloss\t0.25\ntest\taccuracy\t0.75\ntest\ttop_2\t1\n"));
  CHECK_THAT(text, Contains("test\tprecision[cat]\t0.666667\n"));
  CHECK_THAT(text, Contains("test\tsupport[dog]\t2\n"));
  CHECK_THAT(text, Contains("test\tconfusion[dog,cat]\t1\n"));
  CHECK_THAT(text, !Contains("confusion[cat,dog]"));
  Verdict other = small_verdict();
  other.model = "n.h5";
  CHECK_THAT(metrics_tsv({small_verdict(), other}, true), Contains("n.h5\ttest\taccuracy\t0.75\n"));
}

TEST_CASE("metrics as JSON have exactly the promised members, an array only for several") {
  const Json one = Json::parse(metrics_json({small_verdict()}));
  std::vector<std::string> names;
  for (const auto& [name, value] : one.members()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"model", "data", "split", "n", "loss", "accuracy", "top_k", "per_class", "confusion"});
  CHECK(one.at("top_k").at("2").number() == 1);
  CHECK(one.at("per_class").items()[1].at("recall").number() == Approx(0.5));
  CHECK(one.at("confusion").items()[1].items()[0].integer() == 1);
  CHECK(Json::parse(metrics_json({small_verdict(), small_verdict()})).items().size() == 2);
  Verdict undefined = small_verdict();
  undefined.metrics.precision[0] = NAN;
  CHECK(Json::parse(metrics_json({undefined})).at("per_class").items()[0].at("precision").is_null());
}

TEST_CASE("the gate") {
  const std::vector<Verdict> verdicts{small_verdict()};
  CHECK(Gate({"accuracy=0.75"}).failures(verdicts).empty());
  REQUIRE(Gate({"accuracy=0.76", "recall[dog]=0.4"}).failures(verdicts).size() == 1);
  CHECK_THAT(Gate({"accuracy=0.76"}).failures(verdicts)[0], Contains("0.75") && Contains("0.76"));
  CHECK(Gate({"loss=0.3"}).failures(verdicts).empty());
  CHECK(Gate({"loss=0.2"}).failures(verdicts).size() == 1);
  CHECK_THROWS_AS(Gate({"accuracy"}), UsageError);
  CHECK_THROWS_AS(Gate({"accuracy=much"}), UsageError);
  CHECK_THROWS_WITH(Gate({"acuracy=0.9"}).failures(verdicts), Contains("accuracy"));
  Verdict undefined = small_verdict();
  undefined.metrics.recall[1] = NAN;
  CHECK(Gate({"recall[dog]=0"}).failures({undefined}).size() == 1);
}

TEST_CASE("predictions as TSV and JSON") {
  Predictions p;
  p.sample = {7, 9};
  p.labels = {1, 0};
  p.predicted = {1, 1};
  p.classes = 3;
  p.probability = {0.125F, 0.75F, 0.125F, 0.25F, 0.5F, 0.25F};
  const std::vector<std::string> classes{"a", "b b", "c"};
  CHECK(predictions_tsv(p, classes, 2) ==
        "sample\tlabel\tpredicted\tclass\tconfidence\ttop_2\n"
        "7\t1\t1\tb b\t0.750000\tb b:0.750000, a:0.125000\n"
        "9\t0\t1\tb b\t0.500000\tb b:0.500000, a:0.250000\n");
  p.labels.clear();
  CHECK_THAT(predictions_tsv(p, {}, 0), Contains("7\t\t1\t1\t0.750000\n"));
  const Json json = Json::parse(predictions_json(p, classes, 1));
  CHECK(json.items()[0].at("label").is_null());
  CHECK(json.items()[1].at("top_k").items()[0].at("class").string() == "b b");

  Predictions binary;
  binary.sample = {0};
  binary.predicted = {0};
  binary.classes = 1;
  binary.probability = {0.25F};
  CHECK_THAT(predictions_tsv(binary, {"no", "yes"}, 2), Contains("0\t\t0\tno\t0.750000\tno:0.750000, yes:0.250000"));
}

TEST_CASE("rows") {
  CHECK(parse_rows("0:3", 10) == std::vector<int64_t>{0, 1, 2});
  CHECK(parse_rows("8:", 10) == std::vector<int64_t>{8, 9});
  CHECK(parse_rows(":2,7", 10) == std::vector<int64_t>{0, 1, 7});
  for (const char* bad : {"", "a", "3:3", "5:2", "-1", "10", "0:11", "1,", ":x", "99999999999999999999"})
    CHECK_THROWS_AS(parse_rows(bad, 10), UsageError);
}

// SPDX-License-Identifier: MIT
// The numbers of the pictures of a comparison. Means and intervals are those of scipy.stats.t.interval.
#include <cmath>

#include "catch.h"
#include "pictures.h"
#include "plot/panels.h"
#include "training_files.h"

using namespace nn;
using namespace nn_test;

namespace {

double number(const TextTable& table, size_t row, const std::string& column) {
  for (size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column) return table.rows.at(row)[c].number();
  FAIL("no column " << column);
  return 0;
}
std::string text(const TextTable& table, size_t row, const std::string& column) {
  for (size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column) return cell_text(table.rows.at(row)[c]);
  FAIL("no column " << column);
  return {};
}

}  // namespace

TEST_CASE("compare: strip has a row for each run, with mean and interval of its group") {
  TrainingFiles files;
  for (const auto& [seed, accuracy] : {std::pair{"1", 0.90}, {"2", 0.92}, {"3", 0.97}})
    files.add_model({{"like", "keras"}, {"seed", seed}}, {{"epoch", {1}}, {"val_accuracy", {accuracy}}});
  files.add_model({{"like", "pytorch"}, {"seed", "1"}}, {{"epoch", {1}}, {"val_accuracy", {0.5}}});
  const auto p = drawn("compare", files.readers(), {{"show", "strip"}});
  const TextTable table = p->table();
  REQUIRE(table.rows.size() == 4);
  CHECK(table.columns ==
        std::vector<std::string>{"metric", "by_like", "file", "seed", "value", "n", "failed", "mean", "low", "high"});
  CHECK(text(table, 1, "by_like") == "keras");
  CHECK(number(table, 1, "value") == 0.92);
  CHECK(number(table, 1, "n") == 3);
  // scipy.stats.t.interval(0.95, 2, numpy.mean(x), scipy.stats.sem(x)) of 0.90, 0.92, 0.97
  CHECK(number(table, 1, "mean") == Approx(0.93).epsilon(1e-12));
  CHECK(number(table, 1, "low") == Approx(0.840433141050).epsilon(1e-9));
  CHECK(number(table, 1, "high") == Approx(1.019566858950).epsilon(1e-9));
  CHECK(text(table, 3, "low") == "nan");
  CHECK_THAT(p->remarks().at(0), Contains("pytorch") && Contains("no interval"));
  CHECK_THAT(p->script(), Contains("'n = 3'") && Contains("val.accuracy, larger is better"));
  CHECK_THAT(p->text(80), Contains("n = 3") && Contains("["));
}

TEST_CASE("compare: curves are means over the runs that got so far, and runs without a number are counted") {
  TrainingFiles files;
  files.add_model({{"like", "keras"}, {"seed", "1"}}, {{"epoch", {1, 2, 3}}, {"loss", {3, 2, 1}}});
  files.add_model({{"like", "keras"}, {"seed", "2"}}, {{"epoch", {1, 2}}, {"loss", {5, 3}}});
  files.add_model({{"like", "keras"}, {"seed", "3"}}, {{"epoch", {1, 2}}, {"loss", {7, NAN}}});
  const auto p = drawn("compare", files.readers(), {{"band", "sd"}});
  const TextTable table = p->table();
  REQUIRE(table.rows.size() == 3);
  const auto row = [&](size_t i) {
    return std::vector<std::string>{text(table, i, "epoch"), text(table, i, "n"),   text(table, i, "failed"),
                                    text(table, i, "mean"),  text(table, i, "low"), text(table, i, "high")};
  };
  CHECK(row(0) == std::vector<std::string>{"1", "3", "0", "5", "3", "7"});  // the standard deviation of 3, 5, 7 is 2
  CHECK(text(table, 1, "n") == "2");
  CHECK(text(table, 1, "failed") == "1");
  CHECK(text(table, 1, "mean") == "2.5");
  CHECK(row(2) == std::vector<std::string>{"3", "1", "0", "1", "nan", "nan"});
  CHECK_THAT(p->remarks().at(0), Contains("1 of 3 runs has values of train.loss that are no numbers"));
  CHECK_THAT(p->remarks().at(1), Contains("from epoch 3 on the curve is of fewer than 3 runs"));
  CHECK_THAT(p->script(), Contains("(3 runs, 1 with NaN)"));
  CHECK(number(drawn("compare", files.readers(), {{"band", "range"}})->table(), 0, "high") == 7);
}

TEST_CASE("compare: bands are cut to the axes, where both ends leave them, too") {
  const std::vector<BandPlace> cut = cut_band({{0, 0.5, 0.75}, {1, 1.5, 1.75}, {2, NAN, NAN}, {3, -1, 2}}, {0, 1});
  std::vector<double> x;
  for (const BandPlace& at : cut) {
    x.push_back(at.x);
    CHECK_FALSE((at.low < 0 || at.high > 1));
  }
  // The upper end reaches 1 after a quarter of the way, the lower one after half; later 1.5 to -1 passes 1 and 0.
  const std::vector<double> expected{0, 0.25, 0.5, 1, 2, 1.4, 2.2, 3};
  REQUIRE(x.size() == expected.size());
  for (size_t i = 0; i < x.size(); ++i) CHECK(x[i] == Approx(expected[i]));
  CHECK((cut[2].low == 1 && cut[2].high == 1 && cut[3].low == 1));
  // One run at 0.5 and one at 1: the interval of their mean, -2.4 to 3.9, stays between 0 and 1 in the picture.
  TrainingFiles files;
  for (const double accuracy : {0.5, 1.0})
    files.add_model({{"seed", std::to_string(accuracy)}}, {{"epoch", {1, 2}}, {"val_accuracy", {accuracy, accuracy}}});
  CHECK_THAT(drawn("compare", files.readers())->script(), Contains("$b0_0 << EOD\n1 0 1\n2 0 1\nEOD"));
}

TEST_CASE("compare: what does not go together, and what is not there") {
  TrainingFiles files;
  files.add_model({{"like", "keras"}, {"seed", "1"}}, {{"epoch", {1}}, {"loss", {3}}, {"val_loss", {2}}});
  files.add_model({{"like", "keras"}, {"seed", "2"}}, {{"epoch", {1}}, {"loss", {3}}});
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"metric", "val.loss"}}),
                    Contains("no val.loss in ") && Contains("m1.h5"));
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"metric", "val.los"}}), Contains("did you mean"));
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"group-by", "lik"}}), Contains("did you mean like?"));
  CHECK(text(drawn("compare", files.readers())->table(), 0, "n") == "2");  // of the loss, which both have
  files.add_model({{"like", "keras"}, {"seed", "2"}, {"epochs", "0"}}, {});
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"show", "curves"}}), Contains("m2.h5: no history"));
}

TEST_CASE("compare: time is that of the epochs until then, mean over the runs") {
  TrainingFiles files;
  files.add_model({{"seed", "1"}}, {{"epoch", {1, 2}}, {"val_accuracy", {0.5, 0.75}}, {"seconds", {2, 3}}});
  files.add_model({{"seed", "2"}}, {{"epoch", {1, 2}}, {"val_accuracy", {0.25, 1}}, {"seconds", {4, 5}}});
  const auto p = drawn("compare", files.readers(), {{"show", "time"}, {"band", "range"}});
  const TextTable table = p->table();
  REQUIRE(table.rows.size() == 2);
  CHECK(number(table, 0, "seconds") == 3);
  CHECK(number(table, 1, "seconds") == 7);
  CHECK(number(table, 1, "mean") == 0.875);
  CHECK(number(table, 1, "high") == 1);
  CHECK_THAT(p->script(), Contains("training time in seconds"));
  // Of what no history has, a point a run; and without seconds there is no time.
  files.add_model({{"seed", "3"}}, {{"epoch", {1}}, {"val_accuracy", {0.5}}});
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"show", "time"}}), Contains("m2.h5: ") && Contains("how long"));
}

TEST_CASE("compare: reliability of runs taken together, and the mean of their calibration errors") {
  TrainingFiles files;
  files.add_predictions({{"seed", "1"}}, {0, 1, 1, 1, 1, 1}, {0.1F, 0.2F, 0.7F, 0.45F, 0.65F, 0.95F});
  files.add_predictions({{"seed", "2"}}, {1, 1}, {0.12F, 0.9F});
  const auto p = drawn("compare", files.readers());
  const TextTable table = p->table();
  REQUIRE(table.rows.size() == 15);
  // Right with 0.9, 0.7, 0.65 and 0.95, wrong with 0.8 and 0.55, each alone in its bin: (0.1 + 0.3 + 0.35 + 0.05 + 0.8
  // + 0.55) / 6; in the second run 0.9 right and 0.88 wrong are in one bin: |1 - 1.78| / 2.
  CHECK(number(table, 0, "ece") == Approx((2.15 / 6 + 0.78 / 2) / 2).epsilon(1e-6));
  CHECK(number(table, 13, "n") == 3);
  CHECK(number(table, 13, "confidence") == Approx((0.9 + 0.88 + 0.9) / 3).epsilon(1e-6));
  CHECK(number(table, 13, "accuracy") == Approx(2.0 / 3));
  CHECK(text(table, 0, "accuracy") == "nan");
  CHECK_THAT(p->script(), Contains("ECE 0.3742 (2 runs)"));
  TrainingFiles wrong;
  wrong.add_predictions({}, {0, 1}, {0.5F, 1.5F});
  CHECK_THROWS_WITH(drawn("compare", wrong.readers(), {{"show", "reliability"}}),
                    Contains("row 1 are no probabilities"));
  TrainingFiles metrics;
  metrics.add_metrics({}, {1, 0, 0, 1});
  CHECK_THROWS_WITH(drawn("compare", metrics.readers(), {{"show", "reliability"}}), Contains("expected predictions"));
}

TEST_CASE("compare: classes by group, and two confusions beside each other") {
  TrainingFiles files;
  files.add_metrics({{"like", "keras"}, {"seed", "1"}}, {3, 1, 2, 4});
  files.add_metrics({{"like", "keras"}, {"seed", "2"}}, {4, 0, 3, 3});
  files.add_metrics({{"like", "pytorch"}, {"seed", "1"}}, {2, 2, 0, 6});
  const auto p = drawn("compare", files.readers(), {{"show", "classes"}});
  const TextTable table = p->table();
  REQUIRE(table.rows.size() == 4);
  CHECK(text(table, 2, "class") == "b");
  CHECK(number(table, 0, "mean") == Approx((3.0 / 4 + 1) / 2));
  // scipy.stats.t.interval(0.95, 1, numpy.mean([0.75, 1]), scipy.stats.sem([0.75, 1]))
  CHECK(number(table, 0, "low") == Approx(-0.713275592).epsilon(1e-8));
  CHECK(number(table, 1, "mean") == 0.5);
  CHECK(number(table, 2, "mean") == Approx((4.0 / 6 + 3.0 / 6) / 2));
  CHECK_THAT(p->text(80), Contains("0.8750") && Contains("pytorch"));
  const TextTable precision =
      drawn("compare", files.readers(), {{"show", "classes"}, {"metric", "test.precision"}})->table();
  CHECK(number(precision, 1, "mean") == 1);
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"show", "classes"}, {"metric", "accuracy"}}),
                    Contains("unknown metric of a class 'accuracy'"));

  const TextTable cells = drawn("compare", files.readers(), {{"show", "confusion"}})->table();
  REQUIRE(cells.rows.size() == 4);
  CHECK(number(cells, 0, "baseline") == 3.5);  // the first group
  CHECK(number(cells, 0, "group") == 2);
  CHECK(number(cells, 3, "difference") == 2.5);
  CHECK_THAT(drawn("compare", files.readers(), {{"show", "confusion"}})->text(80),
             Contains("keras (2 runs)") && Contains("3.5") && Contains("pytorch (1 run)"));
  CHECK_THROWS_WITH(drawn("compare", files.readers(), {{"show", "confusion"}, {"group-by", "like,seed"}}),
                    Contains("draws two groups, found 3"));
}

TEST_CASE("compare: runs whose loss is no number are counted and named, not taken for bad ones") {
  TrainingFiles files;
  files.add_model({{"seed", "1"}}, {{"epoch", {1}}, {"val_loss", {0.5}}, {"val_accuracy", {0.75}}});
  files.add_model({{"seed", "2"}}, {{"epoch", {1}}, {"val_loss", {NAN}}, {"val_accuracy", {0}}});
  const auto p = drawn("compare", files.readers(), {{"show", "strip"}});
  CHECK(number(p->table(), 0, "n") == 1);
  CHECK(number(p->table(), 0, "failed") == 1);
  CHECK(text(p->table(), 1, "value") == "nan");
  CHECK_THAT(p->script(), Contains("n = 1, 1 NaN"));
  CHECK_THAT(p->remarks().at(0), Contains("1 of 2 runs has no number for val.accuracy"));
  const auto curves = drawn("compare", files.readers(), {{"metric", "val.accuracy"}});
  CHECK(number(curves->table(), 0, "mean") == 0.75);
  CHECK(number(curves->table(), 0, "failed") == 1);
}

TEST_CASE("compare: gnuplot draws each, with names that mean something to it", "[needs-gnuplot]") {
  if (!has_gnuplot()) NN_SKIP("gnuplot is not installed");
  const std::string odd = "it's \"50%\" `id` $x {a} <b> & a very long name of a group that no axis has room for";
  TrainingFiles models, metrics, predictions;
  for (const std::string& group : {odd, odd + " too"}) {
    models.add_model({{"like", group}},
                     {{"epoch", {1, 2}}, {"val_loss", {2, NAN}}, {"val_accuracy", {0, 1}}, {"seconds", {1, 2}}});
    metrics.add_metrics({{"like", group}}, {3, 1, 0, 2, 4, 0, 0, 0, 1});
    predictions.add_predictions({{"like", group}}, {0, 1, 1}, {0.25F, 0.5F, 1});
  }
  const auto draw = [&](const TrainingFiles& files, const char* show) {
    INFO(show);
    const auto p = drawn("compare", files.readers(), {{"show", show}});
    for (const PictureForm form : {PictureForm::svg, PictureForm::png, PictureForm::pdf})
      CHECK_FALSE(render(*p, form, "").empty());
    CHECK_FALSE(
        render(*p, PictureForm::svg, std::to_string(p->least_width) + "x" + std::to_string(p->least_height)).empty());
    CHECK_FALSE(p->text(80).empty());
  };
  for (const char* show : {"curves", "strip", "time"}) draw(models, show);
  for (const char* show : {"strip", "classes", "confusion"}) draw(metrics, show);
  for (const char* show : {"strip", "reliability", "classes", "confusion"}) draw(predictions, show);
}

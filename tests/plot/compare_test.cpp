// SPDX-License-Identifier: MIT
// The numbers of the pictures of a comparison. Means and intervals are those of scipy.stats.t.interval.
#include <cmath>

#include "catch.h"
#include "pictures.h"
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

// SPDX-License-Identifier: MIT
// Groups of runs, what is refused, and what is said of them. Values of p are SciPy's, from tests/golden/statistics.
#include <cmath>
#include <sstream>

#include "catch.h"
#include "results/compare/comparison_page.h"
#include "results/compare/digits.h"
#include "results/compare/leaderboard.h"
#include "results/compare/sorting.h"

using namespace nn;

namespace {

ComparedRun run_of(const std::string& like, int seed, double accuracy) {
  ComparedRun run;
  run.file = like + "." + std::to_string(seed) + ".h5";
  run.kind = "metrics", run.identity = run.file;
  run.keys = {{"like", like},
              {"loss", like == "keras" ? "cross_entropy,weights-divide=false" : "cross_entropy"},
              {"lr", "0.001"},
              {"seed", std::to_string(seed)},
              {"threads", std::to_string(seed % 2)},
              {"file", run.file}};
  run.metrics = {{"test.loss", 1 - accuracy},
                 {"test.accuracy", accuracy},
                 {"val.accuracy", accuracy / 2},
                 {"seconds", 2.0 + seed}};
  run.samples = {{"test", "sum of test"}, {"val", "sum of val"}};
  return run;
}

const std::vector<double> torch_values{0.9123, 0.9087, 0.9151, 0.9102, 0.9066},
    keras_values{0.9094, 0.9071, 0.9089, 0.9103, 0.9032};

std::vector<ComparedRun> five_each() {
  std::vector<ComparedRun> runs;
  for (int seed = 1; seed <= 5; ++seed) {
    runs.push_back(run_of("pytorch", seed, torch_values[static_cast<size_t>(seed - 1)]));
    runs.push_back(run_of("keras", seed, keras_values[static_cast<size_t>(seed - 1)]));
  }
  return runs;
}

const Difference& only_difference(const Comparison& all, size_t metric = 0) {
  for (const auto& d : all.metrics[metric].differences)
    if (d) return *d;
  throw std::runtime_error("no difference");
}

std::string said(const Comparison& all) {
  std::string text;
  for (const std::string& note : comparison_notes(all)) text += note + "\n";
  return text;
}

template <class Work>
std::string message(Work work) {
  try {
    work();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

Predictions predictions_of(const std::vector<int32_t>& predicted, const std::vector<int32_t>& labels) {
  Predictions p;
  p.split = "test", p.samples_sum = "a", p.labels = labels, p.predicted = predicted, p.classes = 2;
  for (size_t i = 0; i < labels.size(); ++i) {
    p.sample.push_back(static_cast<int64_t>(i));
    p.probability.push_back(predicted[i] == 0 ? 0.75F : 0.25F),
        p.probability.push_back(predicted[i] == 0 ? 0.25F : 0.75F);
  }
  return p;
}

}  // namespace

TEST_CASE("groups are made by the fewest keys, without seed and place") {
  const std::vector<ComparedRun> runs = five_each();
  const Grouping grouping = group_runs(runs, {});
  CHECK(grouping.keys == std::vector<std::string>{"like"});  // loss changes with it
  REQUIRE(grouping.groups.size() == 2);
  CHECK(grouping.groups[0].name() == "pytorch");
  CHECK(grouping.groups[1].runs == std::vector<size_t>{1, 3, 5, 7, 9});
  CHECK(group_runs(runs, {"like", "seed"}).groups.size() == 10);
  CHECK(group_runs(runs, {"lr"}).groups.size() == 1);
  std::vector<std::string> keys;
  for (const KeyValues& one : differing_keys(runs)) keys.push_back(one.key);
  CHECK(keys == std::vector<std::string>{"like", "loss", "seed", "threads", "file"});
  CHECK(differing_keys(runs)[3].values == std::vector<std::pair<std::string, int64_t>>{{"1", 6}, {"0", 4}});
  CHECK_THROWS_WITH(group_runs(runs, {"lik"}), Contains("did you mean like"));
  CHECK(pairing_keys(runs, grouping) == std::vector<std::string>{"seed"});

  CHECK(grouping.clear_name(1) == "keras");
  const Grouping two = group_runs(runs, {"like", "lr"});
  CHECK(two.clear_name(1) == "like=keras, lr=0.001");
  CHECK(find_group(two, two.clear_name(1)) == 1);
  CHECK(group_runs(runs, {"lr"}).clear_name(0) == "lr=0.001");
  CHECK(find_group(two, "keras") == 1);
  CHECK(find_group(two, "like=keras") == 1);
  CHECK(find_group(two, "keras,0.001") == 1);
  CHECK(find_group(two, "keras, 0.001") == 1);
  CHECK_THROWS_WITH(find_group(two, "0.001"), Contains("several groups"));
  CHECK(find_group(two, "like=keras,lr=0.001") == 1);
  CHECK_THROWS_WITH(find_group(two, "jax"), Contains("--baseline: unknown group 'jax'; the groups: like=pytorch, "
                                                     "lr=0.001; like=keras, lr=0.001"));
}

TEST_CASE("runs with the same seeds are pairs, others are not") {
  std::vector<ComparedRun> runs = five_each();
  Comparison all = compare_runs(runs, {});
  CHECK(all.metrics[0].name == "test.accuracy");
  CHECK(all.baseline == 0U);
  const Difference paired = only_difference(all);
  CHECK(paired.paired);
  CHECK(paired.pairs == 5);
  CHECK(paired.mean.difference == Approx(-0.0028));
  CHECK(paired.mean.p == Approx(0.05504843565336454).epsilon(1e-10));
  CHECK(paired.rank.p == 0.125);
  CHECK(paired.better == Approx(1 - 17.0 / 25));
  CHECK(paired.mean_holm == paired.mean.p);

  runs.pop_back();  // keras without seed 5
  all = compare_runs(runs, {});
  CHECK_FALSE(only_difference(all).paired);
  CHECK_THAT(said(all), Contains("keras and pytorch do not have the same seeds"));

  // Two networks of each seed: pairs agree in both.
  runs = five_each();
  for (ComparedRun run : five_each())
    run.keys.emplace_back("batch", "32"), run.file += "2", run.identity += "2", runs.push_back(run);
  all = compare_runs(runs, {.group_by = {"like"}});
  CHECK(all.paired_by == std::vector<std::string>{"seed", "batch"});
  CHECK(only_difference(all).pairs == 10);

  // Not told apart by any key: named, and not paired.
  for (ComparedRun& run : runs) std::erase_if(run.keys, [](const auto& key) { return key.first == "batch"; });
  all = compare_runs(runs, {});
  CHECK_FALSE(only_difference(all).paired);
  CHECK_THAT(said(all), Contains("keras: seed 5 stands in 2 files (keras.5.h5, keras.5.h52)"));
  CHECK(all.metrics[0].groups[0].summary.n == 10);
}

TEST_CASE("Holm's correction is over all metrics and groups") {
  std::vector<ComparedRun> runs = five_each();
  for (int seed = 1; seed <= 5; ++seed)
    runs.push_back(run_of("jax", seed, torch_values[static_cast<size_t>(seed % 5)] - 0.01));
  const Comparison all = compare_runs(runs, {.metrics = {"accuracy", "val.accuracy", "loss"}, .baseline = "keras"});
  CHECK(all.metrics[2].smaller_is_better);
  std::vector<double> p;
  for (const MetricComparison& metric : all.metrics)
    for (const auto& d : metric.differences)
      if (d) p.push_back(d->mean.p);
  REQUIRE(p.size() == 6);
  const std::vector<double> corrected = stats::holm(p);
  CHECK(all.metrics[0].differences[0]->mean_holm == corrected[0]);
  CHECK(all.metrics[2].differences[2]->mean_holm == corrected[5]);
  CHECK_FALSE(all.metrics[0].differences[1]);
  // Half the accuracy has half the difference, and the same p; less loss is better.
  CHECK(all.metrics[1].differences[0]->mean.p == Approx(p[0]).epsilon(1e-9));
  CHECK(all.metrics[2].differences[0]->better == Approx(all.metrics[0].differences[0]->better));
}

TEST_CASE("runs that went wrong are counted and named, not dropped in silence") {
  std::vector<ComparedRun> runs = five_each();
  runs[3].metrics[1].second = NAN;  // keras, seed 2
  const Comparison all = compare_runs(runs, {});
  const GroupResult& keras = all.metrics[0].groups[1];
  CHECK(keras.summary.n == 4);
  CHECK(keras.failed == std::vector<std::string>{"keras.2.h5"});
  CHECK(only_difference(all).pairs == 4);
  CHECK_THAT(said(all), Contains("keras: 1 of 5 runs has no number for test.accuracy") && Contains("keras.2.h5"));
  const Page page = comparison_page(all);
  CHECK(page.blocks[0].columns[2] == "nan");
  CHECK(page.blocks[0].rows[1][2] == "1");
  CHECK(leaderboard(runs, {}).rows.back().file == "keras.2.h5");
  // The difference is of the pairs, the means of all runs.
  CHECK_THAT(said(all), Contains("over the 4 pairs in which both have a number, "));
  CHECK_THAT(said(compare_runs(five_each(), {})), !Contains("in which both"));
}

TEST_CASE("runs without a number that leave too few pairs are compared without pairs") {
  std::vector<ComparedRun> runs = five_each();
  runs.resize(8);  // seeds 1 to 4
  for (const size_t keras : {1, 3}) runs[keras].metrics[1].second = NAN;
  for (const size_t torch : {4, 6}) runs[torch].metrics[1].second = NAN;
  const Comparison all = compare_runs(runs, {});
  const Difference& d = only_difference(all);
  CHECK_FALSE(d.paired);
  CHECK(d.mean.difference == Approx((0.9089 + 0.9103) / 2 - (0.9123 + 0.9087) / 2));
  // scipy.stats.ttest_ind([0.9089, 0.9103], [0.9123, 0.9087], equal_var=False)
  CHECK(d.mean.p == Approx(0.707435490295642).epsilon(1e-10));
  CHECK_THAT(said(all), Contains("keras and pytorch have no pair in which both have a number for test.accuracy: their "
                                 "runs are not paired.") &&
                            !Contains("one run shows no spread"));
}

TEST_CASE("models trained on different data are named, where results of the same samples are compared") {
  std::vector<ComparedRun> runs = five_each();
  CHECK_THAT(said(compare_runs(runs, {})), !Contains("trained on different data"));
  for (size_t i = 0; i < runs.size(); ++i) runs[i].keys.emplace_back("data", i % 2 ? "b0b0" : "a0a0");
  CHECK_THAT(
      said(compare_runs(runs, {})),
      Contains("The models were trained on different data (a0a0: pytorch.1.h5, ") && Contains("; b0b0: keras.1"));
  CHECK(leaderboard(runs, {}).notes.size() == 1);
  CHECK_THAT(said(compare_runs(runs, {.group_by = {"data"}})), !Contains("trained on different data"));
}

TEST_CASE("a group of far larger values leaves the others their digits") {
  std::vector<ComparedRun> runs = five_each();
  for (ComparedRun& run : five_each())
    if (run.keys[0].second == "keras")
      run.keys[0].second = "jax", run.file += "j", run.identity += "j", run.metrics[1].second = 1e12,
      runs.push_back(run);
  const Page page = comparison_page(compare_runs(runs, {}));
  CHECK(page.blocks[0].rows[0][2] == "0.9106");
  CHECK(page.blocks[0].rows[2][2] == "1e+12");
  CHECK_THAT(page.blocks[1].rows[0][3], Contains("-0.0057 to +0.0001"));
  CHECK(leaderboard_page(leaderboard(runs, {})).blocks[0].rows.back().back() == "0.9032");
}

TEST_CASE("what cannot be compared is refused by name") {
  std::vector<ComparedRun> runs = five_each();
  const auto refused = [&](const ComparisonSettings& settings) {
    return message([&] { compare_runs(runs, settings); });
  };
  CHECK_THAT(refused({.metrics = {"test.acuracy"}}), Contains("unknown metric") && Contains("test.accuracy"));
  CHECK_THAT(refused({.baseline = "jax"}), Contains("unknown group 'jax'"));
  runs[4].metrics.erase(runs[4].metrics.begin() + 1);
  CHECK_THAT(refused({.metrics = {"test.accuracy"}}), Contains("no test.accuracy in pytorch.3.h5"));
  CHECK_THAT(refused({.metrics = {"accuracy"}}), Contains("no error"));  // val is what all have
  runs = five_each();
  runs[2].samples["test"] = "another";
  CHECK_THAT(refused({}), Contains("pytorch.1.h5 and pytorch.2.h5 are of different data") && Contains("--allow-mixed"));
  CHECK(refused({.allow_mixed = true}) == "no error");
  CHECK(refused({.metrics = {"val.accuracy"}}) == "no error");
  CHECK_THAT(refused({.metrics = {"seconds"}}), Contains("different data"));
  runs = five_each();
  runs[2].kind = "model";
  CHECK_THAT(refused({}), Contains("compare files of one kind"));
  runs = five_each();
  runs[2].identity = runs[0].identity;
  CHECK_THAT(refused({}), Contains("pytorch.1.h5 and pytorch.2.h5 hold the same run"));
  // Trained by other threads it is another time, but the same result: two groups, no two runs of one.
  for (auto& [key, value] : runs[2].keys)
    if (key == "threads") value = "8";
  CHECK_THAT(refused({}), Contains("pytorch.1.h5 and pytorch.2.h5 hold the same run"));
  CHECK(refused({.group_by = {"threads"}}) == "no error");
  runs[2].keys = runs[0].keys;
  runs[2].file = runs[0].file;
  CHECK_THAT(refused({}), Contains("given twice"));
  runs = five_each();
  for (size_t i = 0; i < runs.size(); i += 2)
    std::erase_if(runs[i].metrics, [](const auto& m) { return m.first[0] == 't'; });
  for (size_t i = 1; i < runs.size(); i += 2)
    std::erase_if(runs[i].metrics, [](const auto& m) { return m.first[0] == 'v'; });
  CHECK_THAT(refused({}), Contains("different splits"));
  CHECK(refused({.allow_mixed = true}) == "no error");
  runs.resize(1);
  CHECK_THAT(refused({.baseline = "pytorch"}), Contains("one group only"));
}

TEST_CASE("sentences say what the runs support") {
  std::vector<ComparedRun> runs = five_each();
  // d of the pairs is -1.2: statsmodels' power of 0.8 needs 8 pairs.
  const Comparison all = compare_runs(runs, {});
  CHECK(only_difference(all).effect.cohen == Approx(-1.2).margin(0.05));
  CHECK(only_difference(all).runs_needed == 8);
  CHECK_THAT(said(all), Contains("keras against pytorch: 5 pairs of runs do not show a difference (p = 0.055)") &&
                            Contains("0.0028, about 8 seeds a group") &&
                            Contains("Wilcoxon's test of 5 pairs cannot give a p below 0.0625"));
  for (size_t i = 1; i < runs.size(); i += 2) runs[i].metrics[1].second -= 0.1;
  CHECK_THAT(said(compare_runs(runs, {})), Contains("keras against pytorch: worse by 0.1028"));
  runs.resize(2);
  CHECK_THAT(said(compare_runs(runs, {})),
             Contains("nothing can be said of how keras differs from pytorch: one run shows no"));
  runs = five_each();
  for (size_t i = 1; i < runs.size(); i += 2) runs[i].metrics[1].second = runs[i - 1].metrics[1].second;
  CHECK_THAT(said(compare_runs(runs, {})), Contains("the runs are equal"));
}

TEST_CASE("the seeds needed are for the significance that Holm's correction leaves") {
  const std::vector<ComparedRun> runs = five_each();
  const Comparison one = compare_runs(runs, {}), two = compare_runs(runs, {.metrics = {"accuracy", "seconds"}}),
                   three = compare_runs(runs, {.metrics = {"accuracy", "val.accuracy", "loss"}});
  CHECK(only_difference(two).runs_needed == only_difference(one).runs_needed);  // seconds do not differ: no test
  CHECK(only_difference(three).runs_needed == stats::runs_needed(only_difference(three).effect.cohen, true, 0.05 / 3));
  CHECK(only_difference(three).runs_needed > only_difference(one).runs_needed);
  std::vector<ComparedRun> few(runs.begin(), runs.begin() + 6);
  few[5].keys[3].second = "9";  // another seed, so that there are no pairs
  CHECK_THAT(said(compare_runs(few, {})), Contains("Mann-Whitney's test of 3 and 3 runs cannot give a p below 0.1"));
  few.resize(1);
  CHECK_THAT(said(compare_runs(few, {})), Contains("one run shows no spread"));
}

TEST_CASE("order: numbers by size, better values first, no number last") {
  CHECK(value_before("9", "10"));
  CHECK(value_before("1e-3", "a"));
  CHECK(value_before("a", "b"));
  CHECK(better_before(2, 1, false));
  CHECK(better_before(1, NAN, true));
  CHECK_FALSE(better_before(NAN, 1, true));
  CHECK_THROWS_WITH(sort_order("lr,up"), Contains("reverse"));
  const std::vector<ComparedRun> runs = five_each();
  CHECK(compare_runs(runs, {.sort = "accuracy,reverse"}).grouping.groups[0].name() == "keras");
  CHECK(compare_runs(runs, {.sort = "like"}).grouping.groups[0].name() == "keras");
  CHECK(compare_runs(runs, {.sort = "like,reverse"}).grouping.groups[0].name() == "pytorch");
  CHECK_THROWS_WITH(compare_runs(runs, {.sort = "pace"}), Contains("unknown key or metric"));
  const Leaderboard board = leaderboard(runs, {.metrics = {"accuracy", "seconds"}});
  CHECK(board.keys == std::vector<std::string>{"like", "seed"});
  CHECK((board.rows[0].file == "pytorch.3.h5" && board.rows[0].rank == 1 && board.rows[0].metrics[1] == 5));
  CHECK(leaderboard(runs, {.sort = "seconds"}).rows[1].rank == 1);  // two share the first rank
  CHECK(leaderboard(runs, {.sort = "seconds"}).rows[2].rank == 3);
}

TEST_CASE("numbers have the digits that their spread leaves") {
  using stats::undefined;
  CHECK(decimals_for(std::vector<double>{0.9123, 0.9}, std::vector<double>{0.0031, 0.02}) == 4);
  CHECK(decimals_for(std::vector<double>{123.4}, std::vector<double>{undefined}) == 1);
  CHECK(decimals_for(std::vector<double>{650, 61706}, std::vector<double>{0}) == 0);
  CHECK(decimals_for(std::vector<double>{1e11}, std::vector<double>{1e-9}) == 0);
  CHECK(fixed_text(0.00312, 4, true) == "+0.0031");
  CHECK(fixed_text(-0.00001, 4) == "0.0000");
  CHECK(fixed_text(undefined, 4) == "-");
  CHECK(p_text(0.0004) == "<0.001");
  CHECK(p_text(0.0625) == "0.062");
  CHECK(p_text(0.4206) == "0.42");
}

TEST_CASE("predictions are compared sample by sample") {
  const std::vector<int32_t> labels{0, 0, 0, 0, 1, 1, 1, 1};
  std::vector<ComparedRun> runs{run_of("pytorch", 1, 0.75), run_of("keras", 1, 0.5)};
  const auto with = [](ComparedRun& run, const Predictions& p) {
    run.kind = "predictions", run.predictions = std::make_shared<const Predictions>(p);
  };
  with(runs[0], predictions_of({0, 0, 0, 0, 1, 1, 0, 0}, labels));
  with(runs[1], predictions_of({1, 1, 1, 0, 1, 1, 1, 0}, labels));
  const Comparison all = compare_runs(runs, {});
  REQUIRE(all.samples);
  CHECK(all.samples->samples == 8);
  const SampleDifference& d = *all.samples->groups[1];
  CHECK(d.difference == Approx(4.0 / 8 - 6.0 / 8));
  CHECK((d.interval.low < d.difference && d.interval.high > d.difference));
  REQUIRE(d.tests.size() == 1);
  CHECK((d.tests[0].only_group == 1 && d.tests[0].only_baseline == 3));
  CHECK(d.tests[0].p == Approx(2.0 * (1 + 4) / 16));  // 0 or 1 heads of 4 throws
  CHECK(comparison_page(all).blocks.size() == 5);

  const Equality other = compare_predictors(runs[0], runs[1], 0.4);
  CHECK((other.other_classes == 4 && other.beyond == 8 && other.most == 0.5 && !other.holds()));
  CHECK(compare_predictors(runs[0], runs[1], 0.5).holds());
  CHECK_THAT(inequality(other), Contains("8 of 16 values by more than 0.4") && Contains("row 0"));

  Predictions p = *runs[1].predictions;
  p.sample[1] = 9;
  with(runs[1], p);
  CHECK_THAT(message([&] { compare_runs(runs, {}); }), Contains("other rows"));
  p.sample[1] = 1, p.labels[0] = 1;
  with(runs[1], p);
  CHECK_THAT(message([&] { compare_runs(runs, {}); }), Contains("labels"));
}

TEST_CASE("confusions of two groups are means over their runs") {
  std::vector<ComparedRun> runs = five_each();
  runs.resize(4);
  for (size_t i = 0; i < runs.size(); ++i) {
    Metrics m;
    m.split = "test";
    m.confusion = {5, static_cast<int64_t>(i), 0, 7};
    runs[i].measured = {m}, runs[i].outputs = {"cat", "dog"};
  }
  const ConfusionDifference d = confusion_difference(runs, group_runs(runs, {}), 0, "test");
  CHECK((d.group == "keras" && d.baseline == "pytorch"));
  CHECK(d.of_group == std::vector<double>{5, 2, 0, 7});     // 1 and 3
  CHECK(d.of_baseline == std::vector<double>{5, 1, 0, 7});  // 0 and 2
  CHECK(confusion_table(d).rows.size() == 3);
  CHECK(confusion_page(d).blocks[0].rows[0] == std::vector<std::string>{"cat", "0", "+1"});
  runs[3].outputs[1] = "cow";
  CHECK_THROWS_WITH(confusion_difference(runs, group_runs(runs, {}), 0, "test"),
                    Contains("pytorch.1.h5 and keras.2.h5 are of other classes: class 1 is dog and cow"));
  runs[3].outputs = {"cat"};
  CHECK_THROWS_WITH(check_classes(runs), Contains("2 and 1 of them"));
  runs[3].outputs = runs[0].outputs;
  CHECK(split_of_classes(runs, "--confusion") == "test");
  std::erase_if(runs[2].metrics, [](const auto& metric) { return metric.first == "test.accuracy"; });
  std::erase_if(runs[3].metrics, [](const auto& metric) { return metric.first == "val.accuracy"; });
  CHECK_THROWS_WITH(split_of_classes(runs, "--confusion"), Contains("no split in common") && !Contains("allow-mixed"));
  runs[2].metrics = {{"test.rmse", 1}};
  CHECK_THROWS_WITH(split_of_classes(runs, "--confusion"), Contains("pytorch.2.h5: its outputs are numbers and no cl"));
  runs[3].measured.clear();
  CHECK_THROWS_WITH(confusion_difference(runs, group_runs(runs, {}), 0, "test"), Contains("keras.2.h5"));
}

TEST_CASE("two groups of five seeds fit a terminal") {
  const std::string text =
      page_text(comparison_page(compare_runs(five_each(), {.metrics = {"accuracy", "loss"}})), "text");
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    INFO(line);
    CHECK(line.size() <= 80);
  }
  CHECK(count > 20);
}

TEST_CASE("each form quotes the text that it is given") {
  const Page page{"a <b>", {{"x_1 & y", {"k|", "50 %"}, {{"<i>_", "1"}}}}, {"p < 0.5"}};
  CHECK_THAT(page_text(page, "md"), Contains("| k\\| | 50 % |") && Contains("|---|---:|") && Contains("\\<i>\\_"));
  CHECK_THAT(page_text(page, "tex"),
             Contains("x\\_1 \\& y") && Contains("50 \\% \\\\") && Contains("\\textless{}i") && Contains("{lr}"));
  CHECK_THAT(page_text(page, "html"), Contains("<td class=\"word\">&lt;i&gt;_</td>") && Contains("a &lt;b&gt;") &&
                                          Contains("prefers-color-scheme: dark"));
  CHECK(page_text(page, "text") == "x_1 & y\n\nk|    50 %\n<i>_     1\n\np < 0.5\n");
}

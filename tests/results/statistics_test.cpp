// SPDX-License-Identifier: MIT
// Statistics against SciPy's and statsmodels': tests/golden/statistics/statistics.json, recorded by make.py there.
#include <cmath>

#include "catch.h"
#include "json_file.h"
#include "paths.h"
#include "results/stats/bootstrap.h"
#include "results/stats/distributions.h"
#include "results/stats/effect.h"
#include "results/stats/summary.h"
#include "results/stats/tests.h"

using namespace nn;
using namespace nn::stats;
using nn_test::json_file;
using nn_test::numbers;

namespace {

const Json& golden() {
  static const Json all = json_file(nn_test::source_folder() + "/tests/golden/statistics/statistics.json");
  return all;
}

/// Equal to 1e-10 of the value, also where that is tiny.
void check(double found, const Json& expected) {
  if (expected.is_null())
    CHECK(std::isnan(found));
  else
    CHECK(found == Approx(expected.number()).epsilon(1e-10).margin(1e-300));
}
/// Beside the largest of the values that it is the difference of.
void check(double found, const Json& expected, double scale) {
  CHECK(found == Approx(expected.number()).epsilon(1e-10).margin(1e-15 * scale));
}

}  // namespace

TEST_CASE("tails and quantiles of distributions are SciPy's") {
  for (const Json& one : golden().at("student").items()) {
    INFO(one.dump());
    check(student_two_tails(one.at("t").number(), one.at("freedom").number()), one.at("two_tails"));
    check(student_two_tails(-one.at("t").number(), one.at("freedom").number()), one.at("two_tails"));
  }
  for (const Json& one : golden().at("quantile").items()) {
    INFO(one.dump());
    check(student_quantile(one.at("p").number(), one.at("freedom").number()), one.at("t"));
  }
  for (const Json& one : golden().at("noncentral").items()) {
    INFO(one.dump());
    check(noncentral_student_tail(one.at("t").number(), one.at("freedom").number(), one.at("shift").number()),
          one.at("tail"), 1e5);
  }
  for (const Json& one : golden().at("normal").items()) check(normal_tail(one.at("z").number()), one.at("tail"));
  CHECK(student_two_tails(INFINITY, 3) == 0);
}

TEST_CASE("the summary of a group is SciPy's and numpy's") {
  for (const Json& one : golden().at("groups").items()) {
    INFO(one.dump());
    std::vector<double> values = numbers(one.at("values"));
    const Summary s = summarize(values);
    CHECK(s.n == static_cast<int64_t>(values.size()));
    check(s.mean, one.at("mean")), check(s.sd, one.at("sd")), check(s.median, one.at("median"));
    check(s.iqm, one.at("iqm"));
    const Interval interval = t_interval(s, golden().at("level").number());
    check(interval.low, one.at("interval").items()[0]), check(interval.high, one.at("interval").items()[1]);
    std::sort(values.begin(), values.end());
    CHECK((s.least == values.front() && s.most == values.back()));
    const auto quantiles = one.at("quantiles").items();
    const double shares[] = {0, 0.1, 0.25, 0.6, 1};
    for (size_t i = 0; i < quantiles.size(); ++i) check(quantile(values, shares[i]), quantiles[i]);
  }
  CHECK(std::isnan(summarize({}).mean));
  CHECK(deviation_of(std::vector<double>{0.1, 0.1, 0.1}) == 0);
}

TEST_CASE("tests of two groups are SciPy's") {
  const double level = golden().at("level").number();
  for (const Json& one : golden().at("pairs").items()) {
    INFO(one.dump());
    const std::vector<double> x = numbers(one.at("x")), y = numbers(one.at("y"));
    double scale = 0;
    for (const double v : x) scale = std::max(scale, std::fabs(v));
    const Json& welch = one.at("welch");
    const MeanTest found = welch_t(x, y, level);
    check(found.t, welch.at("t"), 1e3), check(found.p, welch.at("p"));
    check(found.freedom, welch.at("freedom"));
    check(found.interval.low, welch.at("interval").items()[0], scale);
    check(found.interval.high, welch.at("interval").items()[1], scale);
    const TestResult rank = mann_whitney(x, y);
    check(rank.statistic, one.at("mann_whitney").at("statistic")), check(rank.p, one.at("mann_whitney").at("p"));
    check(probability_larger(x, y), one.at("larger"));
    const EffectSize effect = effect_size(x, y);
    check(effect.cohen, one.at("cohen"), 1e3);
    if (!one.at("hedges").is_null()) check(effect.hedges, one.at("hedges"), 1e3);
    if (x.size() != y.size()) continue;
    const MeanTest paired = paired_t(x, y, level);
    check(paired.p, one.at("paired").at("p"));
    check(paired.interval.low, one.at("paired").at("interval").items()[0], scale);
    check(paired.interval.high, one.at("paired").at("interval").items()[1], scale);
    const TestResult signs = wilcoxon(x, y);
    check(signs.statistic, one.at("wilcoxon").at("statistic")), check(signs.p, one.at("wilcoxon").at("p"));
    const EffectSize of_pairs = paired_effect_size(x, y);
    check(of_pairs.cohen, one.at("cohen_z"), 1e3);
    if (!one.at("hedges_z").is_null()) check(of_pairs.hedges, one.at("hedges_z"), 1e3);
  }
}

TEST_CASE("a test that the values do not determine has no p") {
  const std::vector<double> one{0.5}, two{0.5, 0.5}, other{0.7, 0.7};
  CHECK(std::isnan(welch_t(one, two, 0.95).p));
  CHECK(std::isnan(paired_t(one, one, 0.95).p));
  CHECK(std::isnan(paired_t(two, other, 0.95).p));  // the same difference twice says nothing of its spread
  CHECK(paired_t(two, other, 0.95).difference == Approx(-0.2));
  CHECK(std::isnan(welch_t(two, other, 0.95).p));
  CHECK(std::isnan(effect_size(two, other).cohen));
  CHECK(wilcoxon(two, two).p == 1);
  CHECK(std::isnan(mann_whitney(one, {}).p));
  CHECK(std::isnan(probability_larger({}, one)));
}

TEST_CASE("Holm's correction and McNemar's test are those of statsmodels") {
  for (const Json& one : golden().at("holm").items()) {
    std::vector<double> p = numbers(one.at("p"));
    p.push_back(undefined);
    const std::vector<double> found = holm(p);
    for (size_t i = 0; i + 1 < p.size(); ++i) check(found[i], one.at("corrected").items()[i]);
    CHECK(std::isnan(found.back()));
  }
  for (const Json& one : golden().at("mcnemar").items())
    check(mcnemar(one.at("only_x").integer(), one.at("only_y").integer()).p, one.at("p"));
}

TEST_CASE("the power of a t test and the runs that it needs are those of statsmodels") {
  for (const Json& one : golden().at("power").items()) {
    INFO(one.dump());
    const double d = one.at("d").number();
    const bool paired = one.at("paired").boolean();
    for (size_t i = 0; i < 3; ++i)
      check(power(d, one.at("n").items()[i].integer(), paired, 0.05), one.at("power").items()[i], 1e4);
    CHECK(runs_needed(d, paired, 0.05) == one.at("runs").integer());
  }
  CHECK(runs_needed(0, true, 0.05) == nothing_shows);
  CHECK(runs_needed(1e-6, true, 0.05) == nothing_shows);
  CHECK(runs_needed(1e6, false, 0.05) == 2);
}

TEST_CASE("the bootstrap draws from each stratum as a Philox of Python's does") {
  const Json& b = golden().at("bootstrap");
  const auto flat = [](const Json& strata, std::vector<int64_t>& of) {
    for (size_t s = 0; s < strata.items().size(); ++s)
      of.insert(of.end(), strata.items()[s].items().size(), static_cast<int64_t>(s));
    return numbers(strata);
  };
  std::vector<int64_t> of_x, of_y;
  const std::vector<double> x = flat(b.at("strata"), of_x), y = flat(b.at("other"), of_y);
  const Bootstrap how{static_cast<uint64_t>(b.at("seed").integer()), static_cast<int>(b.at("resamples").integer()),
                      golden().at("level").number()};
  const Interval mean = bootstrap_mean(x, of_x, how), difference = bootstrap_difference(x, of_x, y, of_y, how);
  check(mean.low, b.at("mean").items()[0]), check(mean.high, b.at("mean").items()[1]);
  check(difference.low, b.at("difference").items()[0]), check(difference.high, b.at("difference").items()[1]);
  CHECK(std::isnan(bootstrap_mean(std::vector<double>{1}, {}, how).low));
  // Strata of one value each are one stratum: else nothing would vary.
  const std::vector<int64_t> alone{0, 1, 2, 3, 4, 5, 6, 7};
  CHECK(bootstrap_mean(x, alone, how).low == bootstrap_mean(x, {}, how).low);
  CHECK(bootstrap_mean(x, {}, how).low < bootstrap_mean(x, {}, how).high);
}

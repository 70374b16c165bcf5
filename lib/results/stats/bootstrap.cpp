// SPDX-License-Identifier: MIT
#include "results/stats/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "base/rng.h"

namespace nn::stats {
namespace {

/// The values of each stratum, in the order in which the strata begin.
class Resampler {
 public:
  Resampler(std::span<const double> values, std::span<const int64_t> strata) : n_(values.size()) {
    assert(strata.empty() || strata.size() == values.size());
    std::map<int64_t, size_t> known;
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t at = known.emplace(strata.empty() ? 0 : strata[i], known.size()).first->second;
      if (at == groups_.size()) groups_.emplace_back();
      groups_[at].push_back(values[i]);
    }
    // A value alone would always be drawn again, and show no spread: those are drawn from one another.
    std::vector<double> alone;
    for (const auto& group : groups_)
      if (group.size() == 1) alone.push_back(group[0]);
    std::erase_if(groups_, [](const auto& group) { return group.size() == 1; });
    if (!alone.empty()) groups_.push_back(std::move(alone));
  }
  double mean(Stream& stream) const {
    double sum = 0;
    for (const auto& group : groups_)
      for (size_t i = 0; i < group.size(); ++i) sum += group[stream.below(group.size())];
    return sum / static_cast<double>(n_);
  }

 private:
  size_t n_;
  std::vector<std::vector<double>> groups_;
};

template <class Draw>
Interval percentiles(const Bootstrap& how, Draw draw) {
  Philox stream(how.seed, "bootstrap");
  std::vector<double> drawn(static_cast<size_t>(how.resamples));
  for (double& one : drawn) one = draw(stream);
  std::sort(drawn.begin(), drawn.end());
  return {quantile(drawn, (1 - how.level) / 2), quantile(drawn, (1 + how.level) / 2)};
}

}  // namespace

Interval bootstrap_mean(std::span<const double> values, std::span<const int64_t> strata, const Bootstrap& how) {
  if (values.size() < 2) return {};
  const Resampler x(values, strata);
  return percentiles(how, [&](Stream& stream) { return x.mean(stream); });
}

Interval bootstrap_difference(std::span<const double> x, std::span<const int64_t> strata_of_x,
                              std::span<const double> y, std::span<const int64_t> strata_of_y, const Bootstrap& how) {
  if (x.size() < 2 || y.size() < 2) return {};
  const Resampler a(x, strata_of_x), b(y, strata_of_y);
  return percentiles(how, [&](Stream& stream) {
    const double mean = a.mean(stream);
    return mean - b.mean(stream);
  });
}

}  // namespace nn::stats

// SPDX-License-Identifier: MIT
#include "data/fold.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/options.h"
#include "base/rng.h"
#include "data/rows.h"

namespace nn {

Fold Fold::parse(const std::string& text) {
  Fold fold;
  std::string share;
  OptionSet set;
  set.add("share", share, "I/K", "which part of how many").by_place().must();
  set.flag("stratify", fold.stratify, "keep the proportions of the classes");
  apply_spec(parse_spec("fold," + text, ','), set);
  const size_t slash = share.find('/');
  if (slash == std::string::npos) throw UsageError("fold: expected I/K, as 2/5, found '" + share + "'");
  in_context("fold " + share, [&] {
    parse_value(std::string_view(share).substr(0, slash), fold.number);
    parse_value(std::string_view(share).substr(slash + 1), fold.of);
    if (fold.of < 2) throw UsageError(fmt::format("expected 2 folds or more, found {}", fold.of));
    if (fold.number < 1 || fold.number > fold.of)
      throw UsageError(fmt::format("expected a fold from 1 to {}, found {}", fold.of, fold.number));
  });
  return fold;
}

std::vector<int64_t> deal_folds(int64_t n, int64_t folds, std::span<const int32_t> labels, uint64_t seed) {
  Philox stream(seed, "fold");
  std::vector<int64_t> order;  // shuffled, class after class when stratified: dealt like cards
  if (labels.empty())
    order = stream.permutation(n);
  else
    for (const auto& group : by_class(labels, stream)) order.insert(order.end(), group.begin(), group.end());
  std::vector<int64_t> fold_of(static_cast<size_t>(n));
  for (size_t i = 0; i < order.size(); ++i) fold_of[static_cast<size_t>(order[i])] = static_cast<int64_t>(i) % folds;
  return fold_of;
}

void take_fold(Dataset& data, const Fold& fold, uint64_t seed) {
  const std::string what = fmt::format("fold {}/{}", fold.number, fold.of);
  if (data.find("val")) throw Error(what + ": the data has /val already; folds are made of the training rows alone");
  const Split train = data.at("train");
  if (fold.stratify && train.labels().empty()) throw Error(what + ": stratify needs labels");
  if (train.size() < fold.of)
    throw Error(fmt::format("{}: {} training rows are too few for {} folds", what, train.size(), fold.of));
  const std::span<const int32_t> labels = train.labels();
  const std::vector<int64_t> fold_of =
      deal_folds(train.size(), fold.of, fold.stratify ? labels : std::span<const int32_t>(), seed);
  std::vector<int64_t> kept, held;
  for (size_t i = 0; i < fold_of.size(); ++i)
    (fold_of[i] == fold.number - 1 ? held : kept).push_back(static_cast<int64_t>(i));
  *std::find_if(data.splits.begin(), data.splits.end(), [](const Split& s) { return s.name == "train"; }) =
      bind_rows(train, kept, "train");
  data.splits.push_back(bind_rows(train, held, "val"));
  sort_splits(data);
}

void refuse_second_validation(const std::string& split) {
  if (split.empty()) return;
  for (const auto& [name, value] : parse_spec("split," + split, ',').named)
    if (name == "val")
      throw UsageError("--fold makes the validation split itself: leave val=" + value + " out of --split");
}

}  // namespace nn

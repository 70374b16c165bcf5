// SPDX-License-Identifier: MIT
#include "data/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/text/split.h"
#include "data/fold.h"
#include "data/recipe.h"
#include "data/split_names.h"

namespace nn {
namespace {

/// Shares of the parts in each class by largest remainder, so that the sizes of the parts are exact.
std::vector<int64_t> shares(int64_t total, const std::vector<int64_t>& left, const std::vector<int64_t>& sizes) {
  const double n = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}));
  std::vector<int64_t> share(sizes.size());
  std::vector<double> remainder(sizes.size());
  int64_t given = 0;
  for (size_t c = 0; c < sizes.size(); ++c) {
    const double exact = static_cast<double>(total) * static_cast<double>(sizes[c]) / n;
    share[c] = std::min(static_cast<int64_t>(std::floor(exact)), left[c]);
    remainder[c] = exact - static_cast<double>(share[c]);
    given += share[c];
  }
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return remainder[a] > remainder[b]; });
  for (size_t i = 0; given < total; i = (i + 1) % order.size())
    if (share[order[i]] < left[order[i]]) ++share[order[i]], ++given;
  return share;
}

struct RowsPart {
  std::string name, text;
  Amount amount;
};

std::vector<RowsPart> subset_parts(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> wanted;
  const Spec spec = parse_spec("subset," + text, ',');
  for (const std::string& place : spec.places) wanted.emplace_back("train", place);
  for (const auto& named : spec.named) wanted.push_back(named);
  if (wanted.empty()) throw UsageError("subset: expected a number of rows, as 1000 or train=1000,test=500");
  for (size_t i = 0; i < wanted.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (wanted[k].first == wanted[i].first)
        throw UsageError(fmt::format("subset: '{}' is given twice", printable(wanted[i].first)));
  std::vector<RowsPart> parts;
  for (const auto& [name, amount] : wanted)
    parts.push_back({name, amount, Amount::parse(amount, fmt::format("subset {}={}", name, amount))});
  return parts;
}

void make_subset(Dataset& data, const std::string& text, uint64_t seed) {
  for (const auto& [name, amount_text, amount] : subset_parts(text)) {
    (void)data.at(name);
    Split& split = *std::find_if(data.splits.begin(), data.splits.end(),
                                 [&name = name](const Split& s) { return s.name == name; });
    if (!amount.percent && amount.value == static_cast<double>(split.size())) continue;
    const Amount parts[] = {amount};
    split = bind_rows(split, in_context("/" + name, [&] { return cut_rows(split.size(), parts, {}, seed); })[0], name);
  }
}

/// "20%" of "0.2"; other amounts as they are.
std::string suggested_share(const std::string& text) {
  double share = 0;
  try {
    parse_value(text, share);
  } catch (const UsageError&) {
    return printable(text);
  }
  return share > 0 && share < 1 ? fmt::format("{:g}%", share * 100) : printable(text);
}

struct SplitParts {
  std::vector<RowsPart> parts;
  bool stratify = false;
};

/// "val=20%,test=10%,stratify"
SplitParts split_parts(const std::string& text) {
  std::string val, test;
  SplitParts asked;
  bool& stratify = asked.stratify;
  OptionSet set;
  set.add("val", val, "PART", "validation rows");
  set.add("test", test, "PART", "test rows");
  set.flag("stratify", stratify, "keep the proportions of the classes");
  const Spec spec = parse_spec("split," + text, ',');
  for (const std::string& place : spec.places) {
    if (place == "stratified") throw UsageError("split: expected stratify, found 'stratified'");
    if (std::isdigit(static_cast<unsigned char>(place[0])) || place[0] == '.')
      throw UsageError(
          fmt::format("split: '{}' needs the name of the part: val={}", printable(place), suggested_share(place)));
  }
  apply_spec(spec, set);
  if (val.empty() && test.empty())
    throw UsageError("split: expected val=20%, val=5000, val=last20% or test=..., found '" + text + "'");
  for (const auto& [name, amount] : {std::pair<std::string, std::string>{"test", test}, {"val", val}}) {
    if (amount.empty()) continue;
    asked.parts.push_back({name, amount, Amount::parse(amount, fmt::format("split {}={}", name, amount))});
    if (stratify && asked.parts.back().amount.last)
      throw UsageError("split: the last rows cannot be stratified; leave out 'last' or 'stratify'");
  }
  return asked;
}

void make_splits(Dataset& data, const std::string& text, uint64_t seed) {
  const auto [asked, stratify] = split_parts(text);
  const Split train = data.at("train");
  std::vector<Amount> parts;
  std::vector<std::string> names;
  for (const auto& [name, amount_text, amount] : asked) {
    if (data.find(name)) throw Error(fmt::format("split {}={}: the data has /{} already", name, amount_text, name));
    parts.push_back(amount);
    names.push_back(name);
  }
  if (stratify && train.labels().empty()) throw Error("split: stratify needs labels");
  const auto rows =
      cut_rows(train.size(), parts, stratify ? std::as_const(train).labels() : std::span<const int32_t>(), seed);
  *std::find_if(data.splits.begin(), data.splits.end(), [](const Split& s) { return s.name == "train"; }) =
      bind_rows(train, rows.back(), "train");
  for (size_t i = 0; i < names.size(); ++i) data.splits.push_back(bind_rows(train, rows[i], names[i]));
  sort_splits(data);
}

/// What an option that was given several times says in one.
std::string joined(const std::vector<std::string>& given) {
  std::string text;
  bool stratify = false;
  for (const std::string& one : given)
    for (const std::string_view part : split_at(one, ',')) {
      if (part == "stratify" && std::exchange(stratify, true)) continue;
      text += (text.empty() ? "" : ",") + std::string(part);
    }
  return text;
}

bool is_standardized(const Dataset& data) {
  const std::vector<RecipeLine> lines = recipe_lines(data.prep.recipe);
  return std::any_of(lines.begin(), lines.end(), [](const RecipeLine& line) { return line.name == "standardize"; });
}

}  // namespace

std::vector<std::vector<int64_t>> by_class(std::span<const int32_t> labels, Stream& stream) {
  // A map, not a place for each number: a label may be any number.
  std::map<int32_t, std::vector<int64_t>> rows_of;
  for (size_t i = 0; i < labels.size(); ++i) rows_of[labels[i]].push_back(static_cast<int64_t>(i));
  std::vector<std::vector<int64_t>> groups;
  for (auto& [label, rows] : rows_of) groups.push_back(std::move(rows));
  for (auto& group : groups) {
    const std::vector<int64_t> order = stream.permutation(static_cast<int64_t>(group.size()));
    std::vector<int64_t> shuffled;
    for (const int64_t i : order) shuffled.push_back(group[static_cast<size_t>(i)]);
    group = std::move(shuffled);
  }
  return groups;
}

void sort_splits(Dataset& data) {
  std::ranges::stable_sort(data.splits, {}, [](const Split& split) { return split_rank(split.name); });
}

Amount Amount::parse(const std::string& text, const std::string& what) {
  Amount amount;
  amount.given = true;
  std::string number = text;
  if (number.starts_with("last")) amount.last = true, number.erase(0, 4);
  if (number.ends_with("%")) amount.percent = true, number.pop_back();
  in_context(what, [&] { parse_value(number, amount.value); });
  if (!(amount.value > 0 && amount.value < 1e15)) throw UsageError(what + ": expected more than nothing");
  if (amount.percent && amount.value >= 100) throw UsageError(what + ": expected less than 100 %");
  if (!amount.percent && amount.value != std::floor(amount.value))
    throw UsageError(what + ": expected whole rows, or a percentage as 20%");
  return amount;
}

int64_t Amount::rows_of(int64_t n, const std::string& what) const {
  // The last rows are those of Keras' validation_split, with its rounding in double.
  const double all = static_cast<double>(n), nearest = std::floor(all * value / 100 + 0.5),
               keras = all - std::floor(all * (1 - value / 100));
  const auto rows = static_cast<int64_t>(!percent ? value : last ? keras : nearest);
  if (rows <= 0) throw Error(fmt::format("{}: {} % of {} rows is no row", what, value, n));
  if (rows >= n) throw Error(fmt::format("{}: {} of {} rows leaves none", what, rows, n));
  return rows;
}

Split bind_rows(const Split& split, std::span<const int64_t> rows, const std::string& name) {
  Split taken;
  taken.name = name;
  for (const Column& column : split.columns) taken.columns.push_back(rows_of_column(column, rows));
  if (!split.column("sample")) taken.set("sample", std::vector<int64_t>(rows.begin(), rows.end()));
  return taken;
}

std::vector<std::vector<int64_t>> cut_rows(int64_t n, std::span<const Amount> parts, std::span<const int32_t> stratify,
                                           uint64_t seed) {
  std::vector<int64_t> sizes;
  int64_t sum = 0;
  for (const Amount& part : parts) sizes.push_back(part.rows_of(n, "split")), sum += sizes.back();
  if (sum >= n) throw Error(fmt::format("split: {} of {} rows leave none for training", sum, n));
  Philox stream(seed, "split");
  std::vector<std::vector<int64_t>> cut(parts.size() + 1);
  std::vector<int64_t> pool;  // what is not taken yet, in the order in which it is taken
  if (!stratify.empty()) {
    auto groups = by_class(stratify, stream);
    std::vector<int64_t> whole, left;
    for (const auto& group : groups) whole.push_back(static_cast<int64_t>(group.size()));
    for (size_t p = 0; p < parts.size(); ++p) {
      left.clear();
      for (const auto& group : groups) left.push_back(static_cast<int64_t>(group.size()));
      const std::vector<int64_t> share = shares(sizes[p], left, whole);
      for (size_t c = 0; c < groups.size(); ++c) {
        cut[p].insert(cut[p].end(), groups[c].end() - share[c], groups[c].end());
        groups[c].resize(groups[c].size() - static_cast<size_t>(share[c]));
      }
    }
    for (const auto& group : groups) pool.insert(pool.end(), group.begin(), group.end());
  } else {
    // The last rows go first, so that a part chosen at random never holds them.
    pool.resize(static_cast<size_t>(n));
    std::iota(pool.begin(), pool.end(), int64_t{0});
    const auto take_end = [&](size_t p) {
      cut[p].assign(pool.end() - sizes[p], pool.end());
      pool.resize(pool.size() - static_cast<size_t>(sizes[p]));
    };
    for (size_t p = 0; p < parts.size(); ++p)
      if (parts[p].last) take_end(p);
    std::vector<int64_t> shuffled;
    for (const int64_t i : stream.permutation(static_cast<int64_t>(pool.size())))
      shuffled.push_back(pool[static_cast<size_t>(i)]);
    pool = std::move(shuffled);
    for (size_t p = 0; p < parts.size(); ++p)
      if (!parts[p].last) take_end(p);
  }
  cut.back() = std::move(pool);
  for (auto& rows : cut) std::sort(rows.begin(), rows.end());
  return cut;
}

void add_one_hot(Dataset& data, const Budget& budget) {
  int32_t top = -1;
  for (const Split& split : data.splits)
    for (const int32_t label : split.labels()) top = std::max(top, label);
  const int64_t classes = data.classes.empty() ? int64_t{top} + 1 : data.class_count();
  if (top < 0) throw Error("one-hot: the data has no labels");
  if (classes > 65536) throw Error(fmt::format("one-hot: {} classes are too many", classes));
  for (Split& split : data.splits) {
    const std::span<const int32_t> labels = split.labels();
    if (labels.empty()) continue;
    if (split.targets().shape.rank() != 0) throw Error(fmt::format("one-hot: /{} has targets already", split.name));
    budget.ask_product({static_cast<uint64_t>(split.size()), static_cast<uint64_t>(classes), sizeof(float)},
                       fmt::format("one-hot: {} classes for /{}", classes, split.name));
    h5::Array targets(h5::Type::f32, Shape{split.size(), classes});
    const auto values = targets.as<float>();
    for (size_t i = 0; i < labels.size(); ++i)
      values[i * static_cast<size_t>(classes) + static_cast<size_t>(labels[i])] = 1;
    split.set("targets", std::move(targets));
  }
}

void RowOptions::declare(OptionSet& set) {
  set.add("split", split, "PARTS",
          "separate parts from train: val=20%, val=5000, val=last20%, val=10%,test=10%,stratify; may be given again")
      .brief_help();
  set.add("subset", subset, "ROWS",
          "keep only some rows, before splitting: 1000, 10%, train=1000,test=500; may be given again")
      .brief_help();
  set.add("fold", fold, "I/K", "cross-validation: of K equal parts of train, the I-th becomes val: 2/5, 2/5,stratify");
  set.add("seed", seed, "N", "seed of the choices of --split, --subset and --fold")
      .brief_help()
      .called("pytorch", "manual_seed")
      .called("keras", "set_random_seed")
      .also("random_state random_seed");
  set.flag("one-hot", one_hot, "add the labels as floats, one column per class").brief_help();
}

void RowOptions::check() const {
  const std::string parts = joined(split), rows = joined(subset);
  if (!fold.empty()) static_cast<void>(Fold::parse(fold)), refuse_second_validation(parts);
  if (!subset.empty()) static_cast<void>(subset_parts(rows));
  bool random = !subset.empty() || !fold.empty();
  if (!split.empty())
    for (const RowsPart& part : split_parts(parts).parts) random = random || !part.amount.last;
  if (seed != 0 && !random)
    throw UsageError("--seed has no effect: it is for rows that are chosen at random, by --split, --subset or --fold");
}

void RowOptions::apply(Dataset& data, const Log* log, const Budget& budget) const {
  const std::string parts = joined(split), rows = joined(subset);
  const Fold wanted = fold.empty() ? Fold{} : Fold::parse(fold);
  if (!fold.empty()) refuse_second_validation(parts);
  if (is_standardized(data) && (!split.empty() || !fold.empty()))
    throw Error(
        fmt::format("--{} would take rows out of train that mean and deviation of standardize were taken from: give "
                    "both to one nn-prep, or split first",
                    split.empty() ? "fold" : "split"));
  const int64_t before = data.find("train") ? data.at("train").size() : 0;
  if (!subset.empty()) make_subset(data, rows, seed);
  if (log && is_standardized(data) && before > 0 && data.at("train").size() != before)
    log->warning(
        fmt::format("mean and deviation of standardize are those of all {} rows of train, {} of them are kept: give "
                    "both to one nn-prep, or --subset first",
                    before, data.at("train").size()));
  if (!split.empty()) make_splits(data, parts, seed);
  if (!fold.empty()) take_fold(data, wanted, seed);
  if (one_hot) add_one_hot(data, budget);
}

}  // namespace nn

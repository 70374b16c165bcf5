// SPDX-License-Identifier: MIT
// Row operations of nn-prep, done at once: first the subset, then the splits, then the fold. Every choice is seeded
// (Philox, own use for each) and keeps the order of rows; /SPLIT/sample still names the row in the source.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "base/rng.h"
#include "base/system/budget.h"
#include "data/dataset.h"

namespace nn {

struct RowOptions {
  std::vector<std::string> subset;  ///< "1000" (of train), "train=1000,test=10%"; those given add up
  std::vector<std::string>
      split;         ///< "val=20%", "val=5000", "val=last20%", "val=10%,test=10%,stratify"; those given add up
  std::string fold;  ///< "2/5", "2/5,stratify"
  uint64_t seed = 0;
  bool one_hot = false;

  void declare(OptionSet& set);
  /// UsageError for a malformed value, before the data is waited for.
  void check() const;
  /// Error when rows would leave train of which standardize has taken statistics; fewer rows of train are a warning to
  /// log.
  void apply(Dataset& data, const Log* log = nullptr, const Budget& budget = Budget{}) const;
};

/// These rows of a split, in this order, under a name.
Split bind_rows(const Split& split, std::span<const int64_t> rows, const std::string& name);

/// A part of n rows: "20%", "5000", "last20%".
struct Amount {
  bool given = false, last = false, percent = false;
  double value = 0;
  static Amount parse(const std::string& text, const std::string& what);
  /// Rounded to the nearest row; last: n - floor(n (1 - share)), as Keras' validation_split. Error when it is no row,
  /// or leaves none.
  int64_t rows_of(int64_t n, const std::string& what) const;
};

/// Indices of each class that occurs, shuffled; in the order of the classes.
std::vector<std::vector<int64_t>> by_class(std::span<const int32_t> labels, Stream& stream);
/// train, val, test, then others.
void sort_splits(Dataset& data);

/// Rows for each part (then the rest, last), ascending and disjoint. With classes: each part in proportion.
std::vector<std::vector<int64_t>> cut_rows(int64_t n, std::span<const Amount> parts, std::span<const int32_t> stratify,
                                           uint64_t seed);

/// labels also as /SPLIT/targets {N,K}, 1 at the class and 0 elsewhere.
void add_one_hot(Dataset& data, const Budget& budget = Budget{});

}  // namespace nn

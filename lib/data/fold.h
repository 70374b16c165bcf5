// SPDX-License-Identifier: MIT
// Cross-validation: the training rows dealt into K folds of equal size (to one row) by a seeded shuffle. The same seed
// gives the same deal for every fold asked for, so that the folds 1/K to K/K are disjoint and together all rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace nn {

/// "2/5", "2/5,stratify": number counts from 1.
struct Fold {
  int64_t number = 1, of = 2;
  bool stratify = false;
  static Fold parse(const std::string& text);
};

/// The fold (from 0) of each row. labels: empty, or one per row: then each fold has each class in proportion, to one
/// row.
std::vector<int64_t> deal_folds(int64_t n, int64_t folds, std::span<const int32_t> labels, uint64_t seed);

/// That fold of train becomes val, the others stay. Error when there is a /val, or fewer rows than folds.
void take_fold(Dataset& data, const Fold& fold, uint64_t seed);

/// UsageError when --split names a val of its own.
void refuse_second_validation(const std::string& split);

}  // namespace nn

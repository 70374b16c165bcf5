// SPDX-License-Identifier: MIT
// Weights of another model, taken by the names of classes, targets and features: where the names of the two sides
// differ, a row of the last layer, or a column of the first dense one, goes to the row or column of the same name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "train/engine/fine_tune.h"

namespace nn {

class NamedAxes {
 public:
  /// there, here: names of the model that weights come from, and of the network that they go to. Axes on which either
  /// side has no names, or both the same in the same order, are matched by place.
  NamedAxes(const Graph& graph, const EndNames& there, const EndNames& here);

  /// Which element goes where.
  struct Places {
    std::string why_not;                   ///< nothing can be taken; else empty
    std::vector<int64_t> rows, columns;    ///< by row and column here: that there, -1 for none
    int64_t inner = 1, columns_there = 1;  ///< elements of one row and column; columns there
    /// Elements whose row and column are known; the others stay.
    void copy(std::span<const float> from, std::span<double> to) const;
  };
  Places places(ParamId param, const Shape& there) const;
  /// What was matched by name, a sentence for each end.
  std::vector<std::string> sentences() const;

 private:
  struct End {
    const char *singular, *plural;
    std::vector<std::string> there, here;
    std::vector<int64_t> from;  ///< by place here: that there, -1 for none
    bool by_name = false;
  };
  static End end_of(const char* singular, const char* plural, std::vector<std::string> there,
                    std::vector<std::string> here);
  void mark(const Op& op, const End& end);
  void spread(const End& end, ValueId start, bool through_planes);
  static std::vector<int64_t> map(const End* end, int64_t here, int64_t there, std::string& why_not);

  const Graph& graph_;
  End outputs_, inputs_;
  std::vector<const End*> first_, second_;  ///< by ParamId: what its first and its second axis stand for, or null
};

}  // namespace nn

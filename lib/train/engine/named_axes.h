// SPDX-License-Identifier: MIT
// Weights of another model, taken by the names of classes, targets and features: where the names of the two sides
// differ, a row of the last layer, or a column of the first dense one, goes to the row or column of the same name. A
// layer that has only some of the names, because others are joined to them or are left out, takes nothing then.
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
    bool matched = false;  ///< some parameter has all names
  };
  /// Of a parameter: the end whose names an axis stands for, all of them or some.
  struct Mark {
    const End* end = nullptr;
    bool some = false;
  };
  static End end_of(const char* singular, const char* plural, std::vector<std::string> there,
                    std::vector<std::string> here);
  void mark(const Op& op, End& end);
  void spread(End& end, ValueId start, bool through_planes);
  void mark_makers_of_some(const Op& joint, const End& end);
  void mark_readers_of_some(const Op& joint, const End& end);
  static std::vector<int64_t> map(const Mark& mark, int64_t here, int64_t there, std::string& why_not);

  const Graph& graph_;
  End outputs_, inputs_;
  std::vector<Mark> first_, second_;  ///< by ParamId: what its first and its second axis stand for
};

}  // namespace nn

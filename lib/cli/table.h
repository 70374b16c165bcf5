// SPDX-License-Identifier: MIT
// A table for people: columns as wide as their widest cell, two blanks between, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace nn::cli {

class AlignedTable {
 public:
  explicit AlignedTable(std::vector<std::string> columns) : rows_{std::move(columns)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// A column is set to the right when every cell below its heading is a number (or empty).
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace nn::cli

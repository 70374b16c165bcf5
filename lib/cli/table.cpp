// SPDX-License-Identifier: MIT
#include "cli/table.h"

#include <algorithm>

namespace nn::cli {
namespace {

bool is_number(const std::string& cell) { return cell.find_first_not_of("0123456789+-.,eE% ") == std::string::npos; }

}  // namespace

std::string AlignedTable::text() const {
  std::vector<size_t> width;
  std::vector<bool> numeric;
  for (size_t r = 0; r < rows_.size(); ++r) {
    width.resize(std::max(width.size(), rows_[r].size()));
    numeric.resize(width.size(), true);
    for (size_t c = 0; c < rows_[r].size(); ++c) {
      width[c] = std::max(width[c], rows_[r][c].size());
      if (r > 0) numeric[c] = numeric[c] && is_number(rows_[r][c]);
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(width[c] - row[c].size(), ' ');
      line += (c ? "  " : "") + (numeric[c] ? pad + row[c] : row[c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace nn::cli

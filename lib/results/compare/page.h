// SPDX-License-Identifier: MIT
// Tables and sentences for people, in the forms text, md, tex (booktabs) and html (one file, nothing from outside).
#pragma once

#include <string>
#include <vector>

namespace nn {

/// A table whose cells are ready to be read.
struct Block {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  size_t words = 1;  ///< columns of words, which are set to the left; those of numbers behind them to the right
};

struct Page {
  std::string title;
  std::vector<Block> blocks;
  std::vector<std::string> notes;  ///< a sentence each
};

/// form: text, md, tex or html. Text from files is quoted as the form needs it.
std::string page_text(const Page& page, const std::string& form);

}  // namespace nn

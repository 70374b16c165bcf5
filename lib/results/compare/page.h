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

// The parts of it, for pages that hold more than tables and sentences.

/// Text in HTML, also in an attribute between double quotes; and in Markdown.
std::string html_text(const std::string& text);
std::string markdown_text(const std::string& text);
/// The table without its title. attributes: behind "<table", as " id=\"runs\"".
std::string html_table(const Block& block, const std::string& attributes = "");
std::string markdown_table(const Block& block);
/// A style sheet for screens, dark ones and paper; and the head of a page until its <h1>. more: further style, elements
/// of the head.
std::string html_head(const std::string& title, const std::string& more_style = "", const std::string& more_head = "");

}  // namespace nn

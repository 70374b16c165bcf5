// SPDX-License-Identifier: MIT
#include "results/compare/page.h"

#include <algorithm>
#include <cassert>

#include "base/log.h"
#include "base/text/columns.h"

namespace nn {
namespace {

/// Each character that `special` lists becomes its replacement.
std::string quoted(const std::string& text, const std::vector<std::pair<char, const char*>>& special) {
  std::string out;
  for (const char c : printable(text)) {
    const auto at = std::find_if(special.begin(), special.end(), [&](const auto& one) { return one.first == c; });
    at == special.end() ? void(out += c) : void(out += at->second);
  }
  return out;
}
std::string in_tex(const std::string& text) {
  return quoted(text, {{'\\', "\\textbackslash{}"},
                       {'{', "\\{"},
                       {'}', "\\}"},
                       {'$', "\\$"},
                       {'&', "\\&"},
                       {'#', "\\#"},
                       {'%', "\\%"},
                       {'_', "\\_"},
                       {'^', "\\textasciicircum{}"},
                       {'~', "\\textasciitilde{}"},
                       {'<', "\\textless{}"},
                       {'>', "\\textgreater{}"}});
}
/// Lines of at most 80 columns, broken at blanks.
std::string folded(const std::string& text) {
  std::string out, line;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > 80) out += line + "\n", line.clear();
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return out + line + "\n";
}

std::string plain_block(const Block& block) {
  std::vector<size_t> widths;
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], columns_of(printable(cells[c])));
  };
  widths.resize(block.columns.size());
  widen(block.columns);
  for (const auto& row : block.rows) widen(row);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (size_t c = 0; c < cells.size(); ++c)
      out += (c ? "  " : "") + fit(printable(cells[c]), widths[c], c >= block.words);
    return out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  };
  std::string out = block.title.empty() ? "" : folded(printable(block.title)) + "\n";
  out += line(block.columns);
  for (const auto& row : block.rows) out += line(row);
  return out;
}

std::string plain(const Page& page) {
  std::string out;
  for (const Block& block : page.blocks) out += (out.empty() ? "" : "\n") + plain_block(block);
  for (size_t i = 0; i < page.notes.size(); ++i)
    out += (i || out.empty() ? "" : "\n") + folded(printable(page.notes[i]));
  return out;
}

std::string markdown(const Page& page) {
  std::string out;
  for (const Block& block : page.blocks) {
    if (!out.empty()) out += "\n";
    if (!block.title.empty()) out += "### " + markdown_text(block.title) + "\n\n";
    out += markdown_table(block);
  }
  for (size_t i = 0; i < page.notes.size(); ++i)
    out += (i || out.empty() ? "- " : "\n- ") + markdown_text(page.notes[i]) + "\n";
  return out;
}

std::string latex(const Page& page) {
  std::string out = "% needs \\usepackage{booktabs}\n";
  const auto line = [&](const std::vector<std::string>& cells) {
    for (size_t c = 0; c < cells.size(); ++c) out += (c ? " & " : "") + in_tex(cells[c]);
    out += " \\\\\n";
  };
  for (const Block& block : page.blocks) {
    out += "\\begin{table}\n\\centering\n\\footnotesize\\setlength{\\tabcolsep}{3pt}\n";
    if (!block.title.empty()) out += "\\caption{" + in_tex(block.title) + "}\n";
    out += "\\begin{tabular}{" + std::string(block.words, 'l') + std::string(block.columns.size() - block.words, 'r') +
           "}\n\\toprule\n";
    line(block.columns);
    out += "\\midrule\n";
    for (const auto& row : block.rows) line(row);
    out += "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
  }
  if (page.notes.empty()) return out;
  out += "\\begin{itemize}\n";
  for (const std::string& note : page.notes) out += "\\item " + in_tex(note) + "\n";
  return out + "\\end{itemize}\n";
}

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #bbb; --band: #f3f3f3 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #16181c; --line: #555; --band: #22262c } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72em;
  margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 2em }
div { overflow-x: auto }
table { border-collapse: collapse; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink);
  font-variant-numeric: tabular-nums }
th { text-align: right; border-bottom: 1px solid var(--ink) }
th, td { padding: 0.25em 0.8em; white-space: nowrap } td { text-align: right }
.word { text-align: left }
tbody tr:nth-child(even) { background: var(--band) }
li { margin: 0.3em 0; max-width: 50em }
@media print { :root { --ink: #000; --paper: #fff; --line: #888; --band: #fff } body { margin: 0; font-size: 10pt } }
)";

std::string html(const Page& page) {
  std::string out = html_head(page.title);
  for (const Block& block : page.blocks) {
    if (!block.title.empty()) out += "<h2>" + html_text(block.title) + "</h2>\n";
    out += html_table(block);
  }
  if (!page.notes.empty()) out += "<h2>Notes</h2>\n<ul>\n";
  for (const std::string& note : page.notes) out += "<li>" + html_text(note) + "</li>\n";
  return out + (page.notes.empty() ? "" : "</ul>\n") + "</body>\n</html>\n";
}

}  // namespace

std::string markdown_text(const std::string& text) {
  return quoted(text, {{'|', "\\|"}, {'*', "\\*"}, {'_', "\\_"}, {'`', "\\`"}, {'<', "\\<"}, {'\\', "\\\\"}});
}
std::string html_text(const std::string& text) {
  return quoted(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}});
}

std::string markdown_table(const Block& block) {
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) out += "| " + markdown_text(cell) + " ";
    out += "|\n";
  };
  line(block.columns);
  for (size_t c = 0; c < block.columns.size(); ++c) out += c < block.words ? "|---" : "|---:";
  out += "|\n";
  for (const auto& row : block.rows) line(row);
  return out;
}

std::string html_table(const Block& block, const std::string& attributes) {
  std::string out = "<div><table" + attributes + ">\n<thead>\n";
  const auto line = [&](const std::vector<std::string>& cells, const std::string& tag) {
    out += "<tr>";
    for (size_t c = 0; c < cells.size(); ++c)
      out += "<" + tag + (c < block.words ? " class=\"word\">" : ">") + html_text(cells[c]) + "</" + tag + ">";
    out += "</tr>\n";
  };
  line(block.columns, "th");
  out += "</thead>\n<tbody>\n";
  for (const auto& row : block.rows) line(row, "td");
  return out + "</tbody>\n</table></div>\n";
}

std::string html_head(const std::string& title, const std::string& more_style, const std::string& more_head) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         more_head + "<title>" + html_text(title) + "</title>\n<style>" + style + more_style +
         "</style>\n</head>\n<body>\n<h1>" + html_text(title) + "</h1>\n";
}

std::string page_text(const Page& page, const std::string& form) {
  if (form == "md") return markdown(page);
  if (form == "tex") return latex(page);
  if (form == "html") return html(page);
  assert(form == "text");
  return plain(page);
}

}  // namespace nn

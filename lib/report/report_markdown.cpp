// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/log.h"
#include "report/report.h"

namespace nn {
namespace {

/// Lines as they are, in a fence that none of them closes.
std::string fenced(const std::vector<std::string>& lines) {
  size_t longest = 2, run = 0;
  std::string text;
  for (const std::string& line : lines) text += printable(line) + "\n";
  for (const char c : text) run = c == '`' ? run + 1 : 0, longest = std::max(longest, run);
  const std::string fence(longest + 1, '`');
  return fence + "sh\n" + text + fence + "\n";
}

}  // namespace

std::string report_markdown(const Report& report) {
  std::string out = "# " + markdown_text(report.page.title) + "\n";
  const auto head = [&](const std::string& text) { out += "\n## " + text + "\n\n"; };
  if (!report.page.notes.empty()) head("What the runs say");
  for (const std::string& note : report.page.notes) out += "- " + markdown_text(note) + "\n";
  head("Tables");
  for (const Block& block : report.page.blocks)
    out += (out.ends_with("\n\n") ? "### " : "\n### ") + markdown_text(block.title) + "\n\n" + markdown_table(block);
  head("Pictures");
  for (const ReportFigure& figure : report.figures) {
    out += "![" + markdown_text(figure.title) + "](" + figure.name + ".svg)\n\n";
    for (const std::string& note : figure.notes) out += markdown_text(note) + ".\n\n";
  }
  out.pop_back();
  head("Runs");
  out += markdown_table(report.runs);
  if (!report.differing.rows.empty()) head("Settings that differ"), out += markdown_table(report.differing);
  head("Settings of all runs");
  out += markdown_table(report.settings);
  if (!report.commands.empty()) head("Commands");
  for (const ReportCommands& commands : report.commands)
    out +=
        (out.ends_with("\n\n") ? "### " : "\n### ") + markdown_text(commands.title) + "\n\n" + fenced(commands.lines);
  head("Files");
  out += markdown_table(report.files);
  head("Versions");
  out += markdown_table(report.versions);
  if (!report.command.empty()) out += "\nThis report was made with\n\n" + fenced({report.command});
  return out;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// A comparison as a folder to keep and to pass on: index.html, one page that holds everything, and report.md with its
// pictures beside it.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "h5/reading/reader.h"
#include "plot/compare/compared.h"
#include "results/compare/page.h"

namespace nn {

struct ReportFigure {
  std::string name;                ///< "strip"; of its file strip.svg
  std::string title;               ///< what it shows
  std::vector<std::string> notes;  ///< what of the numbers it does not show
  std::string svg;
};

/// Commands that made some of the files, in their order.
struct ReportCommands {
  std::string title;
  std::vector<std::string> lines;
};

struct Report {
  Page page;  ///< the tables and sentences of nn-compare
  std::vector<ReportFigure> figures;
  Block runs;                 ///< each with its keys and metrics, the best first
  Block settings, differing;  ///< what all runs have in common, and the rest with its values
  std::vector<ReportCommands> commands;
  Block files, versions;
  std::string command;  ///< of the report itself
};

struct ReportRequest {
  CompareChoice choice;
  std::string command, version;  ///< of this run of nn-compare
};
/// runs: read from these files. Refuses what nn-compare refuses; Error where gnuplot is missing.
Report make_report(std::span<const h5::Reader> files, std::vector<ComparedRun> runs, const ReportRequest& request);

/// A file of the folder.
using ReportFile = std::pair<std::string, std::string>;
std::string report_html(const Report& report);
std::string report_markdown(const Report& report);
/// index.html, report.md and the pictures.
std::vector<ReportFile> report_files(const Report& report);

/// An SVG of gnuplot to stand inside of a page with others: without the head of a file, its names made its own, with a
/// title for those who do not see it.
std::string inline_svg(const std::string& svg, const std::string& name, const std::string& title);

}  // namespace nn

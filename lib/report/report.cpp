// SPDX-License-Identifier: MIT
#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "h5/provenance.h"
#include "report/commands.h"
#include "results/compare/comparison_page.h"
#include "results/compare/leaderboard.h"

namespace nn {
namespace {

/// What several groups share first, then those of each group; each command once.
std::vector<ReportCommands> commands_of(std::span<const h5::Reader> files, const Grouping& grouping) {
  std::map<std::string, std::set<size_t>> groups;  // by command
  std::vector<std::vector<std::string>> by_group;
  for (const Group& group : grouping.groups) {
    std::vector<std::string> all;
    for (const size_t i : group.runs)
      for (const std::string& line : typed_commands(h5::Provenance::read(files[i]))) {
        groups[line].insert(by_group.size());
        if (std::ranges::find(all, line) == all.end()) all.push_back(line);
      }
    by_group.push_back(std::move(all));
  }
  ReportCommands shared{"shared by several groups", {}};
  std::vector<ReportCommands> found;
  for (size_t g = 0; g < by_group.size(); ++g) {
    ReportCommands own{grouping.clear_name(g), {}};
    for (const std::string& line : by_group[g]) {
      const bool is_shared = groups[line].size() > 1;
      if (!is_shared) own.lines.push_back(line);
      if (is_shared && std::ranges::find(shared.lines, line) == shared.lines.end()) shared.lines.push_back(line);
    }
    if (!own.lines.empty()) found.push_back(std::move(own));
  }
  if (!shared.lines.empty()) found.insert(found.begin(), std::move(shared));
  return found;
}

/// Tools, libraries and processors that had a part in it.
Block versions_of(std::span<const h5::Reader> files, const std::string& version) {
  std::map<std::vector<std::string>, std::set<std::string>> seen;
  for (const h5::Reader& file : files)
    for (const Json& step : h5::Provenance::read(file).steps.items()) {
      std::string libraries;
      if (const Json* names = step.find("libraries"); names && names->is_array())
        for (const Json& one : names->items())
          if (one.is_string()) libraries += (libraries.empty() ? "" : ", ") + one.string();
      seen[{text_at(step, "tool"), text_at(step, "version"), libraries, text_at(step, "device"), text_at(step, "isa")}]
          .insert(file.name());
    }
  Block block{"", {"tool", "version", "libraries", "device", "instruction set", "files"}, {}, 5};
  for (const auto& [cells, names] : seen) {
    block.rows.push_back(cells);
    block.rows.back().push_back(std::to_string(names.size()));
  }
  block.rows.push_back({"nn-compare", version, "", "", "", "this report"});
  return block;
}

Block files_of(std::span<const h5::Reader> files) {
  Block block{"", {"file", "kind", "digest of its content"}, {}, 3};
  for (const h5::Reader& file : files) block.rows.push_back({file.name(), file.kind(), file.digest()});
  return block;
}

/// Keys in which no two runs differ.
Block common_settings(std::span<const ComparedRun> runs) {
  Block block{"", {"setting", "value"}, {}, 2};
  for (const auto& [key, value] : runs[0].keys)
    if (key != "file" &&
        std::ranges::all_of(runs, [&](const ComparedRun& run) { return key_value(run, key) == value; }))
      block.rows.push_back({key, value});
  return block;
}

Block runs_of(std::span<const ComparedRun> runs, const Comparison& all, ComparisonSettings settings) {
  settings.group_by = all.grouping.keys, settings.sort.clear(), settings.metrics.clear();
  for (const KeyValues& one : differing_keys(runs))
    if (one.key == "seed" && !all.grouping.keys.empty()) settings.group_by.push_back(one.key);
  for (const MetricComparison& metric : all.metrics) settings.metrics.push_back(metric.name);
  for (const char* cost : {"seconds", "epochs", "parameters"})
    if (std::ranges::all_of(runs, [&](const ComparedRun& run) { return run.metric(cost); }))
      settings.metrics.emplace_back(cost);
  return leaderboard_page(leaderboard(runs, settings)).blocks.at(0);
}

std::string svg_text(const Picture& picture) {
  const std::vector<std::byte> bytes = render(picture, PictureForm::svg, "");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<ReportFigure> figures_of(const ComparedFiles& files, const Comparison& all, const CompareChoice& asked) {
  std::vector<ReportFigure> figures;
  std::set<std::string> said(all.notes.begin(), all.notes.end());  // they stand among the notes of the page
  for (const CompareShow& show : compare_shows()) {
    if (!show.can_show(files, all.grouping)) continue;
    CompareChoice choice = asked;
    if (!show.takes_metrics) choice.settings.metrics.clear();
    const std::unique_ptr<Picture> picture = show.make(files, choice);
    ReportFigure figure{show.name, show.summary, {}, svg_text(*picture)};
    for (const std::string& remark : picture->remarks())
      if (said.insert(remark).second) figure.notes.push_back(remark);
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace

Report make_report(std::span<const h5::Reader> inputs, std::vector<ComparedRun> runs, const ReportRequest& request) {
  const ComparedFiles files = compared_files(inputs, std::move(runs));
  const Comparison all = compare_runs(files.runs, request.choice.settings);
  Report report;
  report.page = comparison_page(all);
  report.figures = figures_of(files, all, request.choice);
  report.runs = runs_of(files.runs, all, request.choice.settings);
  report.settings = common_settings(files.runs);
  report.differing = page_of(keys_table(files.runs), "", 2).blocks.at(0);
  report.commands = commands_of(inputs, all.grouping);
  report.files = files_of(inputs), report.versions = versions_of(inputs, request.version);
  report.command = request.command;
  return report;
}

std::vector<ReportFile> report_files(const Report& report) {
  std::vector<ReportFile> files{{"index.html", report_html(report)}, {"report.md", report_markdown(report)}};
  for (const ReportFigure& figure : report.figures) files.emplace_back(figure.name + ".svg", figure.svg);
  return files;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "results/compare/compare_options.h"

#include "base/log.h"
#include "results/compare/comparison_page.h"
#include "results/compare/leaderboard.h"
#include "results/compare/sorting.h"

namespace nn {
namespace {

struct Written {
  Page page;
  TextTable table;
  Json json;
  std::vector<std::string> notes = {};  ///< on the data; a page and JSON have them
};

Written of_confusions(std::span<const ComparedRun> runs, const ComparisonSettings& settings) {
  check_runs(runs);
  const std::string split = split_of_classes(runs, "--confusion");
  check_data(runs, {split + ".accuracy"}, settings.allow_mixed);
  const Grouping grouping = group_runs(runs, settings.group_by);
  check_copies(runs, grouping);
  const size_t baseline = settings.baseline.empty() ? 0 : find_group(grouping, settings.baseline);
  const ConfusionDifference all = confusion_difference(runs, grouping, baseline, split);
  std::vector<std::string> notes;
  if (const std::string note = other_data_note(runs, grouping); !note.empty()) notes.push_back(note);
  Page page = confusion_page(all);
  page.notes = notes;
  return {page, confusion_table(all), confusion_table(all).json(), notes};
}

Written of_predictors(std::span<const ComparedRun> runs, double tolerance, std::string& failure) {
  if (runs.size() != 2)
    throw UsageError("--predictions compares two predictions files, found " + std::to_string(runs.size()));
  for (const ComparedRun& run : runs)
    if (!run.predictions)
      throw Error(printable(run.file) + ": expected a predictions file, which nn-predict -o NAME.h5 writes, found " +
                  run.kind);
  const Equality equality = compare_predictors(runs[0], runs[1], tolerance);
  if (!equality.holds()) failure = inequality(equality);
  const TextTable table = equality_table(equality);
  return {equality_page(equality), table, table.json()};
}

Written written(std::span<const ComparedRun> runs, const CompareOptions& options, uint64_t seed, std::string& failure) {
  const ComparisonSettings settings = options.settings(seed);
  if (options.predictions) return of_predictors(runs, options.tolerance, failure);
  if (options.confusion) return of_confusions(runs, settings);
  if (options.keys) {
    check_runs(runs);
    const TextTable table = keys_table(runs);
    return {page_of(table, "keys in which the files differ", 2), table, table.json()};
  }
  if (options.leaderboard) {
    const Leaderboard board = leaderboard(runs, settings);
    return {leaderboard_page(board), leaderboard_table(board), leaderboard_table(board).json(), board.notes};
  }
  const Comparison all = compare_runs(runs, settings);
  return {comparison_page(all), comparison_table(all), comparison_json(all, runs), all.notes};
}

}  // namespace

std::vector<std::string> names_in(const char* option, const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    int depth = 0;
    names.emplace_back();
    for (const char c : text) {
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      c == ',' && depth == 0 ? void(names.emplace_back()) : void(names.back() += c);
    }
  }
  for (const std::string& name : names)
    if (name.empty()) throw UsageError(std::string(option) + ": a name between commas is empty");
  return names;
}

std::span<const OutputForm> comparison_forms() {
  static const OutputForm forms[] = {{"text", {"txt"}},        {"md", {"md", "markdown"}}, {"tex", {"tex"}},
                                     {"tsv", {"tsv", "tab"}},  {"csv", {"csv"}},           {"json", {"json"}},
                                     {"html", {"html", "htm"}}};
  return forms;
}

void CompareOptions::declare(OptionSet& set) {
  set.add("files", files, "FILE...", "models, or metrics of nn-eval, or predictions of nn-predict")
      .as_operand()
      .reads_file();
  set.add("group-by", group_by, "KEY,...",
          "keys that make the groups, as like or model,lr; may be given again; not given: those in which the files "
          "differ, except seed and where they were made")
      .brief_help();
  set.add("metric", metric, "METRIC,...",
          "what is compared, as accuracy, val.loss, test.recall[Shirt], seconds; may be given again; not given: "
          "accuracy, "
          "else rmse, else loss")
      .brief_help();
  set.add("baseline", baseline, "GROUP", "group that the others are compared with; not given: the first").brief_help();
  set.add("format", format, "FORM",
          "format of the output; not given: by the suffix of -o, without -o text on a terminal, otherwise tsv")
      .brief_help()
      .one_of(form_names(comparison_forms()));
  set.add("report", report, "DIR",
          "write tables, pictures and commands into DIR, as a page and as Markdown; the comparison itself is then "
          "written only with -o")
      .brief_help()
      .writes_file();
  set.flag("keys", keys, "print the keys in which the files differ, with their values").brief_help();
  set.flag("leaderboard", leaderboard, "rank the files one by one, the best first").brief_help();
  set.flag("confusion", confusion, "print how the confusion matrices of two groups differ, means over their runs");
  set.flag("predictions", predictions,
           "compare two predictions files value by value: status 3 unless all are equal within --tolerance");
  set.add("tolerance", tolerance, "X", "largest difference of equal values for --predictions").at_least(0);
  set.add("sort", sort, "NAME[,reverse]",
          "order of the groups, or of the files of --leaderboard: by a key, or by a metric with the best first; not "
          "given: "
          "as named, or by the first metric")
      .brief_help();
  set.add("interval", interval, "KIND", "intervals of means: by Student's t, or by bootstrap over the runs")
      .brief_help()
      .one_of({"t", "bootstrap"});
  set.add("level", level, "SHARE", "confidence of the intervals; 1 - SHARE is the significance of the tests")
      .at_least(0.5)
      .below(1);
  set.add("resamples", resamples, "N", "resamples of the bootstrap").between(100, 1000000);
  set.add("epoch", epoch, "EPOCH",
          "row of a model's history that counts: that of its weights, the last one, or the best one of each metric")
      .one_of({"weights", "last", "best"});
  set.flag("allow-mixed", allow_mixed, "compare although the data sets or splits differ");
}

void CompareOptions::check(const OptionSet& set) const {
  if (files.empty()) throw UsageError("no files: nn-compare FILE...");
  const std::pair<const char*, bool> modes[] = {
      {"keys", keys}, {"leaderboard", leaderboard}, {"confusion", confusion}, {"predictions", predictions}};
  // What each of them does not use.
  const std::vector<const char*> unused[] = {
      {"group-by", "metric", "baseline", "sort", "interval", "level", "resamples", "epoch", "allow-mixed"},
      {"baseline", "interval", "level", "resamples"},
      {"metric", "sort", "interval", "level", "resamples", "epoch"},
      {"group-by", "metric", "baseline", "sort", "interval", "level", "resamples", "epoch", "allow-mixed"}};
  for (size_t m = 0; m < std::size(modes); ++m) {
    const auto& [mode, is_on] = modes[m];
    if (!is_on) continue;
    if (!report.empty()) throw UsageError(std::string("--report and --") + mode + " exclude each other");
    for (size_t other = m + 1; other < std::size(modes); ++other)
      if (modes[other].second)
        throw UsageError(std::string("--") + mode + " and --" + modes[other].first + " exclude each other");
    for (const char* other : unused[m])
      if (set.given(other)) throw UsageError(std::string("--") + other + " has no effect with --" + mode);
  }
  if (set.given("tolerance") && !predictions) throw UsageError("--tolerance has no effect without --predictions");
  for (const auto& [option, value] : {std::pair{"report", &report}, {"baseline", &baseline}})
    if (set.given(option) && value->empty())
      throw UsageError(std::string("--") + option + ": expected the name of a " +
                       (value == &report ? "folder" : "group") + ", found nothing");
  if (!sort.empty()) (void)sort_order(sort);
}

void CompareOptions::check(const OptionSet& set, std::span<const ComparedRun> runs) const {
  const bool draws = !keys && !leaderboard && !confusion && !predictions &&
                     (interval == "bootstrap" || (!runs.empty() && runs[0].predictions));
  for (const char* option : {"resamples", "seed"})
    if (set.given(option) && !draws)
      throw UsageError(std::string("--") + option + " has no effect without --interval bootstrap");
  if (set.given("epoch") && !runs.empty() && runs[0].kind != "model")
    throw UsageError("--epoch is for models: " + printable(runs[0].file) + " is a " + runs[0].kind +
                     " file, which has no history");
}

ComparisonSettings CompareOptions::settings(uint64_t seed) const {
  ComparisonSettings s;
  s.group_by = names_in("--group-by", group_by), s.metrics = names_in("--metric", metric);
  s.baseline = baseline, s.sort = sort, s.allow_mixed = allow_mixed;
  s.with_bootstrap = interval == "bootstrap", s.bootstrap = {seed, resamples, level};
  return s;
}

AtEpoch CompareOptions::at_epoch() const {
  return epoch == "weights" ? AtEpoch::weights : epoch == "last" ? AtEpoch::last : AtEpoch::best;
}

std::string comparison_text(std::span<const ComparedRun> runs, const CompareOptions& options, uint64_t seed,
                            const std::string& form, CompareSaid& said) {
  const Written all = written(runs, options, seed, said.failure);
  const bool has_place = form == "json" ? all.json.find("notes") != nullptr : form != "tsv" && form != "csv";
  if (!has_place) said.notes = all.notes;
  if (form == "json") return all.json.dump(2) + "\n";
  if (form != "tsv" && form != "csv") return page_text(all.page, form);
  return all.table.text(separator_of(form));
}

}  // namespace nn

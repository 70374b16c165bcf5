// SPDX-License-Identifier: MIT
// Groups of runs compared: learning curves, runs by group and others, which --show names (lib/plot/compare).
#include "plot/compare/compared.h"
#include "plot/plot.h"
#include "results/compare/compare_options.h"

namespace nn {
namespace {

std::vector<std::string> show_names() {
  std::vector<std::string> names;
  for (const CompareShow& show : compare_shows()) names.emplace_back(show.name);
  return names;
}

struct ComparePlotOptions : PlotOptions {
  std::string show, sort, band = "interval", interval = "t";
  std::vector<std::string> group_by, metric;
  double level = 0.95;
  bool allow_mixed = false;

  void declare(OptionSet& set) {
    set.add("show", show, "WHAT",
            "what of the groups is drawn; not given: curves of models, strip of metrics, reliability of predictions")
        .brief_help()
        .one_of(show_names());
    set.add("group-by", group_by, "KEY,...",
            "keys that make the groups, as nn-compare takes them; not given: those in which the files differ, except "
            "seed and where they were made")
        .brief_help();
    set.add("metric", metric, "METRIC,...",
            "what is compared, as nn-compare takes it; not given: accuracy, else rmse, else loss; curves: loss and "
            "accuracy; classes: recall")
        .brief_help();
    set.add("sort", sort, "NAME[,reverse]",
            "order of the groups: by a key, or by a metric with the best first; not given: as named");
    set.add("band", band, "KIND", "band of curves and time: the interval of the mean, sd or range")
        .one_of({"interval", "sd", "range"});
    set.add("interval", interval, "KIND", "intervals of means: by Student's t, or by bootstrap over the runs")
        .one_of({"t", "bootstrap"});
    set.add("level", level, "SHARE", "confidence of the intervals").at_least(0.5).below(1);
    set.flag("allow-mixed", allow_mixed, "compare although the data sets or splits differ");
  }
};

/// No option is without effect.
void check_used(const CompareShow& show, const ComparePlotOptions& options) {
  const ComparePlotOptions usual;
  const std::string unused = std::string(" ") + show.unused + " ";
  const std::pair<const char*, bool> asked[] = {{"band", options.band != usual.band},
                                                {"interval", options.interval != usual.interval},
                                                {"level", options.level != usual.level},
                                                {"metric", !options.metric.empty()},
                                                {"sort", !options.sort.empty()}};
  for (const auto& [name, is] : asked)
    if (is && unused.find(std::string(" ") + name + " ") != std::string::npos)
      throw UsageError(std::string("--") + name + " has no effect with --show " + show.name);
  if (options.band != "interval" && (options.interval != usual.interval || options.level != usual.level))
    throw UsageError("--interval and --level have no effect with --band " + options.band);
}

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const ComparePlotOptions& options) {
  CompareChoice choice;
  choice.settings.group_by = names_in("--group-by", options.group_by);
  choice.settings.metrics = names_in("--metric", options.metric);
  choice.settings.sort = options.sort, choice.settings.allow_mixed = options.allow_mixed;
  choice.settings.with_bootstrap = options.interval == "bootstrap", choice.settings.bootstrap.level = options.level;
  choice.band = options.band, choice.title = options.title;
  const ComparedFiles files = read_compared_files(inputs, AtEpoch::weights);
  check_runs(files.runs);
  const CompareShow& show = find_show(options.show.empty() ? usual_show(files) : options.show);
  check_used(show, options);
  return show.make(files, choice);
}

}  // namespace

extern const PictureType compare_picture;
const PictureType compare_picture{"compare",
                                  "groups of runs compared: curves, runs, time, calibration, classes",
                                  "MODEL... or METRICS... or PREDICTIONS...",
                                  1,
                                  10000,
                                  maker_with<ComparePlotOptions, make>};

}  // namespace nn

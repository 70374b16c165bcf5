// SPDX-License-Identifier: MIT
// nn-prep: rows and the recipe of a dataset.
#include "base/system/threads.h"
#include "cli/progress.h"
#include "cli/tool.h"
#include "data/recipe.h"
#include "data/rows.h"
#include "data/tf_idf.h"
#include "data/tokens.h"
#include "train/engine/encode.h"

namespace {

struct PrepOptions {
  nn::RowOptions rows;
  nn::RecipeOptions recipe;
  nn::TokenizeOptions texts;
  nn::EncodeOptions encoder;
  nn::TfIdfOptions counted;
  std::string data;

  void declare(nn::OptionSet& set) {
    set.add("data", data, "DATA", "dataset; not given: standard input").as_operand().reads_file();
    recipe.declare(set);
    rows.declare(set);
    texts.declare(set);
    encoder.declare(set);
    counted.declare(set);
  }
};

nn::Exit work(nn::cli::Run& run, const PrepOptions& options) {
  options.rows.check();  // before the data is waited for
  options.recipe.check();
  options.texts.check(run.options(), !options.encoder.model.empty());
  options.encoder.check(run.options());
  if (options.counted.words && !options.encoder.model.empty())
    throw nn::UsageError("--tf-idf and --encode exclude each other: both make the features");
  nn::h5::OutFile out = run.output(nn::h5::OutFile::Content::binary);
  nn::Dataset data = nn::read_dataset(run.input(0, "dataset"));
  // Statistics come last: they are those of the rows that are left for training.
  options.rows.apply(data, &run.log(), run.budget());
  options.recipe.apply(data);
  const int threads = nn::usable_cpus();
  if (options.encoder.model.empty()) {
    options.texts.apply(data, run.log(), run.budget(), threads);
  } else {
    nn::cli::Progress progress(run.log(), run.common().progress);
    options.encoder.apply(data, options.texts, run.log(), run.budget(), threads,
                          std::bind_front(&nn::cli::Progress::samples, &progress));
  }
  options.counted.apply(data, run.log(), run.budget());
  out.commit(nn::write_dataset(data, run.provenance(), !run.output_is_pipe()));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  PrepOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-prep";
  info.summary = "split, choose and scale the samples of a dataset";
  info.synopsis = "[OPTION]... [DATA]";
  info.writes_h5 = info.has_progress = true;
  info.in_place = {{"output", "data"}, {"output", "reuse"}};
  return nn::cli::run_tool(info, argc, argv, options, work);
}

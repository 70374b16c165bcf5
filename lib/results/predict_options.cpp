// SPDX-License-Identifier: MIT
#include "results/predict_options.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "results/metrics_text.h"

namespace nn {

void PredictOptions::declare(OptionSet& set) {
  set.add("files", files, "FILE...",
          "the model, or several whose probabilities are averaged, then the dataset, or files of texts whose names end "
          "in .txt; with one file and no texts, the dataset is standard input")
      .as_operand()
      .reads_file();
  set.add("split", split, "SPLIT", "split to predict; not given: test, else val, else train").brief_help();
  set.add("rows", rows, "FIRST:END", "rows of the split, counted from 0, for example 0:10 or 3,7,20:25; not given: all")
      .brief_help();
  set.add("text", texts, "TEXT",
          "predict this text, for a model that takes texts, in the place of a dataset; may be given again")
      .brief_help();
  set.add("lines", lines, "FILE", "predict the texts of FILE, one on each line; -: standard input").brief_help();
  set.add("top", top, "K", "print the K most probable classes; 0: none").at_least(0).brief_help().also("top_k topk");
  set.flag("no-labels", no_labels, "ignore the labels and targets of the dataset, which may be unknown to the model")
      .says("proba predict_proba probabilities",
            "probabilities are printed without an option; --top K limits how many");
  set.add("format", format, "FORM",
          "format of the output; not given: by the suffix of -o (tsv, csv, json, h5), without -o tsv")
      .one_of(form_names(result_forms()))
      .brief_help();
  set.add("batch", batch, "N", "samples computed at once; affects memory and speed only")
      .at_least(1)
      .called("batch_size")
      .also("batches minibatch mini_batch bs");
}

namespace {
bool is_text_file(const std::string& file) { return file.ends_with(".txt"); }
}  // namespace

std::vector<std::string> PredictOptions::text_files() const {
  std::vector<std::string> found;
  std::ranges::copy_if(files, std::back_inserter(found), is_text_file);
  return found;
}

std::vector<std::string> PredictOptions::text_names(int64_t n) const {
  const std::vector<std::string> named = text_files();
  if (named.empty()) return {};
  std::vector<std::string> all(static_cast<size_t>(n) - named.size());
  all.insert(all.end(), named.begin(), named.end());
  return all;
}

bool PredictOptions::takes_texts() const { return !texts.empty() || !lines.empty() || !text_files().empty(); }

std::vector<std::string> PredictOptions::models() const {
  std::vector<std::string> found;
  std::ranges::remove_copy_if(files, std::back_inserter(found), is_text_file);
  if (!takes_texts() && found.size() > 1) found.pop_back();
  return found;
}

void PredictOptions::check(const OptionSet& set, const std::string& form) const {
  if (takes_texts() && !split.empty()) throw UsageError("--split has no effect on texts: they are no dataset");
  if (takes_texts() && no_labels) throw UsageError("--no-labels has no effect on texts: they have none");
  if (const Option* top = set.find("top"); form == "h5" && top->asks())
    throw UsageError(
        "--top has no effect: a file of predictions holds the probabilities of all classes; it is for tsv, csv and "
        "json");
}

}  // namespace nn

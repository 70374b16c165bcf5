// SPDX-License-Identifier: MIT
#include "train/engine/eval_options.h"

#include "results/metrics_text.h"

namespace nn {

void EvalOptions::declare(OptionSet& set) {
  set.add("files", files, "FILE...", "models, then the dataset; with one file, the dataset is standard input")
      .as_operand()
      .reads_file();
  set.add("split", split, "SPLIT",
          "split to measure, or several separated by commas; not given: test, else val, else train")
      .brief_help();
  set.add("fail-under", fail_under, "METRIC=VALUE",
          "exit with status 3 when METRIC is below VALUE (loss, ece, mae and rmse: above it); may be given again")
      .brief_help()
      .says("metrics metric eval_metric scoring",
            "all metrics are measured without an option; --fail-under METRIC=VALUE tests one");
  set.add("top", evaluate.k, "K", "K of the metric top_K: the label is among the K largest outputs")
      .at_least(1)
      .brief_help()
      .also("top_k topk");
  set.flag("brief", brief, "print n, loss, accuracy and top_K only (of targets: mae, rmse and r2), as tsv, csv or json")
      .brief_help();
  set.flag("ensemble", ensemble,
           "measure the models as one: the mean of their probabilities, of numbers of the outputs")
      .brief_help()
      .also("average averaging voting vote bagging");
  set.flag("confusion", evaluate.confusion, "also count the confusion matrix of 1,000 classes and more");
  set.add("format", format, "FORM",
          "format of the output; not given: by the suffix of -o (txt, tsv, csv, json, h5), without -o a report on a "
          "terminal, otherwise tsv")
      .one_of(form_names(metrics_forms()))
      .brief_help();
  set.add("batch", evaluate.batch, "N", "samples computed at once; affects memory and speed only")
      .at_least(1)
      .called("batch_size")
      .also("batches minibatch mini_batch bs");
}

}  // namespace nn

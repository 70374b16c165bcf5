// SPDX-License-Identifier: MIT
#include "train/engine/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/choose_split.h"
#include "formats/models/c/c_run.h"
#include "formats/models/foreign_input.h"
#include "train/engine/align.h"
#include "train/engine/evaluator.h"

namespace nn {
namespace {

Model read_back(const std::string& file, const FormatOptions& options) {
  const Log quiet(options.log->tool(), -2);
  const std::vector<std::byte> bytes = as_model_file(file, {}, quiet, options.budget);
  return model_in(bytes.empty() ? h5::Reader::open(file, "model", options.budget)
                                : h5::Reader::of_bytes(bytes, file, "model", options.budget));
}

std::vector<float> outputs_of(const Model& model, const Dataset& data, const std::string& split, Backend& backend) {
  const Aligned aligned = align(model, data, Answers::ignored);
  return predict(model, aligned.data(), split, {}, backend).probability;
}

size_t rows_of(const Split& split) { return static_cast<size_t>(std::max<int64_t>(1, split.size())); }

}  // namespace

void verify_model(const Model& model, const std::string& written, const OutputFormat& to,
                  const ConvertOptions& options) {
  if (written.empty() || written == "-") throw UsageError("--verify: OUT is read back, and needs a name");
  const h5::Reader file = h5::Reader::open(options.verify, "dataset", options.common.budget);
  const std::string split = choose_split(file, "");
  const Dataset data = open_dataset(file, {split});
  const auto backend = make_backend("ref", 1, options.common.budget);
  const std::vector<float> first = outputs_of(model, data, split, *backend);
  // What cannot be read back can be run: C.
  const bool reads = !to.model || to.model->reader;
  const std::vector<float> second =
      reads ? outputs_of(read_back(written, options.common), data, split, *backend)
            : results_of_c(written, model, align(model, data, Answers::ignored).data().at(split),
                           first.size() / rows_of(data.at(split)));
  if (first.size() != second.size())
    throw ConditionError(fmt::format("{}: {} it has {} outputs, expected {}", written, reads ? "read back" : "compiled",
                                     second.size(), first.size()));
  double largest = 0, most = 0;
  size_t at = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(first[i])));
    const double difference = std::abs(static_cast<double>(first[i]) - second[i]);
    if (!(difference <= most)) most = difference, at = i;  // a difference that is no number counts
  }
  const size_t rows = rows_of(data.at(split));
  const std::string found = fmt::format("{}: {}, its predictions of {} samples differ by at most {:.3g}", written,
                                        reads ? "read back" : "compiled", rows, most);
  if (!(most <= options.tolerance * largest))
    throw ConditionError(fmt::format("{} (sample {}), more than --tolerance {} of the largest, {:.3g}", found,
                                     at / std::max<size_t>(1, first.size() / rows), options.tolerance, largest));
  options.common.log->info(found);
}

}  // namespace nn

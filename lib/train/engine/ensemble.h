// SPDX-License-Identifier: MIT
// Several models that answer together, as one: the mean of their probabilities (results/mean_outputs.h). Each prepares
// the samples by its own recipe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "train/engine/evaluator.h"

namespace nn {

/// A dataset as each member of an ensemble sees it, in their order.
struct SharedData {
  std::string name;  ///< for messages
  std::vector<Aligned> views;
};

/// One model is an ensemble, too: its results are those of evaluate() and predict(), bit for bit.
class Ensemble {
 public:
  struct Member {
    std::string name;  ///< for messages
    Model model;
    TrainingRecord training;
  };
  static Member member(const h5::Reader& file) { return {file.name(), model_in(file), training_record(file)}; }
  /// Their outputs must stand for the same classes or targets; where names say so, in any order. Error with both names
  /// where they do not, and where two are the same network.
  explicit Ensemble(std::vector<Member> members);

  /// Notes and warnings about names that do not agree, and about members that do not, are said.
  SharedData align(const Dataset& data, const std::string& data_name, const Log& log,
                   Answers answers = Answers::compared) const;
  Metrics evaluate(const SharedData& data, const std::string& split, Backend& backend,
                   const EvaluateOptions& options = {}) const;
  Predictions predict(const SharedData& data, const std::string& split, std::span<const int64_t> rows, Backend& backend,
                      const EvaluateOptions& options = {}) const;

  std::string name() const;         ///< of the model, or "ensemble of a.h5, b.h5"
  TrainingRecord training() const;  ///< of the model, or what all have in common
  /// Names of the classes or targets, in the order of the results: that of the first model.
  std::vector<std::string> names() const { return output_names(members_.front().model); }

 private:
  std::vector<float> outputs(const SharedData& data, const std::string& split, std::span<const int64_t> rows,
                             Backend& backend, const EvaluateOptions& options) const;

  std::vector<Member> members_;
  std::vector<std::vector<size_t>> order_;  ///< by member: which of its outputs is each of the first's; empty: the same
};

}  // namespace nn

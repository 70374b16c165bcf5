// SPDX-License-Identifier: MIT
// A dataset as a model sees it. Features, classes and targets that both name are matched by name, never by number: a
// file converted alone, without one of the classes, or with its columns in another order, gives the same results.
// Everything that reads a model together with data comes through here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "data/dataset.h"
#include "model/model_file.h"

namespace nn {

class Aligned {
 public:
  /// The dataset itself when nothing had to change; it must outlive this object.
  const Dataset& data() const { return changed_ ? *changed_ : *original_; }
  /// What was guessed: names that only one side has, so that numbers count.
  const std::vector<std::string>& notes() const { return notes_; }
  /// What a user should know before trusting results: another range of pixel values, another recipe.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// The dataset is this one, with tokens in the place of texts, unless more had to change. notes: of these.
  void keep(std::shared_ptr<const Dataset> tokens, std::vector<std::string> notes);

 private:
  friend class Aligner;
  const Dataset* original_ = nullptr;
  std::shared_ptr<const Dataset> changed_;
  std::vector<std::string> notes_, warnings_;
};

/// What of a dataset is compared with the model beside the samples: what its outputs are measured against, also labels
/// beside other targets, or nothing.
enum class Answers { compared, all, ignored };

/// The model of a file; an Error names the file, once.
Model model_in(const h5::Reader& file);
/// Columns are put into the model's order, labels get the model's numbers, and one-hot targets the model's columns.
/// Error, with the names, for features or targets that are missing or that the model does not know, and for classes
/// that it does not know when a sample of these splits has one; and for samples of another shape. Texts are cut into
/// tokens where the model has a tokenizer. Answers::ignored:
/// labels and targets are left out.
Aligned align(const Model& model, const Dataset& data, Answers answers = Answers::compared);

/// Notes and warnings to the log, each after the names of both files.
void say(const Aligned& aligned, const Log& log, const std::string& files);

/// Classes that the outputs of a model stand for: its labels, or unnamed targets, one for each class (one-hot); 0 when
/// the outputs are targets of their own.
int64_t classes_of_outputs(const Model& model, int64_t outputs);

}  // namespace nn

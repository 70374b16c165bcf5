// SPDX-License-Identifier: MIT
#include "train/engine/align.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "base/log.h"
#include "base/text/names.h"
#include "base/text/number.h"
#include "losses/loss.h"
#include "train/engine/model_texts.h"
#include "train/engine/pixel_range.h"

namespace nn {
namespace {

using Names = std::vector<std::string>;

/// The recipe without its augmenting lines, which play no part outside training.
std::string recipe_without_augmentation(const std::string& recipe) {
  std::istringstream lines(recipe);
  std::string kept, line;
  while (std::getline(lines, line))
    if (!line.starts_with("augment")) kept += (kept.empty() ? "" : "; ") + line;
  return kept;
}

/// Columns of rows {N,K} in another order: column j of the result is column from[j], or zeros where that is -1.
h5::Array with_columns(const h5::Array& rows, const std::vector<int64_t>& from) {
  const size_t size = h5::size_of(rows.type), width = static_cast<size_t>(rows.shape[1]) * size;
  h5::Array out(rows.type, {rows.shape[0], static_cast<int64_t>(from.size())});
  for (size_t i = 0; i < static_cast<size_t>(rows.shape[0]); ++i)
    for (size_t j = 0; j < from.size(); ++j)
      if (from[j] >= 0)
        std::copy_n(rows.bytes.data() + i * width + static_cast<size_t>(from[j]) * size, size,
                    out.bytes.data() + (i * from.size() + j) * size);
  return out;
}

/// Where each of the model's columns stands in the data; both must hold the same names.
std::vector<int64_t> same_names(const Names& model, const Names& data, const std::string& what) {
  const Names missing = names_lacking(model, data), unknown = names_lacking(data, model);
  if (!missing.empty() || !unknown.empty()) {
    std::string text;
    if (!missing.empty())
      text = fmt::format("the dataset lacks {} {}, which the model was trained on", what, quoted_list(missing));
    if (!unknown.empty())
      text += fmt::format("{}{} {} of the dataset {} unknown to the model", text.empty() ? "" : "; ", what,
                          quoted_list(unknown), unknown.size() > 1 ? "are" : "is");
    throw Error(text);
  }
  return places_of(model, data, what);
}

}  // namespace

/// The steps of one alignment.
class Aligner {
 public:
  Aligner(const Model& model, const Dataset& data) : model_(model), data_(data) { aligned_.original_ = &data; }

  Aligned go(Answers answers) && {
    features();
    check_samples();
    if (answers == Answers::ignored) {
      drop_answers();
    } else {
      labels(answers == Answers::all);
      targets();
    }
    compare_ranges();
    compare_recipes();
    aligned_.changed_ = changed_;
    return std::move(aligned_);
  }

 private:
  Dataset& changed() {
    if (!changed_) changed_ = std::make_shared<Dataset>(data_);
    return *changed_;
  }
  bool has_labels() const {
    return std::any_of(data_.splits.begin(), data_.splits.end(), [](const Split& s) { return !s.labels().empty(); });
  }
  bool has_targets() const {
    return std::any_of(data_.splits.begin(), data_.splits.end(),
                       [](const Split& s) { return s.targets().shape.rank() == 2; });
  }

  /// One side has names, the other has none.
  void note_unnamed(const Names& model, const Names& data, const char* what, const char* hint) {
    if (model.empty() == data.empty()) return;
    aligned_.notes_.push_back(fmt::format("the {} names no {}, the {} does: they are matched by number{}",
                                          model.empty() ? "model" : "dataset", what,
                                          model.empty() ? "dataset" : "model", model.empty() ? "" : hint));
  }

  void features() {
    if (data_.splits.empty() || data_.has_tokens() || data_.sample_shape().rank() != 1 || model_.raw_input.rank() != 1)
      return;
    note_unnamed(model_.feature_names, data_.feature_names, "features", "");
    if (model_.feature_names.empty() || data_.feature_names.empty() || model_.feature_names == data_.feature_names)
      return;
    const std::vector<int64_t> from = same_names(model_.feature_names, data_.feature_names, "feature");
    need_in_memory(data_, "the features stand in another order than those of the model");
    for (Split& split : changed().splits) split.set_samples(with_columns(split.x(), from));
    changed().feature_names = model_.feature_names;
    for (std::vector<float>* statistic : {&changed().prep.mean, &changed().prep.std}) {
      if (statistic->size() != data_.feature_names.size()) continue;
      std::vector<float> ordered;
      for (const int64_t column : from) ordered.push_back((*statistic)[static_cast<size_t>(column)]);
      *statistic = ordered;
    }
  }

  void check_samples() const {
    if (data_.splits.empty()) return;
    const bool for_texts = takes_tokens(read_layers(model_.layers).nodes);
    if (for_texts != data_.has_tokens())
      throw Error(for_texts
                      ? "the model takes the tokens of texts, the dataset has samples of " + data_.sample_shape().text()
                      : "the model takes samples of " + model_.raw_input.text() + ", the dataset has tokens of texts");
    if (for_texts || data_.sample_shape() == model_.raw_input) return;
    const bool rows = data_.sample_shape().rank() == 1 && data_.sample_shape().count() == model_.raw_input.count();
    throw Error(fmt::format(
        "the model takes samples of {}, the dataset has {}{}", model_.raw_input.text(), data_.sample_shape().text(),
        rows ? fmt::format(" (nn-convert --shape {} reads the rows of a table as images)", model_.raw_input.text())
             : ""));
  }

  void drop_answers() {
    if (!has_labels() && !has_targets()) return;
    for (Split& split : changed().splits) {
      split.remove("labels");
      split.remove("targets");
    }
    changed().target_names.clear();
  }

  void labels(bool also_beside_targets) {
    // What a model of other targets was given as labels beside them, it says nothing about.
    if (!has_labels() || (!also_beside_targets && classes_of_outputs(model_, outputs()) == 0)) return;
    note_unnamed(model_.classes, data_.classes, "classes", " (nn-convert --classes names them)");
    if (model_.classes.empty() || data_.classes.empty() || model_.classes == data_.classes) return;
    const std::vector<int32_t> number = class_numbers();
    check_known(number);
    for (Split& split : changed().splits)
      for (int32_t& label : split.labels()) label = number[static_cast<size_t>(label)];
    changed().classes = model_.classes;
  }

  /// The model's number of each class of the data, -1 for none.
  std::vector<int32_t> class_numbers() const {
    std::vector<int32_t> number(data_.classes.size(), -1);
    Names known;
    std::vector<size_t> place;
    const Names lacking = names_lacking(data_.classes, model_.classes);
    size_t next = 0;
    for (size_t c = 0; c < data_.classes.size(); ++c) {
      if (next < lacking.size() && lacking[next] == data_.classes[c]) {
        ++next;
        continue;
      }
      known.push_back(data_.classes[c]);
      place.push_back(c);
    }
    const std::vector<int64_t> found = places_of(known, model_.classes, "class");
    for (size_t i = 0; i < place.size(); ++i) number[place[i]] = static_cast<int32_t>(found[i]);
    return number;
  }

  /// Only classes that some sample has matter.
  void check_known(const std::vector<int32_t>& number) const {
    std::vector<bool> seen(number.size(), false);
    std::string where;
    for (const Split& split : data_.splits)
      for (const int32_t label : split.labels())
        if (number.at(static_cast<size_t>(label)) < 0) {
          seen[static_cast<size_t>(label)] = true;
          if (where.empty()) where = split.name;
        }
    Names unknown;
    for (size_t c = 0; c < seen.size(); ++c)
      if (seen[c]) unknown.push_back(data_.classes[c]);
    if (!unknown.empty())
      throw Error(
          fmt::format("/{}/labels: {} {} {} unknown to the model, which knows {} ({}nn-predict --no-labels predicts "
                      "without labels)",
                      printable(where), unknown.size() > 1 ? "classes" : "class", quoted_list(unknown),
                      unknown.size() > 1 ? "are" : "is", quoted_list(model_.classes), hint_at_names()));
  }

  /// Labels that are only numbered, of classes that the model names.
  std::string hint_at_names() const {
    for (size_t c = 0; c < data_.classes.size(); ++c)
      if (data_.classes[c] != std::to_string(c)) return "";
    return data_.classes.size() > model_.classes.size()
               ? ""
               : "nn-convert --classes MODEL gives numbered labels the model's names; ";
  }

  void targets() {
    if (!has_targets() || make_loss(model_.loss)->target_kind() != TargetKind::targets) return;
    if (!model_.target_names.empty() && !data_.target_names.empty()) {
      if (model_.target_names == data_.target_names) return;
      put_targets(same_names(model_.target_names, data_.target_names, "target"));
      changed().target_names = model_.target_names;
      return;
    }
    note_unnamed(model_.target_names, data_.target_names, "targets", "");
    // One-hot targets stand by class, and a class that the file does not have is a column of zeros.
    const bool by_class =
        model_.target_names.empty() && data_.target_names.empty() && !model_.classes.empty() && !data_.classes.empty();
    if (!by_class || model_.classes == data_.classes || classes_of_outputs(model_, outputs()) == 0) return;
    for (const Split& split : data_.splits)
      if (split.targets().shape.rank() == 2 && split.targets().shape[1] != data_.class_count()) return;
    if (const Names unknown = names_lacking(data_.classes, model_.classes); !unknown.empty())
      throw Error(fmt::format("targets: class {} is unknown to the model, which knows {}", quoted_list(unknown),
                              quoted_list(model_.classes)));
    const std::vector<int64_t> to = places_of(data_.classes, model_.classes, "class");
    std::vector<int64_t> from(model_.classes.size(), -1);
    for (size_t c = 0; c < to.size(); ++c) from[static_cast<size_t>(to[c])] = static_cast<int64_t>(c);
    put_targets(from);
    changed().classes = model_.classes;
  }

  void put_targets(const std::vector<int64_t>& from) {
    for (Split& split : changed().splits)
      if (split.targets().shape.rank() == 2) split.set("targets", with_columns(split.targets(), from));
  }

  int64_t outputs() const { return Network(model_.layers, model_.input).output().count(); }

  void compare_ranges() {
    if (std::string text = other_range(model_, data_); !text.empty()) aligned_.warnings_.push_back(std::move(text));
  }

  void compare_recipes() {
    const auto shown = [](const std::string& text) {
      return text.empty() ? std::string("none") : "'" + printable(text) + "'";
    };
    const std::string mine = recipe_without_augmentation(model_.prep.recipe),
                      theirs = recipe_without_augmentation(data_.prep.recipe);
    if (theirs.empty()) return;
    if (theirs != mine)
      aligned_.warnings_.push_back("the dataset's recipe " + shown(theirs) + " differs from the model's " +
                                   shown(mine) + ", which is applied");
    else if (const h5::PrepRecord& ordered = (changed_ ? *changed_ : data_).prep;
             model_.prep.mean != ordered.mean || model_.prep.std != ordered.std)
      aligned_.warnings_.push_back("the dataset's recipe " + shown(theirs) +
                                   " has another mean or deviation than the model's, which is applied");
  }

  const Model& model_;
  const Dataset& data_;
  std::shared_ptr<Dataset> changed_;
  Aligned aligned_;
};

Model model_in(const h5::Reader& file) {
  try {
    return read_model(file);
  } catch (const Error& e) {
    if (std::string_view(e.what()).starts_with(file.name() + ": ")) throw;
    throw Error(file.name() + ": " + e.what(), e.status());
  }
}

Aligned align(const Model& model, const Dataset& data, Answers answers) {
  if (!holds_only_texts(data)) return Aligner(model, data).go(answers);
  if (!model.tokenizer)
    throw Error(takes_tokens(read_layers(model.layers).nodes)
                    ? "the model has no tokenizer for texts; nn-prep --tokenize FILE cuts them into tokens"
                    : "the model takes samples of " + model.raw_input.text() +
                          ", these are texts; nn-prep --encode makes features of them");
  const auto tokens = std::make_shared<Dataset>(data);
  std::vector<std::string> notes = take_tokens(*tokens, *model.tokenizer, model.input.count());
  Aligned aligned = Aligner(model, *tokens).go(answers);
  aligned.keep(tokens, std::move(notes));
  return aligned;
}

void Aligned::keep(std::shared_ptr<const Dataset> tokens, std::vector<std::string> notes) {
  if (!changed_) changed_ = std::move(tokens);
  notes_.insert(notes_.begin(), notes.begin(), notes.end());
}

void say(const Aligned& aligned, const Log& log, const std::string& files) {
  for (const std::string& note : aligned.notes()) log.note(files + ": " + note);
  for (const std::string& warning : aligned.warnings()) log.warning(files + ": " + warning);
}

int64_t classes_of_outputs(const Model& model, int64_t outputs) {
  const int64_t named = static_cast<int64_t>(model.classes.size());
  if (make_loss(model.loss)->target_kind() == TargetKind::labels) return named > 0 ? named : outputs;
  return model.target_names.empty() && outputs == named ? named : 0;
}

}  // namespace nn

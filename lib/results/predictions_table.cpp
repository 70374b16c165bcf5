// SPDX-License-Identifier: MIT
#include "results/predictions_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "results/evaluation.h"

namespace nn {
namespace {

/// Probability of each class of one sample; one logistic output stands for two classes.
std::vector<double> class_probabilities(const Predictions& p, size_t row) {
  const size_t k = static_cast<size_t>(p.classes);
  std::vector<double> out(p.probability.begin() + static_cast<std::ptrdiff_t>(row * k),
                          p.probability.begin() + static_cast<std::ptrdiff_t>((row + 1) * k));
  if (k == 1 && !p.predicted.empty()) out = {1 - out[0], out[0]};
  return out;
}

std::vector<size_t> most_probable(const std::vector<double>& probability, int top) {
  std::vector<size_t> order(probability.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t kept = std::min(order.size(), static_cast<size_t>(std::max(top, 0)));
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
      [&](size_t a, size_t b) { return probability[a] != probability[b] ? probability[a] > probability[b] : a < b; });
  order.resize(kept);
  return order;
}

/// A table for people and spreadsheets, or the cells of JSON: numbers as they are, null for what is not known.
class PredictionTable {
 public:
  PredictionTable(const Predictions& p, const std::vector<std::string>& names, int top, bool json)
      : p_(p), names_(names), top_(top), json_(json) {}

  TextTable make() {
    table_.columns = {p_.split.empty() ? "sample" : "row"};
    if (!p_.names.empty()) table_.columns.emplace_back("name");
    p_.predicted.empty() ? target_columns() : class_columns();
    for (size_t i = 0; i < p_.sample.size(); ++i) {
      table_.rows.push_back({Json(p_.sample[i])});
      if (!p_.names.empty()) table_.rows.back().emplace_back(p_.names[static_cast<size_t>(p_.sample[i])]);
      p_.predicted.empty() ? target_row(i, table_.rows.back()) : class_row(i, table_.rows.back());
    }
    return std::move(table_);
  }

 private:
  using Row = std::vector<Json>;

  Json unknown() const { return json_ ? Json() : Json(""); }
  Json share(double value) const { return json_ ? Json(value) : Json(fmt::format("{:.6f}", value)); }
  Json value(float v) const { return json_ ? Json(double{v}) : Json(fmt::format("{:.7g}", v)); }

  void class_columns() {
    for (const char* name : {"label", "label_name", "predicted", "predicted_name", "confidence"})
      table_.columns.emplace_back(name);
    if (top_ > 0) table_.columns.push_back(json_ ? "top_k" : fmt::format("top_{}", top_));
  }

  void class_row(size_t i, Row& row) const {
    const std::vector<double> probability = class_probabilities(p_, i);
    const int32_t found = p_.predicted[i];
    row.push_back(p_.labels.empty() ? unknown() : Json(int64_t{p_.labels[i]}));
    row.push_back(p_.labels.empty() ? unknown() : Json(name_or_number(names_, p_.labels[i])));
    row.emplace_back(int64_t{found});
    row.emplace_back(name_or_number(names_, found));
    row.push_back(share(probability[static_cast<size_t>(found)]));
    if (top_ <= 0) return;
    Json::Array best;
    std::string text;
    for (const size_t c : most_probable(probability, top_)) {
      const std::string name = name_or_number(names_, static_cast<int64_t>(c));
      if (json_)
        best.emplace_back(Json::Object{{"class", name}, {"probability", probability[c]}});
      else
        text += fmt::format("{}{}:{:.6f}", text.empty() ? "" : ", ", name, probability[c]);
    }
    row.push_back(json_ ? Json(std::move(best)) : Json(text));
  }

  /// "prediction[red]"; one output without a name needs none.
  std::string column(const char* what, size_t j) const {
    return p_.classes == 1 && names_.empty()
               ? what
               : fmt::format("{}[{}]", what, name_or_number(names_, static_cast<int64_t>(j)));
  }

  void target_columns() {
    const auto k = static_cast<size_t>(p_.classes);
    for (size_t j = 0; j < k && !p_.targets.empty(); ++j) table_.columns.push_back(column("target", j));
    for (size_t j = 0; j < k; ++j) table_.columns.push_back(column(p_.independent ? "probability" : "prediction", j));
    if (p_.independent) table_.columns.emplace_back("predicted_names");
  }

  void target_row(size_t i, Row& row) const {
    const auto k = static_cast<size_t>(p_.classes);
    for (size_t j = 0; j < k && !p_.targets.empty(); ++j) row.push_back(value(p_.targets[i * k + j]));
    std::vector<std::string> yes;
    for (size_t j = 0; j < k; ++j) {
      const float v = p_.probability[i * k + j];
      row.push_back(p_.independent ? share(v) : value(v));
      if (v > 0.5F) yes.push_back(name_or_number(names_, static_cast<int64_t>(j)));
    }
    if (!p_.independent) return;
    if (json_) {
      row.emplace_back(Json::Array(yes.begin(), yes.end()));
      return;
    }
    std::string text;
    for (const std::string& name : yes) text += (text.empty() ? "" : ", ") + name;
    row.emplace_back(text.empty() ? "none" : text);
  }

  const Predictions& p_;
  const std::vector<std::string>& names_;
  int top_;
  bool json_;
  TextTable table_;
};

}  // namespace

TextTable predictions_table(const Predictions& p, const std::vector<std::string>& names, int top) {
  return PredictionTable(p, names, top, false).make();
}

TextTable predictions_cells(const Predictions& p, const std::vector<std::string>& names, int top) {
  return PredictionTable(p, names, top, true).make();
}

std::string predictions_json(const Predictions& p, const std::vector<std::string>& names, int top) {
  return predictions_cells(p, names, top).json().dump(2) + "\n";
}

}  // namespace nn

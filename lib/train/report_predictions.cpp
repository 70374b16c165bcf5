// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/number.h"
#include "base/split.h"
#include "train/report.h"

namespace nn {
namespace {

std::string class_name(const std::vector<std::string>& classes, int64_t c) {
  if (c < 0 || static_cast<size_t>(c) >= classes.size()) return std::to_string(c);
  std::string name = classes[static_cast<size_t>(c)];
  for (char& letter : name)
    if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
  return name;
}

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
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), [&](size_t a, size_t b) {
    return probability[a] != probability[b] ? probability[a] > probability[b] : a < b;
  });
  order.resize(kept);
  return order;
}

std::string regression_tsv(const Predictions& p) {
  const size_t k = static_cast<size_t>(p.classes);
  std::string out = "sample";
  for (size_t j = 0; j < k; ++j) out += fmt::format("\toutput_{}", j);
  out += "\n";
  for (size_t i = 0; i < p.sample.size(); ++i) {
    out += std::to_string(p.sample[i]);
    for (size_t j = 0; j < k; ++j) out += fmt::format("\t{:.7g}", p.probability[i * k + j]);
    out += "\n";
  }
  return out;
}

int64_t parse_bound(std::string_view text, int64_t otherwise, const std::string& whole) {
  if (text.empty()) return otherwise;
  int64_t value = 0;
  try {
    parse_value(text, value);
  } catch (const UsageError&) {
    throw UsageError("--rows: expected FIRST:END, a row, or several joined by commas, found '" + whole + "'");
  }
  return value;
}

}  // namespace

std::string predictions_tsv(const Predictions& p, const std::vector<std::string>& classes, int top) {
  if (p.predicted.empty()) return regression_tsv(p);
  std::string out = fmt::format("sample\tlabel\tpredicted\tclass\tconfidence{}\n", top > 0 ? fmt::format("\ttop_{}", top) : "");
  for (size_t i = 0; i < p.sample.size(); ++i) {
    const std::vector<double> probability = class_probabilities(p, i);
    const int32_t found = p.predicted[i];
    out += fmt::format("{}\t{}\t{}\t{}\t{:.6f}", p.sample[i], p.labels.empty() ? "" : std::to_string(p.labels[i]), found,
                       class_name(classes, found), probability[static_cast<size_t>(found)]);
    if (top > 0) out += "\t";
    bool first = true;
    for (size_t c : most_probable(probability, top)) {
      out += fmt::format("{}{}:{:.6f}", first ? "" : ", ", class_name(classes, static_cast<int64_t>(c)), probability[c]);
      first = false;
    }
    out += "\n";
  }
  return out;
}

std::string predictions_json(const Predictions& p, const std::vector<std::string>& classes, int top) {
  Json::Array all;
  for (size_t i = 0; i < p.sample.size(); ++i) {
    const std::vector<double> probability = class_probabilities(p, i);
    Json::Object row;
    row.emplace_back("sample", p.sample[i]);
    row.emplace_back("label", p.labels.empty() ? Json() : Json(int64_t{p.labels[i]}));
    if (p.predicted.empty()) {
      Json::Array outputs;
      for (double v : probability) outputs.emplace_back(v);
      row.emplace_back("outputs", Json(std::move(outputs)));
    } else {
      const int32_t found = p.predicted[i];
      row.emplace_back("predicted", int64_t{found});
      row.emplace_back("class", class_name(classes, found));
      row.emplace_back("confidence", probability[static_cast<size_t>(found)]);
      Json::Array best;
      for (size_t c : most_probable(probability, top)) {
        Json::Object one;
        one.emplace_back("class", class_name(classes, static_cast<int64_t>(c)));
        one.emplace_back("probability", probability[c]);
        best.emplace_back(std::move(one));
      }
      row.emplace_back("top_k", Json(std::move(best)));
    }
    all.emplace_back(std::move(row));
  }
  return Json(std::move(all)).dump(2) + "\n";
}

std::vector<int64_t> parse_rows(const std::string& text, int64_t n) {
  std::vector<int64_t> rows;
  for (const std::string_view part : split_at(text, ',')) {
    const size_t colon = part.find(':');
    int64_t first, last;
    if (part.empty()) throw UsageError("--rows: expected FIRST:END, a row, or several joined by commas, found '" + text + "'");
    if (colon == std::string_view::npos) {
      first = parse_bound(part, 0, text);
      last = first < INT64_MAX ? first + 1 : first;
    } else {
      first = parse_bound(part.substr(0, colon), 0, text);
      last = parse_bound(part.substr(colon + 1), n, text);
    }
    if (first < 0 || last <= first || last > n)
      throw UsageError(fmt::format("--rows: '{}' is out of range: rows are 0 to {}, and FIRST:END ends before END", part, n - 1));
    for (int64_t row = first; row < last; ++row) rows.push_back(row);
  }
  return rows;
}

}  // namespace nn

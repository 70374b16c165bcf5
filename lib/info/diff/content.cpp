// SPDX-License-Identifier: MIT
// Differences of what two files hold: datasets part by part, and attributes that count.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "base/text/names.h"
#include "h5/digest.h"
#include "info/diff/diff.h"

namespace nn {
namespace {

using h5::Array;
using h5::Reader;

/// What differs between two arrays of one shape and type.
struct ArrayDiff {
  int64_t rows = 0, first = -1;  ///< rows that differ, the first of them
  double largest = 0, squares = 0, squares_of_a = 0;
  double a_there = 0, b_there = 0;  ///< the first two values that differ
  bool numbers = true;              ///< false: of values that are no numbers (NaN)
};

bool same(double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); }

void add_rows(ArrayDiff& diff, const Array& a, const Array& b, int64_t begin, int64_t count) {
  const std::vector<double> x = a.to_double(), y = b.to_double();
  const size_t width = count > 0 ? x.size() / static_cast<size_t>(count) : 0;
  for (int64_t row = 0; row < count; ++row) {
    bool differs = false;
    for (size_t k = 0; k < width; ++k) {
      const size_t at = static_cast<size_t>(row) * width + k;
      if (std::isfinite(x[at])) diff.squares_of_a += x[at] * x[at];
      if (same(x[at], y[at])) continue;
      if (diff.first < 0 && !differs) diff.a_there = x[at], diff.b_there = y[at];
      differs = true;
      const double d = std::abs(x[at] - y[at]);
      diff.numbers = diff.numbers && std::isfinite(d);
      if (std::isfinite(d)) diff.largest = std::max(diff.largest, d), diff.squares += d * d;
    }
    if (!differs) continue;
    if (diff.first < 0) diff.first = begin + row;
    ++diff.rows;
  }
}

ArrayDiff diff_arrays(const Reader& a, const Reader& b, const std::string& path) {
  ArrayDiff diff;
  const Shape shape = a.shape(path);
  if (shape.rank() == 0) {
    add_rows(diff, a.read(path), b.read(path), 0, 1);
    return diff;
  }
  const int64_t rows = std::min(shape[0], b.shape(path)[0]),
                width = std::max<int64_t>(1, shape.without_first().count());
  const int64_t part = std::max<int64_t>(1, (int64_t{1} << 20) / width);
  for (int64_t begin = 0; begin < rows; begin += part) {
    const int64_t end = std::min(rows, begin + part);
    add_rows(diff, a.read_rows(path, begin, end), b.read_rows(path, begin, end), begin, end - begin);
  }
  return diff;
}

std::string number(double x) { return fmt::format("{:.9g}", x); }

class Contents {
 public:
  Contents(const Reader& a, const Reader& b) : a_(a), b_(b) {}

  std::vector<Difference> differences() {
    attributes("/");
    group("");
    layers();
    return std::move(found_);
  }

 private:
  void add(const std::string& about, const std::string& what, const std::string& says, Json values = Json::object()) {
    found_.push_back({about, what, says, std::move(values)});
  }

  static std::string about(const std::string& path, const std::string& kind) {
    if (path.starts_with("/weights/")) return "weights";
    if (path.starts_with("/history")) return "history";
    if (path.starts_with("/steps")) return "steps";
    if (path.starts_with("/rules")) return "rules";
    if (path.starts_with("/state")) return "state";
    if (path.starts_with("/prep")) return "recipe";
    return kind == "dataset" || kind == "predictions" ? "rows" : "values";
  }
  std::string about(const std::string& path) const { return about(path, a_.kind()); }

  /// Members of both, the first file's order first.
  static std::vector<std::string> both(std::vector<std::string> a, const std::vector<std::string>& b) {
    for (const std::string& name : b)
      if (std::find(a.begin(), a.end(), name) == a.end()) a.push_back(name);
    return a;
  }

  void group(const std::string& path) {
    const std::string self = path.empty() ? "/" : path;
    for (const std::string& name : both(a_.children(self), b_.children(self))) {
      const std::string child = path + "/" + name;
      if (!h5::ContentDigest::counts(child)) continue;
      const bool in_a = a_.has(child), in_b = b_.has(child);
      if (!in_a || !in_b) {
        add(about(child), child.substr(1), in_a ? "only in the first" : "only in the second");
        continue;
      }
      attributes(child);
      if (a_.is_group(child) != b_.is_group(child))
        add(about(child), child.substr(1), "a group in one, values in the other");
      else
        a_.is_group(child) ? group(child) : dataset(child);
    }
  }

  /// "/weights/conv1/bias", and not an axis, which is of whole numbers.
  bool is_weight(const std::string& path) const {
    return path.starts_with("/weights/") && path.find('/', 9) != std::string::npos && a_.type(path) == h5::Type::f32;
  }

  void dataset(const std::string& path) {
    if (a_.values(path, "nn_volatile") || b_.values(path, "nn_volatile")) return;
    const auto sum = a_.text(path, "nn_sha256");
    if (!sum && !b_.text(path, "nn_sha256")) return;  // text, which an attribute repeats
    if (a_.shape(path) != b_.shape(path) || a_.type(path) != b_.type(path)) {
      const auto form = [&](const Reader& file) {
        return fmt::format("{} {}", file.shape(path).text(), h5::name_of(file.type(path)));
      };
      const bool history = path.starts_with("/history/") && a_.type(path) == b_.type(path) &&
                           a_.shape(path).rank() == 1 && b_.shape(path).rank() == 1;
      if (history && path != "/history/epoch") {  // those of the epochs that both have
        if (const ArrayDiff diff = diff_arrays(a_, b_, path); diff.rows > 0) values(path, diff);
        return;
      }
      Difference d = two_texts(about(path), path.substr(1), form(a_), form(b_));
      d.says =
          history ? fmt::format("{}, {} epochs", a_.shape(path)[0], b_.shape(path)[0]) : form(a_) + ", " + form(b_);
      found_.push_back(d);
      return;
    }
    const bool weights = is_weight(path);  // equal ones count for the norm of their layer
    if (!sum || (sum == b_.text(path, "nn_sha256") && !weights)) return;
    values(path, diff_arrays(a_, b_, path));
  }

  void values(const std::string& path, const ArrayDiff& diff) {
    if (is_weight(path)) {
      ArrayDiff& layer = weights_[path.substr(9, path.rfind('/') - 9)];
      layer.rows += diff.rows, layer.squares += diff.squares, layer.squares_of_a += diff.squares_of_a;
      layer.largest = std::max(layer.largest, diff.largest), layer.numbers = layer.numbers && diff.numbers;
      return;
    }
    Json numbers = Json::object();
    numbers["first_row"] = diff.first, numbers["rows"] = diff.rows, numbers["a"] = diff.a_there,
    numbers["b"] = diff.b_there, numbers["largest_difference"] = diff.largest;
    const Shape shape = a_.shape(path);
    const std::string there = number(diff.a_there) + ", " + number(diff.b_there);
    if (shape.rank() == 0) return add(about(path), path.substr(1), there, numbers);
    const bool history = path.starts_with("/history/");
    const int64_t rows = std::min(shape[0], b_.shape(path)[0]);
    std::string says = fmt::format("{} of {} {} differ, the first is {} ({})", diff.rows, rows,
                                   history ? "epochs" : "rows", history ? epoch(diff.first) : diff.first, there);
    if (diff.numbers) says += fmt::format("; largest difference {}", number(diff.largest));
    add(about(path), path.substr(1), says, numbers);
  }

  int64_t epoch(int64_t row) const {
    if (!a_.has("/history/epoch")) return row + 1;
    return static_cast<int64_t>(a_.read_rows("/history/epoch", row, row + 1).to_double().at(0));
  }

  /// One line a layer: how far its weights are from each other.
  void layers() {
    for (const auto& [layer, diff] : weights_) {
      if (diff.rows == 0) continue;
      Json numbers = Json::object();
      const double norm = std::sqrt(diff.squares), of_a = std::sqrt(diff.squares_of_a);
      numbers["norm_of_difference"] = norm, numbers["norm"] = of_a, numbers["largest_difference"] = diff.largest;
      std::string says = of_a > 0 ? fmt::format("norm of the difference {:.4g} of the norm", norm / of_a)
                                  : fmt::format("norm of the difference {:.4g}, the first is all zeros", norm);
      says += fmt::format(", largest {:.4g}", diff.largest);
      if (!diff.numbers) says += "; with values that are no numbers";
      add("weights", layer, says, numbers);
    }
  }

  static std::string shown(const Reader& file, const std::string& path, const std::string& name) {
    const std::vector<std::string> names = file.attributes(path);
    if (std::find(names.begin(), names.end(), name) == names.end()) return "";
    try {
      return file.required_text(path, name);
    } catch (const Error&) {  // numbers
    }
    std::string out;
    if (const auto values = file.values(path, name))
      for (const double x : values->to_double()) out += (out.empty() ? "" : " ") + number(x);
    return out;
  }

  void attributes(const std::string& path) {
    for (const std::string& name : both(a_.attributes(path), b_.attributes(path))) {
      if (!h5::ContentDigest::counts(path, name) || name == "nn_sha256" || h5::is_housekeeping(name)) continue;
      const std::string x = shown(a_, path, name), y = shown(b_, path, name);
      if (x == y) continue;
      if (path == "/")
        found_.push_back(two_texts(name == "nn_layers" ? "layers" : "names", name, x, y));
      else if (path == "/history")
        found_.push_back(two_texts("settings", name, x, y));
      else
        found_.push_back(two_texts(about(path), path == "/rules" ? name : path.substr(1) + " " + name, x, y));
    }
  }

  const Reader &a_, &b_;
  std::vector<Difference> found_;
  std::map<std::string, ArrayDiff> weights_;
};

}  // namespace

std::vector<Difference> content_differences(const h5::Reader& a, const h5::Reader& b) {
  return Contents(a, b).differences();
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "formats/models/onnx/known_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "formats/models/onnx/element_functions.h"

namespace nn {
namespace {

double relu6(double x) { return std::clamp(x, 0.0, 6.0); }

struct Known {
  const char* word;
  double (*f)(double);
};
const std::array<Known, 12> known{{
    {"relu", [](double x) { return std::max(x, 0.0); }},
    {"relu6", relu6},
    {"gelu", [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }},
    {"silu", [](double x) { return x * sigmoid(x); }},
    {"hard_swish", [](double x) { return x * relu6(x + 3) / 6; }},
    {"mish", [](double x) { return x * std::tanh(softplus(x)); }},
    {"softplus", softplus},
    {"sigmoid", sigmoid},
    {"hard_sigmoid", [](double x) { return relu6(x + 3) / 6; }},
    {"tanh", [](double x) { return std::tanh(x); }},
    {"hard_tanh", [](double x) { return std::clamp(x, -1.0, 1.0); }},
    {"selu", [](double x) { return 1.0507009873554804934 * (x > 0 ? x : 1.6732632423543772848 * std::expm1(x)); }},
}};

/// Every 1/16 between -16 and 16, which floats hold, and some far away.
std::vector<double> points() {
  std::vector<double> all;
  for (int i = -256; i <= 256; ++i) all.push_back(i / 16.0);
  for (const double far : {-100.0, -40.0, -24.0, 24.0, 40.0, 100.0}) all.push_back(far);
  return all;
}

class Comparison {
 public:
  explicit Comparison(const OneFunction& f) : f_(f), x_(points()) {
    for (const double x : x_) y_.push_back(f(x));
  }
  bool finite() const {
    return std::ranges::all_of(y_, [](double y) { return std::isfinite(y); });
  }
  /// Constants in the file are rounded to float32.
  bool is(const OneFunction& g) const {
    for (size_t i = 0; i < x_.size(); ++i)
      if (!(std::abs(g(x_[i]) - y_[i]) <= 1e-6 * std::max(1.0, std::abs(y_[i])))) return false;
    return true;
  }
  /// A straight line through the values strictly between lo and hi.
  std::optional<FunctionLayer> line_between(double lo, double hi) const {
    std::optional<size_t> first, last;
    for (size_t i = 0; i < x_.size() && std::abs(x_[i]) <= 16; ++i)
      if (y_[i] > lo && y_[i] < hi) first = first.value_or(i), last = i;
    if (!first || first == last) return {};
    const double slope = (y_[*last] - y_[*first]) / (x_[*last] - x_[*first]);
    return FunctionLayer{"", slope, y_[*first] - slope * x_[*first]};
  }
  double at(double x) const { return f_(x); }

 private:
  const OneFunction& f_;
  std::vector<double> x_, y_;
};

bool is_one(double value) { return std::abs(value - 1) < 1e-9; }
bool is_zero(double value) { return std::abs(value) < 1e-9; }

std::vector<FunctionLayer> with_line(const FunctionLayer& line, std::vector<FunctionLayer> behind) {
  if (!is_one(line.factor) || !is_zero(line.shift)) behind.insert(behind.begin(), line);
  return behind;
}

constexpr double far_away = 1e6;

std::optional<std::vector<FunctionLayer>> with_constant(const Comparison& f) {
  const double slope = -f.at(-1);
  if (slope != 0 && f.is([&](double x) { return x >= 0 ? x : slope * x; }))
    return std::vector<FunctionLayer>{{"leaky_relu:" + float_text(slope)}};
  const double alpha = -f.at(-100);
  if (alpha > 0 && f.is([&](double x) { return x >= 0 ? x : alpha * std::expm1(x); }))
    return std::vector<FunctionLayer>{{is_one(alpha) ? "elu" : "elu:" + float_text(alpha)}};
  return {};
}

std::optional<std::vector<FunctionLayer>> clipped(const Comparison& f) {
  const double left = f.at(-far_away), right = f.at(far_away), lo = std::min(left, right), hi = std::max(left, right);
  if (!std::isfinite(lo) || !std::isfinite(hi)) return {};
  const auto line = f.line_between(lo, hi);
  if (!line) return {};
  const auto g = [&](double x) { return std::clamp(line->factor * x + line->shift, lo, hi); };
  if (!f.is(g)) return {};
  return with_line(*line, {{"clip:" + float_text(lo) + "," + float_text(hi)}});
}

}  // namespace

std::string float_text(double value) { return fmt::format("{}", static_cast<float>(value)); }

std::optional<std::vector<FunctionLayer>> layers_of(const OneFunction& f) {
  const Comparison compared(f);
  if (!compared.finite()) return {};
  for (const Known& k : known)
    if (compared.is(k.f)) return std::vector<FunctionLayer>{{k.word}};
  const double shift = f(0), factor = f(1) - shift;
  if (compared.is([&](double x) { return factor * x + shift; })) return with_line(FunctionLayer{"", factor, shift}, {});
  if (auto layers = with_constant(compared)) return layers;
  return clipped(compared);
}

}  // namespace nn

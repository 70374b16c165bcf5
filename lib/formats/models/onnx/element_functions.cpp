// SPDX-License-Identifier: MIT
#include "formats/models/onnx/element_functions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace nn {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }
namespace {

struct Plain {
  const char* type;
  double (*f)(double, double);
  bool of_two = false;
};
double truth(bool holds) { return holds ? 1 : 0; }

const std::array<Plain, 33> plain{{
    {"Add", [](double a, double b) { return a + b; }, true},
    {"Sub", [](double a, double b) { return a - b; }, true},
    {"Mul", [](double a, double b) { return a * b; }, true},
    {"Div", [](double a, double b) { return a / b; }, true},
    {"Pow", [](double a, double b) { return std::pow(a, b); }, true},
    {"Max", [](double a, double b) { return std::max(a, b); }, true},
    {"Min", [](double a, double b) { return std::min(a, b); }, true},
    {"Greater", [](double a, double b) { return truth(a > b); }, true},
    {"GreaterOrEqual", [](double a, double b) { return truth(a >= b); }, true},
    {"Less", [](double a, double b) { return truth(a < b); }, true},
    {"LessOrEqual", [](double a, double b) { return truth(a <= b); }, true},
    {"Equal", [](double a, double b) { return truth(a == b); }, true},
    {"And", [](double a, double b) { return truth(a != 0 && b != 0); }, true},
    {"Or", [](double a, double b) { return truth(a != 0 || b != 0); }, true},
    {"Not", [](double x, double) { return truth(x == 0); }},
    {"Abs", [](double x, double) { return std::abs(x); }},
    {"Neg", [](double x, double) { return -x; }},
    {"Exp", [](double x, double) { return std::exp(x); }},
    {"Log", [](double x, double) { return std::log(x); }},
    {"Sqrt", [](double x, double) { return std::sqrt(x); }},
    {"Reciprocal", [](double x, double) { return 1 / x; }},
    {"Erf", [](double x, double) { return std::erf(x); }},
    {"Sigmoid", [](double x, double) { return sigmoid(x); }},
    {"Tanh", [](double x, double) { return std::tanh(x); }},
    {"Relu", [](double x, double) { return std::max(x, 0.0); }},
    {"Softplus", [](double x, double) { return softplus(x); }},
    {"Softsign", [](double x, double) { return x / (1 + std::abs(x)); }},
    {"Mish", [](double x, double) { return x * std::tanh(softplus(x)); }},
    {"HardSwish", [](double x, double) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }},
    {"Floor", [](double x, double) { return std::floor(x); }},
    {"Ceil", [](double x, double) { return std::ceil(x); }},
    {"Round", [](double x, double) { return std::nearbyint(x); }},
    {"Sign", [](double x, double) { return static_cast<double>((x > 0) - (x < 0)); }},
}};

/// Functions with constants that are attributes.
std::function<double(double, double)> with_attributes(OnnxNode& node) {
  const std::string& type = node.type();
  if (type == "LeakyRelu") return [a = node.number("alpha", 0.01)](double x, double) { return x >= 0 ? x : a * x; };
  if (type == "ThresholdedRelu") return [a = node.number("alpha", 1)](double x, double) { return x > a ? x : 0; };
  if (type == "Elu") return [a = node.number("alpha", 1)](double x, double) { return x >= 0 ? x : a * std::expm1(x); };
  if (type == "Celu")
    return [a = node.number("alpha", 1)](double x, double) { return x >= 0 ? x : a * std::expm1(x / a); };
  if (type == "Swish") return [a = node.number("alpha", 1)](double x, double) { return x * sigmoid(a * x); };
  if (type == "HardSigmoid")
    return [a = node.number("alpha", 0.2), b = node.number("beta", 0.5)](double x, double) {
      return std::clamp(a * x + b, 0.0, 1.0);
    };
  if (type == "Selu")
    return [a = node.number("alpha", 1.67326319217681884765625), g = node.number("gamma", 1.05070102214813232421875)](
               double x, double) { return g * (x > 0 ? x : a * std::expm1(x)); };
  if (type == "Gelu") {
    if (const std::string how = node.text("approximate", "none"); how != "none")
      return [](double x, double) {
        return 0.5 * x * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
      };
    return [](double x, double) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); };
  }
  return {};
}

}  // namespace

ElementFunction clip_function(double lo, double hi) {
  return {[lo, hi](double x, double) { return std::min(std::max(x, lo), hi); }, "Clip"};
}

std::optional<ElementFunction> element_function(OnnxNode& node) {
  for (const Plain& p : plain)
    if (node.type() == p.type) return ElementFunction{p.f, node.type(), p.of_two};
  if (auto f = with_attributes(node)) return ElementFunction{std::move(f), node.type()};
  return {};
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// Element-wise functions as nodes; where an opset has no operator for one, as the nodes that spell it.
#include <array>
#include <cmath>

#include "base/error.h"
#include "formats/models/onnx/graph_writer.h"

namespace nn {
namespace {

double constant(const Map& map, size_t i, double otherwise) {
  return i < map.constants.size() ? map.constants[i] : otherwise;
}

std::string clip(GraphWriter& to, const std::string& x, double lo, double hi) {
  const std::string least = to.number(lo), most = to.number(hi);
  return to.node("Clip", {x, least, most});
}

std::string gelu(GraphWriter& to, const Map&, const std::string& x) {
  if (to.opset() >= 20) return to.node("Gelu", {x});
  const std::string part = to.node("Div", {x, to.number(std::sqrt(2.0))}), erf = to.node("Erf", {part});
  const std::string both = to.node("Mul", {x, to.node("Add", {erf, to.number(1)})});
  return to.node("Mul", {both, to.number(0.5)});
}
std::string mish(GraphWriter& to, const Map&, const std::string& x) {
  if (to.opset() >= 18) return to.node("Mish", {x});
  return to.node("Mul", {x, to.node("Tanh", {to.node("Softplus", {x})})});
}
std::string hard_sigmoid(GraphWriter& to, const Map&, const std::string& x) {
  const std::string y = to.node("HardSigmoid", {x});
  to.with("alpha", 1.0 / 6).with("beta", 0.5);
  return y;
}
std::string hard_swish(GraphWriter& to, const Map& map, const std::string& x) {
  if (to.opset() >= 14) return to.node("HardSwish", {x});
  return to.node("Mul", {x, hard_sigmoid(to, map, x)});
}
std::string with_alpha(GraphWriter& to, const char* type, const std::string& x, double alpha) {
  const std::string y = to.node(type, {x});
  to.with("alpha", alpha);
  return y;
}

struct Written {
  const char* function;
  std::string (*write)(GraphWriter&, const Map&, const std::string&);
};
const std::array<Written, 15> written_maps{{
    {"relu", [](GraphWriter& to, const Map&, const std::string& x) { return to.node("Relu", {x}); }},
    {"relu6", [](GraphWriter& to, const Map&, const std::string& x) { return clip(to, x, 0, 6); }},
    {"leaky_relu", [](GraphWriter& to, const Map& m,
                      const std::string& x) { return with_alpha(to, "LeakyRelu", x, constant(m, 0, 0.01)); }},
    {"elu",
     [](GraphWriter& to, const Map& m, const std::string& x) { return with_alpha(to, "Elu", x, constant(m, 0, 1)); }},
    {"selu", [](GraphWriter& to, const Map&, const std::string& x) { return to.node("Selu", {x}); }},
    {"gelu", gelu},
    {"silu",
     [](GraphWriter& to, const Map&, const std::string& x) {
       return to.node("Mul", {x, to.node("Sigmoid", {x})});
     }},
    {"hard_swish", hard_swish},
    {"mish", mish},
    {"softplus", [](GraphWriter& to, const Map&, const std::string& x) { return to.node("Softplus", {x}); }},
    {"softsign", [](GraphWriter& to, const Map&, const std::string& x) { return to.node("Softsign", {x}); }},
    {"sigmoid", [](GraphWriter& to, const Map&, const std::string& x) { return to.node("Sigmoid", {x}); }},
    {"hard_sigmoid", hard_sigmoid},
    {"tanh", [](GraphWriter& to, const Map&, const std::string& x) { return to.node("Tanh", {x}); }},
    {"hard_tanh", [](GraphWriter& to, const Map& m,
                     const std::string& x) { return clip(to, x, constant(m, 0, -1), constant(m, 1, 1)); }},
}};

}  // namespace

std::string write_map(GraphWriter& to, const Map& map, const std::string& x) {
  for (const Written& w : written_maps)
    if (map.function == w.function) return w.write(to, map, x);
  throw Error("the function '" + map.function + "' cannot be written as ONNX here");
}

}  // namespace nn

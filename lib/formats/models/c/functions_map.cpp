// SPDX-License-Identifier: MIT
// The element-wise functions of formula/maps.h, in float.
#include <array>

#include "formats/models/c/c_functions.h"

namespace nn {
namespace {

struct CMap {
  const char* name;       ///< in Map::function
  const char* constants;  ///< parameters of the function in C behind the number of elements
  int count;              ///< of these
  const char* formula;    ///< of v = x[i]
};

// Selections are written so that a NaN goes through.
constexpr CMap maps[] = {
    {"relu", "", 0, "v < 0.0f ? 0.0f : v"},
    {"relu6", "", 0, "v < 0.0f ? 0.0f : v > 6.0f ? 6.0f : v"},
    {"leaky_relu", ", float slope", 1, "v > 0.0f ? v : slope * v"},
    {"elu", ", float limit", 1, "v > 0.0f ? v : limit * expm1f(v)"},
    {"selu", "", 0, "v > 0.0f ? 1.05070099f * v : 1.75809934f * expm1f(v)"},
    {"gelu", "", 0, "v * (0.5f * (1.0f + erff(v * 0.707106781f)))"},
    {"gelu_tanh", "", 0, "0.5f * v * (1.0f + tanhf(0.797884561f * (v + 0.044715f * v * v * v)))"},
    {"sigmoid", "", 0, "1.0f / (1.0f + expf(-v))"},
    {"hard_sigmoid", "", 0, "(v < -3.0f ? 0.0f : v > 3.0f ? 6.0f : v + 3.0f) * (1.0f / 6.0f)"},
    {"tanh", "", 0, "tanhf(v)"},
    {"hard_tanh", ", float low, float high", 2, "v < low ? low : v > high ? high : v"},
    {"silu", "", 0, "v / (1.0f + expf(-v))"},
    {"hard_swish", "", 0, "v * ((v < -3.0f ? 0.0f : v > 3.0f ? 6.0f : v + 3.0f) * (1.0f / 6.0f))"},
    {"softplus", "", 0, "(v < 0.0f ? 0.0f : v) + log1pf(expf(-fabsf(v)))"},
    {"softsign", "", 0, "v / (1.0f + fabsf(v))"},
    {"mish", "", 0, "v * tanhf((v < 0.0f ? 0.0f : v) + log1pf(expf(-fabsf(v))))"},
};
constexpr size_t map_count = std::size(maps);

struct MapTexts {
  std::array<std::string, map_count> names, texts;
  std::array<CFunction, map_count> functions;
  MapTexts() {
    for (size_t i = 0; i < map_count; ++i) {
      names[i] = std::string("map_") + maps[i].name;
      texts[i] =
          "static void " + names[i] + "(const float *x, float *y, int n" + maps[i].constants +
          ")\n{\n  int i;\n  for (i = 0; i < n; ++i) {\n    const float v = x[i];\n    y[i] = " + maps[i].formula +
          ";\n  }\n}\n";
      functions[i] = {names[i].c_str(), {}, texts[i].c_str(), 0};
    }
  }
};

const CMap* find(const std::string& map) {
  for (const CMap& entry : maps)
    if (map == entry.name) return &entry;
  return nullptr;
}

}  // namespace

std::span<const CFunction> c_map_functions() {
  static const MapTexts all;
  return all.functions;
}

std::string c_map_function(const std::string& map) { return find(map) ? "map_" + map : ""; }
int c_map_constants(const std::string& map) { return find(map)->count; }

}  // namespace nn

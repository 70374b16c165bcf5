// SPDX-License-Identifier: MIT
#include "model/dot.h"

#include <fmt/format.h>

#include "base/log.h"
#include "model/summary.h"

namespace nn {
namespace {

/// Inside double quotes of DOT.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// One label of two lines; "\n" is DOT's own escape, added behind the quoting of the parts.
std::string label(const std::string& first, const std::string& second) {
  std::string a = in_quotes(first), b = in_quotes(second);
  return second.empty() ? a : a.substr(0, a.size() - 1) + "\\n" + b.substr(1);
}

/// Its name there: no layer is named as an end of the network is.
std::string box_of(const Network& network, int node) {
  return node == Network::sample ? "input" : "layer " + network.name_of(node);
}

}  // namespace

std::string dot_text(const Network& network, const std::string& title) {
  const Summary summary = summarise(network);
  std::string text = "digraph network {\n";
  text += fmt::format("  label={}; labelloc=t; rankdir=TB;\n", in_quotes(title));
  text += "  node [shape=box, style=rounded, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\"];\n";
  text += "  \"input\" [shape=plain];\n";
  for (const LayerSummary& l : summary.layers) {
    std::string second = l.text;
    if (l.parameters) second += fmt::format(", {} parameters", l.parameters);
    text += fmt::format("  {} [label={}];\n", in_quotes("layer " + l.name), label(l.name, second));
  }
  const auto arrow = [&](const std::string& from, const Shape& shape, const std::string& to) {
    text += fmt::format("  {} -> {} [label={}];\n", in_quotes(from), in_quotes(to), in_quotes(" " + shape.text()));
  };
  for (const Network::Node& node : network.nodes())
    for (size_t i = 0; i < node.inputs.size(); ++i)
      arrow(box_of(network, node.inputs[i]), node.input_shapes[i], "layer " + node.name);
  text += "  \"output\" [shape=plain];\n";
  arrow("layer " + network.nodes().back().name, network.output(), "output");
  text += "}\n";
  return text;
}

}  // namespace nn

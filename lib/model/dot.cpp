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
  std::string from = "input";
  Shape shape = summary.input;
  for (const LayerSummary& l : summary.layers) {
    text += fmt::format("  {} -> {} [label={}];\n", in_quotes(from), in_quotes("layer " + l.name),
                        in_quotes(" " + shape.text()));
    from = "layer " + l.name;
    shape = l.output;
  }
  text += fmt::format("  \"output\" [shape=plain];\n  {} -> \"output\" [label={}];\n}}\n", in_quotes(from),
                      in_quotes(" " + shape.text()));
  return text;
}

}  // namespace nn

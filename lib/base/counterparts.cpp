// SPDX-License-Identifier: MIT
#include "base/counterparts.h"

namespace nn {
namespace {

std::string shown(const char* there) { return std::string(there) == "-" ? "none" : there; }

}  // namespace

const std::vector<Counterpart>& counterparts() {
  static const std::vector<Counterpart> all{
#define ROW(kind, name, key, pytorch, keras, note) {kind, name, key, pytorch, keras, note},
#include "base/counterparts.def"
#undef ROW
  };
  return all;
}

const Counterpart* counterpart(const std::string& kind, const std::string& name, const std::string& key) {
  const Counterpart* of_all = nullptr;
  for (const Counterpart& row : counterparts()) {
    if (kind != row.kind || key != row.key) continue;
    if (name == row.name) return &row;
    if (std::string("*") == row.name) of_all = &row;
  }
  return of_all;
}

std::vector<std::pair<std::string, std::string>> list_counterparts() {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Counterpart& row : counterparts()) {
    const bool lacking = shown(row.pytorch) == "none" || shown(row.keras) == "none";
    if (*row.key && (!lacking || !*row.note)) continue;
    const std::string name = std::string(row.kind) + " " + row.name + (*row.key ? std::string(",") + row.key : "");
    lines.emplace_back(name, "PyTorch " + shown(row.pytorch) + "; Keras " + shown(row.keras) + (lacking ? std::string("; used: ") + row.note : ""));
  }
  return lines;
}

}  // namespace nn

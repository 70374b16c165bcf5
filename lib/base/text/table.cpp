// SPDX-License-Identifier: MIT
#include "base/text/table.h"

#include <cmath>

#include "base/log.h"

namespace nn {

std::string cell_text(const Json& cell) {
  if (cell.is_null()) return "nan";
  if (cell.is_string()) return cell.string();
  if (cell.is_number() && !std::isfinite(cell.number()))
    return std::isnan(cell.number()) ? "nan" : cell.number() > 0 ? "inf" : "-inf";
  return cell.dump();
}

std::string field_text(const std::string& text, char separator) {
  if (separator == '\t') return printable(text);
  if (text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string TextTable::text(char separator) const {
  std::string out;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (c) out += separator;
    out += field_text(columns[c], separator);
  }
  out += '\n';
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) {
      if (c) out += separator;
      out += field_text(cell_text(row[c]), separator);
    }
    out += '\n';
  }
  return out;
}

Json TextTable::json() const {
  Json::Array all;
  for (const auto& row : rows) {
    Json::Object object;
    for (size_t c = 0; c < columns.size(); ++c) object.emplace_back(columns[c], row[c]);
    all.emplace_back(std::move(object));
  }
  return Json(std::move(all));
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "plot/short_names.h"

#include <algorithm>
#include <set>

#include "base/text/columns.h"

namespace nn {
namespace {

/// The last `columns` characters, UTF-8 whole.
std::string tail(const std::string& text, size_t columns) {
  size_t at = text.size();
  for (size_t seen = 0; at > 0 && seen < columns;)
    if ((static_cast<unsigned char>(text[--at]) & 0xC0) != 0x80) ++seen;
  return text.substr(at);
}

std::string cut(const std::string& name, size_t width) { return columns_of(name) > width ? fit(name, width) : name; }

/// "class nu..er 17": a third at the front, the rest at the end, where names are numbered.
std::string cut_in_the_middle(const std::string& name, size_t width) {
  if (columns_of(name) <= width) return name;
  if (width < 5) return cut(name, width);
  const size_t front = (width - 2) / 3;
  const std::string head = fit(name, front + 1);
  return head.substr(0, head.size() - 1) + ".." + tail(name, width - 2 - front);
}

std::string numbered(const std::string& name, size_t number, size_t width) {
  const std::string digits = std::to_string(number);
  return digits.size() + 3 > width ? digits : digits + " " + cut(name, width - digits.size() - 1);
}

bool distinct(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

}  // namespace

std::vector<std::string> short_names(const std::vector<std::string>& names, size_t width) {
  if (std::ranges::all_of(names, [&](const std::string& name) { return columns_of(name) <= width; })) return names;
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(cut(name, width));
  if (distinct(out)) return out;
  for (size_t i = 0; i < names.size(); ++i) out[i] = cut_in_the_middle(names[i], width);
  if (distinct(out)) return out;
  for (size_t i = 0; i < names.size(); ++i) out[i] = numbered(names[i], i, width);
  return out;
}

}  // namespace nn

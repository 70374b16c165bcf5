// SPDX-License-Identifier: MIT
#include "formats/models/c/c_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace nn {
namespace {

constexpr size_t line_width = 110;
constexpr size_t longest_string = 4095, longest_name = 31;  // of C99, 5.2.4.1

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string c_float(float value) {
  if (!std::isfinite(value)) throw Error(fmt::format("{} is no number that C99 can write", value));
  std::string text = fmt::format("{}", value);  // the shortest that reads back to the same bits
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string c_floats(std::span<const float> values) {
  std::string text = "  ";
  size_t width = 2;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string number = c_float(values[i]) + (i + 1 < values.size() ? "," : "");
    if (i > 0 && width + 1 + number.size() > line_width)
      text += "\n  ", width = 2;
    else if (i > 0)
      text += ' ', ++width;
    text += number, width += number.size();
  }
  return text;
}

std::string c_string(std::string_view text) {
  if (text.size() > longest_string)
    throw Error(
        fmt::format("a text of {} bytes, longer than the {} that C99 promises to take", text.size(), longest_string));
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32 || byte > 126)
      out += fmt::format("\\{:03o}", byte);
    else if (c == '"' || c == '\\' || c == '?')  // ??( and the like are trigraphs
      out += {'\\', c};
    else
      out += c;
  }
  return out + '"';
}

std::string c_comment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const char last = out.empty() ? ' ' : out.back();
    if ((c == '/' && last == '*') || (c == '*' && last == '/') || (c == '?' && last == '?')) out += ' ';
    out += byte < 32 || byte > 126 || c == '\\' ? '.' : c;
  }
  return out;
}

bool is_c_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && is_letter(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

std::string c_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, longest_name)) name += is_letter(c) || is_digit(c) ? c : '_';
  if (name.empty() || !is_letter(name[0])) name = "model_" + name;
  return name.substr(0, longest_name);
}

std::string CNames::fresh(std::string_view wanted) {
  std::string base;
  for (const char c : wanted) base += is_letter(c) || is_digit(c) ? c : '_';
  if (base.empty() || !is_letter(base[0])) base = "layer_" + base;
  std::string name = base;
  for (int i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}_{}", base, i);
  return name;
}

}  // namespace nn

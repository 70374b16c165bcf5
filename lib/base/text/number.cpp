// SPDX-License-Identifier: MIT
#include "base/text/number.h"

#include <charconv>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "base/log.h"
#include "base/text/printable.h"

namespace nn {
namespace {

[[noreturn]] void refuse(std::string_view text, const char* expected) {
  throw UsageError(std::string("expected ") + expected + ", found " +
                   (text.empty() ? "nothing" : "'" + printable(cut_word(text)) + "'"));
}

// from_chars takes no leading '+', no blanks, and knows no locale.
template <class T>
void parse_number(std::string_view text, T& value, const char* expected) {
  T parsed{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, parsed);
  if (failure == std::errc::result_out_of_range && stop == end)
    throw UsageError(std::string("expected ") + expected + " within range, found '" + printable(cut_word(text)) + "'");
  if (failure != std::errc() || stop != end) refuse(text, expected);
  value = parsed;
}

template <class T>
std::string number_text(T value) {
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

}  // namespace

void parse_value(std::string_view text, bool& value) {
  if (text == "true" || text == "yes" || text == "1")
    value = true;
  else if (text == "false" || text == "no" || text == "0")
    value = false;
  else
    refuse(text, "true or false");
}

void parse_value(std::string_view text, int& value) { parse_number(text, value, "a whole number"); }
void parse_value(std::string_view text, int64_t& value) { parse_number(text, value, "a whole number"); }
void parse_value(std::string_view text, uint64_t& value) { parse_number(text, value, "a whole number, 0 or more"); }

void parse_value(std::string_view text, double& value) {
  double parsed = 0;
  parse_number(text, parsed, "a number");
  if (!std::isfinite(parsed)) refuse(text, "a finite number");
  value = parsed;
}

void parse_value(std::string_view text, std::string& value) { value = text; }
void parse_value(std::string_view text, std::vector<std::string>& value) { value.emplace_back(text); }

std::string value_text(bool value) { return value ? "true" : "false"; }
std::string value_text(int value) { return number_text(value); }
std::string value_text(int64_t value) { return number_text(value); }
std::string value_text(uint64_t value) { return number_text(value); }
// Exponents without '+' and leading zeros: 1e-4, as people write it. The sign of what is not a number means nothing.
std::string value_text(double value) {
  if (std::isnan(value)) return "nan";
  std::string text = number_text(value);
  if (const size_t e = text.find('e'); e != std::string::npos) {
    if (text[e + 1] == '+') text.erase(e + 1, 1);
    const size_t digits = e + (text[e + 1] == '-' ? 2 : 1);
    while (digits + 1 < text.size() && text[digits] == '0') text.erase(digits, 1);
  }
  return text;
}
std::string value_text(const std::string& value) { return value; }

std::string value_text(const std::vector<std::string>& value) {
  std::string joined;
  for (const std::string& part : value) joined += (joined.empty() ? "" : " ") + part;
  return joined;
}

std::string for_the_eye(const std::string& value) {
  if (value.size() < 15 || value.find_first_not_of("0123456789.-+e") != std::string::npos) return value;
  double number = 0;
  try {
    parse_value(value, number);
  } catch (const UsageError&) {
    return value;
  }
  std::ostringstream text;
  text.precision(10);
  text << number;
  return text.str();
}

std::string grouped(int64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// Text to number and back, strict (the whole text, range checked) and independent of the locale.
// Each parse_value throws UsageError that says what was expected and what was found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

void parse_value(std::string_view text, bool& value);  ///< true, false, yes, no, 1, 0
void parse_value(std::string_view text, int& value);
void parse_value(std::string_view text, int64_t& value);
void parse_value(std::string_view text, uint64_t& value);
void parse_value(std::string_view text, double& value);
void parse_value(std::string_view text, std::string& value);
void parse_value(std::string_view text, std::vector<std::string>& value);  ///< appends: the option may be given again
template <class T>
void parse_value(std::string_view text, std::optional<T>& value) {
  T parsed{};
  parse_value(text, parsed);
  value = parsed;
}

std::string value_text(bool value);
std::string value_text(int value);
std::string value_text(int64_t value);
std::string value_text(uint64_t value);
std::string value_text(double value);  ///< shortest text that reads back to the same bits
std::string value_text(const std::string& value);
std::string value_text(const std::vector<std::string>& value);  ///< joined by blanks
template <class T>
std::string value_text(const std::optional<T>& value) {
  return value ? value_text(*value) : std::string();
}
std::string grouped(int64_t value);  ///< 1234567 as 1,234,567
/// A number's text for people: 1 - 0.99 as 0.01, not as 0.010000000000000009. Other texts stay.
std::string for_the_eye(const std::string& value);

}  // namespace nn

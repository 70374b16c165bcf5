// SPDX-License-Identifier: MIT
// A JSON value that keeps the order of members. Text is read and written by nlohmann-json, seen only by json.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nn {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(const Json& other);
  Json(Json&&) noexcept = default;
  Json& operator=(const Json& other) { return *this = Json(other); }
  Json& operator=(Json&&) noexcept = default;
  Json(bool v) : value_(v) {}
  Json(int v) : value_(int64_t{v}) {}
  Json(int64_t v) : value_(v) {}
  Json(size_t v) : value_(static_cast<int64_t>(v)) {}
  Json(double v) : value_(v) {}  ///< NaN and infinities are written as null
  Json(const char* v) : value_(std::string(v)) {}
  Json(std::string v) : value_(std::move(v)) {}
  Json(Array v) : value_(std::move(v)) {}
  Json(Object v) : value_(std::move(v)) {}
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  bool is_null() const { return value_.index() == 0; }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_number() const { return std::holds_alternative<int64_t>(value_) || std::holds_alternative<double>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  const std::string& string() const;  ///< these throw Error when it is something else
  double number() const;
  int64_t integer() const;
  bool boolean() const;
  const Array& items() const&;
  const Object& members() const&;
  const Json* find(std::string_view key) const;  ///< nullptr when absent or not an object
  const Json& at(std::string_view key) const&;   ///< Error names the missing key
  /// Of a temporary, by value: `for (... : Json::parse(text).at("a").items())` is right.
  Array items() && { return std::as_const(*this).items(); }
  Object members() && { return std::as_const(*this).members(); }
  Json at(std::string_view key) && { return std::as_const(*this).at(key); }
  Json& operator[](const std::string& key);  ///< adds the member; a null value becomes an object
  void push_back(Json v);                    ///< a null value becomes an array

  std::string dump(int indent = -1) const;  ///< -1: one line
  /// Error with line and column; depth over 64, duplicate keys, over 64 MB of text and 4,000,000 values are refused.
  static Json parse(std::string_view text);

 private:
  friend struct JsonText;
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

}  // namespace nn

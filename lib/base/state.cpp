// SPDX-License-Identifier: MIT
#include "base/state.h"

#include <bit>
#include <limits>

#include "base/error.h"
#include "base/text/number.h"

namespace nn {

State::State(const std::map<std::string, StateValues>& saved) : restoring_(true) {
  for (const auto& [name, values] : saved)
    std::visit([&, &path = name](const auto& v) { fields_.emplace(path, std::vector(v)); }, values);
}

State::Scope::Scope(State& state, std::string_view name) : state_(state), length_(state.prefix_.size()) {
  state_.prefix_.append(name).push_back('/');
}

bool State::has(std::string_view name) const {
  const std::string path = prefix_ + std::string(name), inside = path + "/";
  if (fields_.count(path)) return true;
  const auto next = fields_.lower_bound(inside);
  return next != fields_.end() && next->first.starts_with(inside);
}

void State::fail(const std::string& path, const std::string& expected) const {
  const bool there = fields_.count(path) != 0;
  throw Error("/state/" + path + ": expected " + expected + ", found " +
              (there ? "values of another type or number" : "nothing"));
}

template <class T>
void State::array(std::string_view name, std::vector<T>& values) {
  const std::string path = prefix_ + std::string(name);
  if (!restoring_) {
    if (!fields_.emplace(path, std::vector(values)).second)
      throw std::logic_error("state: " + path + " is saved twice");
    return;
  }
  const auto found = fields_.find(path);
  if (found == fields_.end() || !std::holds_alternative<std::vector<T>>(found->second)) fail(path, "numbers");
  values = std::get<std::vector<T>>(found->second);
}

void State::refuse(std::string_view name, const std::string& expected, const std::string& found) const {
  throw Error("/state/" + prefix_ + std::string(name) + ": expected " + expected + ", found " + found);
}

template <class T>
void State::fixed(std::string_view name, std::vector<T>& values) {
  const size_t expected = values.size();
  array(name, values);
  if (values.size() != expected) refuse(name, std::to_string(expected) + " values", std::to_string(values.size()));
}

template <class Stored, class T>
void State::scalar(std::string_view name, T& value) {
  std::vector<Stored> one{static_cast<Stored>(value)};
  array(name, one);
  if (one.size() != 1) fail(prefix_ + std::string(name), "one number");
  value = static_cast<T>(one[0]);
}

template <class Stored, class T>
void State::bounded(std::string_view name, T& value, T least, T most) {
  scalar<Stored>(name, value);
  if (!restoring_ || (value >= least && value <= most)) return;
  refuse(name, "a number from " + value_text(least) + " to " + value_text(most), value_text(value));
}

void State::check_each(std::string_view name, const std::vector<double>& values, double least, double most) const {
  if (!restoring_) return;
  for (size_t i = 0; i < values.size(); ++i)
    if (!(values[i] >= least && values[i] <= most))
      refuse(name, "numbers from " + value_text(least) + " to " + value_text(most),
             value_text(values[i]) + " as value " + std::to_string(i));
}

void State::field(std::string_view name, int64_t& value) { scalar<int64_t>(name, value); }
void State::field(std::string_view name, uint64_t& value) { scalar<int64_t>(name, value); }
void State::field(std::string_view name, int& value) {
  int64_t wide = value;
  field(name, wide, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  value = static_cast<int>(wide);
}
void State::field(std::string_view name, bool& value) {
  int64_t wide = value;
  field(name, wide, 0, 1);
  value = wide != 0;
}
void State::field(std::string_view name, double& value) { scalar<double>(name, value); }
void State::field(std::string_view name, int64_t& value, int64_t least, int64_t most) {
  bounded<int64_t>(name, value, least, most);
}
void State::field(std::string_view name, uint64_t& value, uint64_t least, uint64_t most) {
  bounded<int64_t>(name, value, least, most);
}
void State::field(std::string_view name, double& value, double least, double most) {
  bounded<double>(name, value, least, most);
}
void State::field(std::string_view name, std::vector<int64_t>& values) { fixed(name, values); }
void State::field(std::string_view name, std::vector<double>& values) { fixed(name, values); }
void State::field(std::string_view name, std::vector<float>& values) { fixed(name, values); }
void State::growing(std::string_view name, std::vector<double>& values) { array(name, values); }

void State::field(std::string_view name, std::vector<uint64_t>& values) {
  std::vector<int64_t> bits;
  for (uint64_t v : values) bits.push_back(std::bit_cast<int64_t>(v));
  fixed(name, bits);
  values.clear();
  for (int64_t v : bits) values.push_back(std::bit_cast<uint64_t>(v));
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// The state of a run by name, for checkpoints. What has a state declares each field once, and the same declaration
// saves and restores it:
//
//   void EarlyStop::state(State& s) { s.field("wait", wait_); s.field("best", best_); }
//
// Names form paths ("callbacks/early-stop/wait") through Scope. Only numbers, so that the file that holds them needs no
// rule of its own: int64, double and float arrays. uint64 words of generators are stored as int64 of the same bits.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nn {

/// Values of one field. Move it: the copy that std::variant makes by itself crashes where it gets no memory (libstdc++
/// 12).
using StateValues = std::variant<std::vector<int64_t>, std::vector<double>, std::vector<float>>;

class State {
 public:
  /// An empty one, to be filled by save.
  State() = default;
  /// One that restores from what was saved. A field that is missing or has another type is an Error naming it.
  explicit State(const std::map<std::string, StateValues>& saved);

  bool restoring() const { return restoring_; }
  const std::map<std::string, StateValues>& fields() const& { return fields_; }
  std::map<std::string, StateValues> fields() && { return std::move(fields_); }
  /// Restoring: there is a field or scope of that name here.
  bool has(std::string_view name) const;

  void field(std::string_view name, int64_t& value);
  void field(std::string_view name, uint64_t& value);
  void field(std::string_view name, int& value);
  void field(std::string_view name, bool& value);  ///< 0 or 1
  void field(std::string_view name, double& value);
  /// Restoring: Error unless the value is in least..most; no NaN is.
  void field(std::string_view name, int64_t& value, int64_t least, int64_t most);
  void field(std::string_view name, uint64_t& value, uint64_t least, uint64_t most);
  void field(std::string_view name, double& value, double least, double most);
  /// Restoring: Error unless there are as many as `values` has now.
  void field(std::string_view name, std::vector<int64_t>& values);
  void field(std::string_view name, std::vector<uint64_t>& values);
  void field(std::string_view name, std::vector<double>& values);
  void field(std::string_view name, std::vector<float>& values);
  /// Any number of values: the caller knows what is right, and says so with refuse().
  void growing(std::string_view name, std::vector<double>& values);
  /// Restoring: Error "/state/NAME: expected EXPECTED, found FOUND".
  [[noreturn]] void refuse(std::string_view name, const std::string& expected, const std::string& found) const;
  /// The same for the first value that is not in least..most.
  void check_each(std::string_view name, const std::vector<double>& values, double least, double most) const;

  /// While it lives, names are below `name`.
  class Scope {
   public:
    Scope(State& state, std::string_view name);
    ~Scope() { state_.prefix_.resize(length_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    State& state_;
    size_t length_;
  };

 private:
  template <class T>
  void array(std::string_view name, std::vector<T>& values);
  template <class T>
  void fixed(std::string_view name, std::vector<T>& values);
  template <class Stored, class T>
  void bounded(std::string_view name, T& value, T least, T most);
  template <class Stored, class T>
  void scalar(std::string_view name, T& value);
  [[noreturn]] void fail(const std::string& path, const std::string& expected) const;

  std::map<std::string, StateValues> fields_;
  std::string prefix_;
  bool restoring_ = false;
};

}  // namespace nn

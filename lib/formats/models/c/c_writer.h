// SPDX-License-Identifier: MIT
// The body of a network as C: what the emitters of ops write to.
//
// Adding an op: a function that writes its step, in a file emit_*.cpp here, its line in the table at the end of that
// file, and the function of C that it calls in functions_*.cpp. An op without a line is refused by name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/models/c/c_plan.h"
#include "formats/models/c/c_text.h"

namespace nn {

class CWriter {
 public:
  /// sample: the C expression for a sample that is not in the buffer.
  CWriter(const Graph& graph, const CWeights& weights, const CPlan& plan, std::string sample)
      : graph_(graph), weights_(weights), plan_(plan), sample_(std::move(sample)) {}

  const Shape& shape(ValueId v) const { return graph_.value(v).shape; }
  /// Where a value lies, as C: "buffer + 784".
  std::string at(ValueId v) const;
  const std::vector<float>& weight(ParamId p) const { return *weights_[static_cast<size_t>(p)]; }

  /// The function of that name is needed, and what it needs; returns the name.
  std::string function(const std::string& name);
  /// A constant array; returns its name, made of the one that is wanted.
  std::string constant(const std::string& wanted, const std::vector<float>& values);
  /// A constant of any type: its declaration is `declared` + the name + `value`.
  std::string constant_of(const std::string& wanted, const std::string& declared, const std::string& value);
  /// One call: "dense(buffer, ...);"
  void line(const std::string& text) { lines_ += "  " + text + "\n"; }

  /// What was collected.
  std::string functions() const;  ///< in an order that compiles
  const std::string& constants() const { return constants_; }
  const std::string& lines() const { return lines_; }
  int64_t constant_bytes() const { return constant_bytes_; }
  int64_t static_bytes() const;  ///< of the functions

 private:
  const Graph& graph_;
  const CWeights& weights_;
  const CPlan& plan_;
  std::string sample_;
  CNames names_;
  std::map<std::string, bool> needed_;
  std::string constants_, lines_;
  int64_t constant_bytes_ = 0;
};

/// Values of a sample from an axis on.
inline int64_t values_from(const Shape& shape, int64_t axis) {
  int64_t count = 1;
  for (auto i = static_cast<size_t>(axis); i < shape.rank(); ++i) count *= shape[i];
  return count;
}

/// A row of the table of emitters.
struct CEmitter {
  size_t kind;  ///< place in op_table
  void (*emit)(CWriter& to, const CStep& step);
};
template <class Kind, void (*function)(CWriter&, const CStep&, const Kind&)>
CEmitter emitter_of() {
  return {OpParams(Kind{}).index(),
          [](CWriter& to, const CStep& step) { function(to, step, std::get<Kind>(step.op->what)); }};
}

/// Ops that take no step in inference (c_plan.h).
bool is_nothing_in_c(const OpParams& what);
/// Whether an op of that kind can be written: by its place in op_table.
bool has_c_emitter(size_t kind);
/// Error that names the op and its layer where it cannot be written.
void emit_step(CWriter& to, const CStep& step);

}  // namespace nn

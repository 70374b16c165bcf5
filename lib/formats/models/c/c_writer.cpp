// SPDX-License-Identifier: MIT
#include "formats/models/c/c_writer.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/error.h"
#include "formats/models/c/c_functions.h"

namespace nn {
// The tables at the ends of emit_*.cpp.
std::vector<CEmitter> c_product_emitters();
std::vector<CEmitter> c_window_emitters();
std::vector<CEmitter> c_element_emitters();

namespace {

const std::vector<CEmitter>& emitters() {
  static const std::vector<CEmitter> all = [] {
    std::vector<CEmitter> list;
    for (const auto& part : {c_product_emitters(), c_window_emitters(), c_element_emitters()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

const CEmitter* find_emitter(size_t kind) {
  for (const CEmitter& emitter : emitters())
    if (emitter.kind == kind) return &emitter;
  return nullptr;
}

}  // namespace

std::string CWriter::at(ValueId v) const {
  const int64_t place = plan_.place[static_cast<size_t>(v)];
  if (place < 0) return sample_;
  return place == 0 ? "buffer" : fmt::format("buffer + {}", place);
}

std::string CWriter::function(const std::string& name) {
  for (const CFunction& f : c_functions())
    if (name == f.name) {
      if (!needed_[name])
        for (const char* other : f.needs)
          if (other) function(other);
      needed_[name] = true;
      return name;
    }
  throw std::logic_error("no function of C named " + name);
}

std::string CWriter::constant(const std::string& wanted, const std::vector<float>& values) {
  constant_bytes_ += static_cast<int64_t>(values.size() * sizeof(float));
  return in_context(wanted, [&] {
    return constant_of(wanted, "static const float ",
                       fmt::format("[{}] = {{\n{}\n}}", values.size(), c_floats(values)));
  });
}

std::string CWriter::constant_of(const std::string& wanted, const std::string& declared, const std::string& value) {
  const std::string name = names_.fresh(wanted);
  constants_ += declared + name + value + ";\n";
  return name;
}

std::string CWriter::functions() const {
  std::string text;
  for (const CFunction& f : c_functions())
    if (needed_.contains(f.name)) text += std::string(f.text) + "\n";
  return text;
}

int64_t CWriter::static_bytes() const {
  int64_t bytes = 0;
  for (const CFunction& f : c_functions())
    if (needed_.contains(f.name)) bytes += f.static_bytes;
  return bytes;
}

bool is_nothing_in_c(const OpParams& what) {
  return std::holds_alternative<Reshape>(what) || std::holds_alternative<Dropout>(what);
}

bool has_c_emitter(size_t kind) { return find_emitter(kind) != nullptr; }

void emit_step(CWriter& to, const CStep& step) {
  const Op& op = *step.op;
  const CEmitter* emitter = find_emitter(op.what.index());
  if (!emitter)
    throw Error(fmt::format(
        "layer '{}': the op {} cannot be written as C; write another format, such as ONNX, or replace the layer",
        op.layer, name_of(op)));
  to.line(fmt::format("/* {}: {} -> {} */", c_comment(op.layer), to.shape(op.inputs[0]).text(),
                      to.shape(step.output).text()));
  emitter->emit(to, step);
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "graph/graph.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "base/error.h"

namespace nn {

namespace {
constexpr int64_t alignment = 16;  // floats in 64 bytes
int64_t round_up(int64_t n) { return (n + alignment - 1) / alignment * alignment; }
}  // namespace

const char* name_of(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "float32";
    case ElementType::int32:
      return "int32";
    case ElementType::uint8:
      return "uint8";
  }
  throw std::logic_error("an element type without a name");
}

const char* name_of(const Op& op) { return traits_of(op.what).name; }
bool is_loss(const Op& op) { return traits_of(op.what).is_loss(); }

void check_inputs(const Op& op) {
  if (!traits_of(op.what).inputs.holds(op.inputs.size()))
    throw std::logic_error(fmt::format("layer '{}': an op {} with {} inputs", op.layer, name_of(op), op.inputs.size()));
}

int64_t checked_label(const int32_t* labels, int64_t sample, int64_t classes) {
  if (labels[sample] < 0 || labels[sample] >= classes)
    throw Error(
        fmt::format("label {} of sample {} of the batch is outside 0..{}", labels[sample], sample, classes - 1));
  return labels[sample];
}

int64_t checked_id(const int32_t* ids, int64_t row, int64_t vocabulary) {
  if (ids[row] < 0 || ids[row] >= vocabulary)
    throw Error(
        fmt::format("id {} in row {} of the batch is outside of the vocabulary, 0..{}", ids[row], row, vocabulary - 1));
  return ids[row];
}

bool Graph::is_ragged() const { return !inputs.empty() && value(input()).ragged; }

ValueId Graph::add_input(std::string name, Value value) {
  if (find_input(name)) throw std::logic_error("two inputs of a graph are named '" + name + "'");
  const auto id = static_cast<ValueId>(values.size());
  values.push_back(std::move(value));
  inputs.push_back({std::move(name), id});
  return id;
}

const Input* Graph::find_input(std::string_view name) const {
  for (const Input& input : inputs)
    if (input.name == name) return &input;
  return nullptr;
}

void Graph::add_loss(OpParams what, std::string layer) {
  const LossTarget target = traits_of(what).target;
  if (target == LossTarget::none || has_loss()) throw std::logic_error("a graph ends with one loss");
  const ValueId y = output();
  const ValueId wanted = target == LossTarget::labels ? add_input("labels", {Shape{}, ElementType::int32})
                                                      : add_input("targets", {value(y).shape});
  const auto losses = static_cast<ValueId>(values.size());
  values.push_back({Shape{}});
  ops.push_back({std::move(what), {y, wanted}, losses, {}, std::move(layer)});
}

std::vector<const Op*> Graph::only_readers() const {
  std::vector<const Op*> readers(values.size());
  std::vector<bool> read(values.size());
  for (const Op& op : ops)
    for (const ValueId v : op.inputs) {
      const auto i = static_cast<size_t>(v);
      readers[i] = read[i] ? nullptr : &op;
      read[i] = true;
    }
  for (const ValueId v : outputs) readers[static_cast<size_t>(v)] = nullptr;
  return readers;
}

ArenaLayout layout_of(const Graph& graph) {
  ArenaLayout layout;
  for (const Param& p : graph.params) {
    int64_t& end = p.trainable ? layout.trainable : layout.buffers;
    layout.offset.push_back(end);
    const int64_t count = p.shape.count();
    if (count > std::numeric_limits<int64_t>::max() / 64 - end)
      throw Error("the layers have more weights than any memory holds");
    end += round_up(count);
  }
  return layout;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// A Graph is what a network is lowered to: ops of a closed set (ops.h) over values and parameters, in the order in
// which they are computed. It holds no memory and knows no device. Shapes are those of one sample (no batch axis).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/shape.h"
#include "graph/ops.h"

namespace nn {

using ValueId = int;  ///< index into Graph::values
using ParamId = int;  ///< index into Graph::params

enum class ElementType { float32, int32, uint8 };
const char* name_of(ElementType type);

/// What an op makes, or an input of the graph.
struct Value {
  Shape shape;  ///< of one sample; ragged: of one row
  ElementType type = ElementType::float32;
  /// A sample is any number of rows of that shape, as a document is of tokens. The rows of all samples of a batch
  /// follow each other without padding; where each sample begins is told by batch + 1 offsets. Most ops do each row by
  /// itself, as if it were a sample (OpRow::rows).
  bool ragged = false;
  int64_t most = 0;  ///< ragged: rows that a sample may have at most
};

/// An input of the graph by its name: the samples first, then what a loss compares with ("labels" or "targets").
struct Input {
  std::string name;
  ValueId value = -1;
};

struct Op {
  OpParams what;
  std::vector<ValueId> inputs;
  ValueId output = -1;  ///< losses: a value of rank 0
  std::vector<ParamId> params;
  std::string layer;  ///< name of the layer it comes from, for messages and plans
};
const char* name_of(const Op& op);  ///< of its kind, as "conv"
bool is_loss(const Op& op);
/// logic_error when the op has another number of inputs than its row in op_table says.
void check_inputs(const Op& op);

struct Param {
  std::string layer, name;  ///< "conv1", "weight"
  Shape shape;
  bool trainable = true;  ///< false: a buffer (running_mean), never touched by an optimizer
  std::string init;       ///< initializer spec, as "kaiming_uniform,a=2.236"
  int64_t fan_in = 1, fan_out = 1;
  double l1 = 0, l2 = 0;  ///< penalty l1*sum|w| + l2*sum w^2 is added to the batch loss
  std::string
      default_init{};  ///< what the framework draws when it makes such a layer, before another init is asked for
  Shape image{};       ///< {C,H,W} that a dense layer's inputs were flattened from; frameworks flatten in other orders
  std::string path() const { return layer + "/" + name; }
};

struct Graph {
  std::vector<Input> inputs;
  std::vector<Op> ops;  ///< the loss, if any, is the last
  std::vector<Value> values;
  std::vector<Param> params;     ///< in the order of the layers, PyTorch's order within one
  std::vector<ValueId> outputs;  ///< what prediction reads: logits or outputs, before the loss

  ValueId input() const { return inputs.at(0).value; }  ///< the first: the samples
  ValueId output() const { return outputs.at(0); }      ///< the first
  const Value& value(ValueId id) const { return values.at(static_cast<size_t>(id)); }
  /// A new input. logic_error when the name is taken.
  ValueId add_input(std::string name, Value value);
  const Input* find_input(std::string_view name) const;  ///< null when there is none

  const Op* loss() const { return !ops.empty() && is_loss(ops.back()) ? &ops.back() : nullptr; }
  bool has_loss() const { return loss() != nullptr; }
  /// Ends the graph with that loss of the first output, and adds the input that it compares with: "labels" (int32, one
  /// class per sample) or "targets" (float32, of the shape of the output).
  void add_loss(OpParams what, std::string layer = "loss");

  bool is_ragged() const;  ///< its samples are
  /// For each value the op that reads it, by one of its inputs; null where none or several do, or where it is an
  /// output.
  std::vector<const Op*> only_readers() const;
};

/// Which of the classes a sample of the batch is of. Error for a label outside 0..classes-1.
int64_t checked_label(const int32_t* labels, int64_t sample, int64_t classes);

/// Which row of an embedding's table row `row` of the batch is. Error for an id outside 0..vocabulary-1.
int64_t checked_id(const int32_t* ids, int64_t row, int64_t vocabulary);

/// Place of each parameter in its arena, in elements. Trainable ones lie in weights (and, at the same place, in
/// gradients and every optimizer slot), buffers in an arena of their own. Each view is 64-byte aligned for float.
struct ArenaLayout {
  std::vector<int64_t> offset;  ///< by ParamId
  int64_t trainable = 0;        ///< elements of the weights arena, padding included (padding stays 0)
  int64_t buffers = 0;          ///< elements of the buffer arena
};
ArenaLayout layout_of(const Graph& graph);

}  // namespace nn

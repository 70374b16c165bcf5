// SPDX-License-Identifier: MIT
// The contract of a layer, and how to add one.
//
// A layer does not compute: it checks the shapes of its inputs, declares parameters and lowers itself to ops of
// graph/ops.h. Layers of one input derive from UnaryLayer; those that join values (joint.h) say in their LayerType
// where these come from. To add one: a file lib/layers/NAME.cpp that defines `extern const LayerType NAME_layer` (class
// in an unnamed namespace, options declared once with their defaults and names in the frameworks, examples for the
// generic tests), and one line in layers.def. Parsing of the layer language, help, nn-layers(7), nn-frameworks(7), HDF5
// attributes, "unknown layer" messages and the generic tests follow. What the frameworks' layers compute is recorded by
// a line in tests/golden/layers/make.py.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/framework_rules.h"
#include "base/options.h"
#include "base/registry.h"
#include "graph/graph.h"

namespace nn {

/// Shape {C,H,W} of the image that was flattened into this value, through layers that keep places; empty for none.
Shape image_behind(const Graph& graph, ValueId value);

/// Appends ops, values and parameters to a graph on behalf of one layer.
class Lowering {
 public:
  /// default_init: initialiser of weights whose layer names none; empty for the layer's own.
  Lowering(Graph& graph, std::string layer, std::string default_init = {})
      : graph_(graph), layer_(std::move(layer)), default_init_(std::move(default_init)) {}
  /// A new op on `inputs` with these parameters; returns its output value: floats of that sample shape, or any other.
  /// The output is ragged where the op gives rows for the rows of its input.
  ValueId op(OpParams what, std::vector<ValueId> inputs, Shape shape, std::vector<ParamId> params = {});
  ValueId op_of(Value output, OpParams what, std::vector<ValueId> inputs, std::vector<ParamId> params = {});
  ParamId param(Param param);  ///< layer is filled in
  /// The parameter of that name and shape that an earlier layer has made; else -1.
  ParamId find_param(const std::string& name, const Shape& shape) const;
  Shape image_behind(ValueId value) const { return nn::image_behind(graph_, value); }
  const Value& value(ValueId id) const { return graph_.value(id); }
  const Shape& shape(ValueId value) const { return graph_.value(value).shape; }
  const std::string& default_init() const { return default_init_; }

 private:
  Graph& graph_;
  std::string layer_, default_init_;
};

/// What a layer does with ids of words (int32), of which samples of texts are made.
enum class Ids { refused, passed, read };

/// What the layer makes of these inputs. Error when it takes no such values, or their shapes do not fit.
Value output_of(const class Layer& layer, std::span<const Value> x);
/// "3x4"; "rows of 384, 512 a sample at most"; "ids, 512 a sample at most".
std::string text_of(const Value& value);

class Layer {
 public:
  virtual ~Layer() = default;
  /// Declares the options (fields of the layer), places first, in order, with their defaults under each framework and
  /// their names there (base/option.h).
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set, before anything else: Error for values that make no sense together.
  virtual void check() const {}
  /// Of Takes::named: names of the layers whose outputs are its further inputs.
  virtual std::vector<std::string> named_inputs() const { return {}; }
  /// What it does with ragged samples: most layers do each row by itself, as if it were a sample.
  virtual Rows rows() const { return Rows::each; }
  virtual Ids ids() const { return Ids::refused; }
  /// Rows that a sample may have at most, where it says so; 0: it does not.
  virtual int64_t most_rows() const { return 0; }
  /// Shape of a sample (of ragged ones: of a row) after the layer, of the shapes of its inputs in order. Error when
  /// they do not fit, saying expected and found.
  virtual Shape output_shape(std::span<const Shape> x) const = 0;
  Shape output_shape(const Shape& x) const { return output_shape(std::span(&x, 1)); }
  /// What that framework refuses in this layer, for samples of shape x in training batches of n; empty for nothing. It
  /// is computed all the same. What it lacks altogether is said beside the option (Option::lacks).
  virtual std::string refusal(const FrameworkRules& like, const Shape& x, int64_t n) const {
    (void)like, (void)x, (void)n;
    return "";
  }
  /// x: the inputs in order; they fit. Returns the layer's output value.
  virtual ValueId lower(Lowering& to, std::span<const ValueId> x) const = 0;
};

/// A layer of one input.
class UnaryLayer : public Layer {
 public:
  virtual Shape output_shape(const Shape& x) const = 0;
  virtual ValueId lower(Lowering& to, ValueId x) const = 0;

 private:
  Shape output_shape(std::span<const Shape> x) const final;
  ValueId lower(Lowering& to, std::span<const ValueId> x) const final { return lower(to, x[0]); }
};

/// One specimen for the generic tests: arguments and a sample shape that fits.
struct LayerExample {
  const char* text;  ///< "conv:6,5,pad=2"
  Shape input;
  std::vector<Shape> more = {};  ///< of its further inputs
  bool ragged = false;           ///< input is the shape of a row, of which a sample has any number
  int64_t vocabulary = 0;        ///< not 0: the rows are ids below it
  Value input_value() const;
  std::vector<Shape> inputs() const;
};

/// Where the inputs of a layer come from, beside what name= and from= say of every layer.
enum class Takes {
  one,     ///< the value before it
  named,   ///< that, and the outputs of the layers that it names: add:conv1,relu2
  bracket  ///< the branches in its bracket: res( A | B )
};
/// What a bracket of one branch has besides it.
enum class Alone {
  refused,
  input_behind,   ///< res( A ) is res( A | )
  input_in_front  ///< gate( A ) is gate( | A )
};

struct LayerType {
  const char* name;     ///< in the layer language
  const char* summary;  ///< one line
  std::unique_ptr<Layer> (*make)();
  std::vector<LayerExample> examples;
  KnownAs known_as = {};  ///< its names in the frameworks (base/words.h)
  Takes takes = Takes::one;
  Alone alone = Alone::refused;
};
Table<LayerType> layer_types();

}  // namespace nn

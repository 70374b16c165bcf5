// SPDX-License-Identifier: MIT
// A Graph is what a network is lowered to: a list of ops of a closed set over values and parameters, in the order in
// which they are computed. It holds no memory and knows no device. Shapes are those of one sample (no batch axis).
//
// Adding an op: a struct here, its place in the variant `What`, a file in ref/ (mandatory), and a file in each backend
// that wants it faster. cpu falls back to ref in float and marks it "fallback" in the plan.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/shape.h"

namespace nn {

using ValueId = int;  ///< index into Graph::values
using ParamId = int;  ///< index into Graph::params

struct Input {};  ///< x {in}: the batch as the trainer gives it
struct MatMul {
  int64_t in, out;
};             ///< y{out} = w{out,in} x{in} (+ b{out}); params: weight[, bias]
struct Conv {  ///< cross-correlation; weight {oc, ic/groups, kh, kw}[, bias {oc}]
  int64_t in_channels, out_channels, kernel_h, kernel_w, stride_h, stride_w;
  int64_t pad_top, pad_left, pad_bottom, pad_right, groups;
};
struct Pool {  ///< max: first maximum in row order wins, padding never does
  enum class Kind { max, average } kind;
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, pad_bottom, pad_right;
  bool count_padding;  ///< average divides by the whole window, else by the cells inside
};
struct BatchNorm {           ///< over batch and space per channel (axis 0 of the sample shape)
  int64_t channels;          ///< params: weight, bias, running_mean, running_var (buffers)
  double epsilon, momentum;  ///< running = (1-momentum)*running + momentum*batch
  bool unbiased_running;     ///< running_var takes n/(n-1) (PyTorch); the normalisation never does
  bool at_rest = false;      ///< training uses the running statistics too, and leaves them (Keras, frozen)
};
struct LayerNorm {
  double epsilon;
};  ///< over all axes of the sample; params: weight, bias {sample shape}
struct Map {
  std::string function;
  double a;
};                  ///< element-wise, by name in formula/maps.h; a: its constant
struct Softmax {};  ///< over the last axis of {K}, or axis 0 of {K,H,W}
struct Dropout {    ///< training: y = keep ? x*scale : 0; else y = x
  double rate;
  bool float_share = false;  ///< 1 is divided by float(1-rate); else 1/(1-rate) is rounded
  /// 1/(1-rate) in the element type of a backend; 0 for rate 1.
  template <class T>
  T scale() const {
    if (!(rate < 1)) return T(0);
    return float_share ? T(1) / static_cast<T>(1 - rate) : static_cast<T>(1 / (1 - rate));
  }
};
struct Reshape {};  ///< same values in the shape of the output value
struct Add {};      ///< y = x0 + x1
/// Losses take the value before them and give one loss a sample. Batch loss = sum(loss_i)/n, or, with class weights,
/// sum(w_i loss_i)/sum(w_i), as torch does.
struct SoftmaxLoss {  ///< integer labels
  double label_smoothing;
  std::vector<double> class_weights;
  bool weights_divide = true;  ///< class weights also make the divisor and weigh what smoothing spreads
                               ///< by the class it goes to (PyTorch); else the divisor is n (Keras)
  double clip = 0;             ///< probabilities are cut to clip..1-clip before the logarithm (Keras)
};
struct MseLoss {};  ///< mean over the sample's elements
struct BceLoss {};  ///< of logits, mean over the elements

using OpParams = std::variant<Input, MatMul, Conv, Pool, BatchNorm, LayerNorm, Map, Softmax, Dropout, Reshape, Add,
                              SoftmaxLoss, MseLoss, BceLoss>;

struct Op {
  OpParams what;
  std::vector<ValueId> inputs;
  ValueId output = -1;  ///< losses: a value of rank 0
  std::vector<ParamId> params;
  std::string layer;  ///< name of the layer it comes from, for messages and plans
};

struct Value {
  Shape shape;
};

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
  std::vector<Op> ops;  ///< ops[0] is the Input; the loss, if any, is the last
  std::vector<Value> values;
  std::vector<Param> params;  ///< in the order of the layers, PyTorch's order within one
  ValueId output = -1;        ///< what prediction reads: logits or outputs, before the loss
  bool has_loss() const;
  /// For each value the op that reads it, by one of its inputs; null where none or several do, or where it is the
  /// output.
  std::vector<const Op*> only_readers() const;
  /// Name of the op's kind, as "conv".
  static const char* kind_of(const Op& op);
};

/// Which of the classes a sample of the batch is of. Error for a label outside 0..classes-1.
int64_t checked_label(const int32_t* labels, int64_t sample, int64_t classes);

/// Place of each parameter in its arena, in elements. Trainable ones lie in weights (and, at the same place, in
/// gradients and every optimizer slot), buffers in an arena of their own. Each view is 64-byte aligned for float.
struct ArenaLayout {
  std::vector<int64_t> offset;  ///< by ParamId
  int64_t trainable = 0;        ///< elements of the weights arena, padding included (padding stays 0)
  int64_t buffers = 0;          ///< elements of the buffer arena
};
ArenaLayout layout_of(const Graph& graph);

}  // namespace nn

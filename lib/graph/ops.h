// SPDX-License-Identifier: MIT
// The closed set of ops that graphs are made of, and the table of what is known of each.
//
// Adding an op: its struct and its row in op_table here; in backend/ref one file with its loops, forward and backward,
// and one line in ref/runners.h; one example in tests/backend/examples.h. Without a row it is no op, without its line
// in ref/runners.h ref does not compile, without its file nothing links, and without an example the generic tests fail.
// A backend that wants it faster adds a file of its own: cpu runs ref's loops in float and marks the step "fallback".
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace nn {

struct MatMul {  ///< y{..., out} = x{..., in} w^T (+ b), for each row of the sample; params: weight {out, in}[, bias
                 ///< {out}]
  int64_t in, out;
};
struct Conv {  ///< cross-correlation; weight {oc, ic/groups, kh, kw}[, bias {oc}]
  int64_t in_channels, out_channels, kernel_h, kernel_w, stride_h, stride_w;
  int64_t pad_top, pad_left, pad_bottom, pad_right, groups;
  int64_t dilation_h = 1, dilation_w = 1;  ///< distance of neighbouring cells of the window
  bool dilated() const { return dilation_h != 1 || dilation_w != 1; }
};
struct Deconv {  ///< transposed convolution: what Conv{out_channels, in_channels, ...} of these sizes sends back to its
                 ///< input; weight {ic, oc/groups, kh, kw}[, bias {oc}]; y has (h-1)*stride + (kernel-1)*dilation + 1
                 ///< rows without the padding
  int64_t in_channels, out_channels, kernel_h, kernel_w, stride_h, stride_w;
  int64_t pad_top, pad_left, pad_bottom, pad_right, groups;  ///< rows and columns cut off; below 0 (bottom and right
                                                             ///< only): added, with the bias in them
  int64_t dilation_h = 1, dilation_w = 1;
};
struct Pool {  ///< max: first maximum in row order wins, padding never does
  enum class Kind { max, average } kind;
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, pad_bottom, pad_right;
  bool count_padding;                      ///< average divides by the whole window, else by the cells inside
  int64_t dilation_h = 1, dilation_w = 1;  ///< of max: distance of neighbouring cells of the window
  bool share_ties = false;  ///< max: equal maxima share the gradient (reduce_max of TensorFlow and JAX), else the first
                            ///< has it
  int64_t beyond_h = 0, beyond_w = 0;  ///< cells of pad_bottom and pad_right that no average counts: beyond the padding
                                       ///< that was asked for, where a last window sticks out
  bool plain() const { return dilation_h == 1 && dilation_w == 1 && !share_ties; }
};
struct BatchNorm {           ///< over batch and space per channel (axis 0 of the sample shape)
  int64_t channels;          ///< params: weight, bias, running_mean, running_var (buffers)
  double epsilon, momentum;  ///< running = (1-momentum)*running + momentum*batch
  bool unbiased_running;     ///< running_var takes n/(n-1) (PyTorch); the normalisation never does
  bool at_rest = false;      ///< training uses the running statistics too, and leaves them (Keras, frozen)
};
struct LayerNorm {  ///< over the axes of the sample from `axis` to `last`; params: weight, bias, of the shape of those
                    ///< axes
  double epsilon;
  int64_t axis = 0;   ///< 0: over the whole sample; {T,D} with 1: each of the T rows by itself
  int64_t last = -1;  ///< -1: the last axis of the sample; {C,H,W} with 0 and 0: over the channels at each pixel
};
struct GroupNorm {  ///< over each group of channels (axis 0 of the sample) by itself; params: weight, bias {C}
  int64_t groups;
  double epsilon;
};
struct Scale {       ///< y = weight * x (+ bias), by the index along `axis`; params: weight {extent}[, bias {extent}]
  int64_t axis = 0;  ///< 0: per channel; {T,D} with 1: per column
};
struct Map {  ///< element-wise, by name in formula/maps.h
  std::string function;
  std::vector<double> constants = {};  ///< as many as the formula has
};
struct PRelu {       ///< y = x above 0, weight * x below; params: weight
  int64_t axis = 0;  ///< one slope for all values of the axes from `axis` on: 0: weight {1} for the whole sample;
                     ///< 1: {C}, one per channel; the rank of the sample: its shape, one per element
  bool flat_at_zero = false;  ///< dx = 0 where x = 0 (Keras); else weight * dy (PyTorch)
};
struct Softmax {     ///< along one axis of the sample
  int64_t axis = 0;  ///< 0: over {K}, or over the channels of {K,H,W} at each pixel; {T,K} with 1: each row by itself
};
struct Dropout {  ///< training: y = keep ? x*scale : 0; else y = x
  double rate;
  bool float_share = false;    ///< 1 is divided by float(1-rate); else 1/(1-rate) is rounded
  bool whole_samples = false;  ///< a sample is kept or dropped as a whole: one word a sample (stochastic depth)
  /// 1/(1-rate) in the element type of a backend; 0 for rate 1.
  template <class T>
  T scale() const {
    if (!(rate < 1)) return T(0);
    return float_share ? T(1) / static_cast<T>(1 - rate) : static_cast<T>(1 / (1 - rate));
  }
};
struct Shuffle {  ///< channels (axis 0) seen as {groups, C/groups} are transposed
  int64_t groups;
};
struct Upsample {  ///< each pixel becomes factor_h x factor_w
  int64_t factor_h, factor_w;
  bool bilinear = false;  ///< between the centres of pixels, the outermost continued (align_corners=False); else copies
};
struct Reshape {};  ///< same values in the shape of the output value
struct Add {};      ///< y = x0 + x1
struct Mul {        ///< y = x0 * x1
  /// What has a value of x1 of its own: each element (x1 has the shape of x0), each channel of x0{C,H,W} (x1 has C
  /// values) or each cell (x1 is {1,H,W}).
  enum class By { element, channel, cell } by = By::element;
};
struct Concat {  ///< the inputs one behind the other along an axis of the sample; their other extents are equal
  int64_t axis = 0;
};
struct Slice {  ///< the values from `begin` to before `end` along an axis of the sample
  int64_t begin, end;
  int64_t axis = 0;
};
struct Embed {  ///< ids (int32, ragged) to rows of float: y = word[id] + position[first + place in the sample] +
                ///< type[0]; params: weight {vocabulary, width}[, position {positions, width}][, type {types, width}]
  int64_t vocabulary, width;
  int64_t positions = 0;  ///< 0: none; a sample has at most positions - first rows
  int64_t first = 0;      ///< position of the first row of a sample (2 in MPNet)
  int64_t types = 0;      ///< 0: none; all rows are of type 0
};
struct Attention {  ///< of x = q|k|v {3 D}, in each of `heads` parts of D/heads columns: y = softmax(q k' /
                    ///< sqrt(D/heads)
                    ///< + bias) v over the rows of the sample; params: [bias {buckets, heads}]
  int64_t heads;
  int64_t buckets = 0;  ///< of the distance of key and query (backend/relative.h); 0: no bias
};
struct SegmentPool {  ///< the rows of a sample become one, column by column; of no rows 0. max: the first maximum wins
  enum class Kind { mean, first, max } kind;
};
struct L2Norm {  ///< y = x / max(|x|, epsilon), of a sample or row as a whole
  double epsilon;
};
/// Losses take the outputs of the network and what they should be (an input of the graph), and give one loss per
/// sample. Batch loss = sum(loss_i)/n, or, with class weights, sum(w_i loss_i)/sum(w_i), as torch does.
struct SoftmaxLoss {  ///< of logits with integer labels
  double label_smoothing;
  std::vector<double> class_weights;
  bool weights_divide = true;  ///< class weights also make the divisor and weigh what smoothing spreads
                               ///< by the class it goes to (PyTorch); else the divisor is n (Keras)
  double clip = 0;             ///< probabilities are cut to clip..1-clip before the logarithm (Keras)
};
struct MseLoss {};  ///< mean over the sample's elements
struct BceLoss {};  ///< of logits, mean over the elements

/// Arithmetic and traffic. A multiply-add is two floating-point operations.
struct Cost {
  double flops = 0, bytes = 0;
  Cost& operator+=(const Cost& other) { return flops += other.flops, bytes += other.bytes, *this; }
};
struct OpCost {
  Cost forward;
  Cost backward;  ///< of the weights, and of the op's input where something before it is trained; 0 where nothing asks
};

/// One op in its graph as the table looks at it; numbers of elements, of the whole batch.
struct OpSizes {
  double in, out;          ///< of the first input and the output
  double params, weights;  ///< of all its parameters, and of the first
  double bias;             ///< additions of a bias: out, or 0 without one
  double together;         ///< rows that a sample has at most, where the first input is ragged; else 1
  bool training;
  bool weights_wanted, input_wanted;  ///< gradients that backward is asked for

  OpCost product(
      double multiply_adds) const;  ///< a product with weights: each gradient takes the arithmetic of forward
  /// So many operations per element, and a gradient that reads so many values besides dy.
  OpCost each(double operations, double gradient_operations, double gradient_reads) const;
  OpCost pool(const Pool& op) const;
  OpCost norm(double operations, double inputs_read, double gradient_operations, double gradient_reads) const;
  OpCost add() const;
  OpCost copy() const;
  OpCost embed(int tables) const;  ///< besides that of the words
  OpCost attention() const;
  OpCost loss(double operations) const;
};

/// The values that backward of an op reads, besides the gradient of its output, its parameters and what forward kept.
enum class Reads : unsigned { nothing = 0, inputs = 1, output = 2, inputs_and_output = 3 };
/// What a loss compares with: an integer class of each sample, or floats of the shape of its first input.
enum class LossTarget { none, labels, targets };

/// What an op does with a ragged value.
enum class Rows {
  refused,  ///< it takes samples of one shape only
  each,     ///< each row by itself, as if it were a sample; its inputs are all ragged, or none is
  joined,   ///< it looks at all rows of a sample, and makes as many: its input must be ragged
  ended     ///< it makes one value of the rows of a sample: likewise
};

/// How many values an op takes.
struct Arity {
  size_t least, most;
  constexpr Arity(int exactly) : least(static_cast<size_t>(exactly)), most(least) {}
  constexpr Arity(size_t at_least, size_t at_most) : least(at_least), most(at_most) {}
  static constexpr Arity any() { return {size_t{1}, std::numeric_limits<size_t>::max()}; }
  constexpr bool holds(size_t n) const { return n >= least && n <= most; }
};

/// A row of the table.
template <class Kind>
struct OpRow {
  using Op = Kind;
  const char* name;
  Arity inputs;       ///< values that it takes; checked where a layer is lowered and where a backend compiles
  Reads gradient;     ///< values that its gradient needs
  bool keeps_places;  ///< each value of the output stands where the value of the first input stands that it is made of
  LossTarget target;  ///< none: it is no loss
  Rows rows;
  OpCost (*cost)(const OpSizes&, const Kind&);
};

inline constexpr std::tuple op_table{
    OpRow<MatMul>{"matmul", 1, Reads::inputs, false, LossTarget::none, Rows::each,
                  [](const OpSizes& s, const MatMul& m) { return s.product(s.out * static_cast<double>(m.in)); }},
    OpRow<Conv>{"conv", 1, Reads::inputs, false, LossTarget::none, Rows::refused,
                [](const OpSizes& s, const Conv& c) {
                  return s.product(s.out * static_cast<double>(c.in_channels / c.groups * c.kernel_h * c.kernel_w));
                }},
    OpRow<Deconv>{"deconv", 1, Reads::inputs, false, LossTarget::none, Rows::refused,
                  [](const OpSizes& s, const Deconv& c) {
                    return s.product(s.in * static_cast<double>(c.out_channels / c.groups * c.kernel_h * c.kernel_w));
                  }},
    OpRow<Pool>{"pool", 1, Reads::nothing, false, LossTarget::none, Rows::refused,
                [](const OpSizes& s, const Pool& p) { return s.pool(p); }},
    // Sums of x and of its square (3), then a multiply-add (2); two sums of gradients (3), the value again (2), dx (4).
    OpRow<BatchNorm>{
        "batch_norm", 1, Reads::inputs, true, LossTarget::none, Rows::refused,
        [](const OpSizes& s, const BatchNorm&) { return s.norm(s.training ? 5 : 2, s.training ? 2 : 1, 9, 2); }},
    OpRow<LayerNorm>{"layer_norm", 1, Reads::inputs, true, LossTarget::none, Rows::each,
                     [](const OpSizes& s, const LayerNorm&) { return s.norm(7, 1, 11, 1); }},
    OpRow<GroupNorm>{"group_norm", 1, Reads::inputs, true, LossTarget::none, Rows::refused,
                     [](const OpSizes& s, const GroupNorm&) { return s.norm(7, 1, 11, 1); }},
    OpRow<Scale>{"scale", 1, Reads::inputs, true, LossTarget::none, Rows::each,
                 [](const OpSizes& s, const Scale&) { return s.norm(2, 1, 4, 1); }},
    OpRow<Map>{"map", 1, Reads::inputs_and_output, true, LossTarget::none, Rows::each,
               [](const OpSizes& s, const Map&) { return s.each(1, 2, s.in); }},
    OpRow<PRelu>{"prelu", 1, Reads::inputs, true, LossTarget::none, Rows::each,
                 [](const OpSizes& s, const PRelu&) { return s.norm(2, 1, 4, 1); }},
    OpRow<Softmax>{"softmax", 1, Reads::output, true, LossTarget::none, Rows::each,
                   [](const OpSizes& s, const Softmax&) { return s.each(4, 4, s.out); }},
    OpRow<Dropout>{"dropout", 1, Reads::nothing, true, LossTarget::none, Rows::each,
                   [](const OpSizes& s, const Dropout&) { return s.training ? s.each(1, 1, 0) : OpCost{}; }},
    OpRow<Shuffle>{"shuffle", 1, Reads::nothing, false, LossTarget::none, Rows::refused,
                   [](const OpSizes& s, const Shuffle&) { return s.each(0, 0, 0); }},
    OpRow<Upsample>{
        "upsample", 1, Reads::nothing, false, LossTarget::none, Rows::refused,
        [](const OpSizes& s, const Upsample& u) { return s.each(u.bilinear ? 6 : 0, u.bilinear ? 8 : 1, 0); }},
    OpRow<Reshape>{"reshape", 1, Reads::nothing, false, LossTarget::none, Rows::each,
                   [](const OpSizes&, const Reshape&) { return OpCost{}; }},
    OpRow<Add>{"add", 2, Reads::nothing, true, LossTarget::none, Rows::each,
               [](const OpSizes& s, const Add&) { return s.add(); }},
    OpRow<Mul>{"mul", 2, Reads::inputs, true, LossTarget::none, Rows::each,
               [](const OpSizes& s, const Mul&) { return s.each(1, 3, s.in); }},
    OpRow<Concat>{"concat", Arity::any(), Reads::nothing, false, LossTarget::none, Rows::each,
                  [](const OpSizes& s, const Concat&) { return s.copy(); }},
    OpRow<Slice>{"slice", 1, Reads::nothing, false, LossTarget::none, Rows::each,
                 [](const OpSizes& s, const Slice&) { return s.copy(); }},
    OpRow<Embed>{"embed", 1, Reads::inputs, false, LossTarget::none, Rows::joined,
                 [](const OpSizes& s, const Embed& e) { return s.embed((e.positions > 0) + (e.types > 0)); }},
    OpRow<Attention>{"attention", 1, Reads::inputs, false, LossTarget::none, Rows::joined,
                     [](const OpSizes& s, const Attention&) { return s.attention(); }},
    OpRow<SegmentPool>{"segment_pool", 1, Reads::nothing, false, LossTarget::none, Rows::ended,
                       [](const OpSizes& s, const SegmentPool&) { return s.norm(0, 1, 0, 0); }},
    OpRow<L2Norm>{"l2norm", 1, Reads::inputs, true, LossTarget::none, Rows::each,
                  [](const OpSizes& s, const L2Norm&) { return s.each(3, 5, s.in); }},
    OpRow<SoftmaxLoss>{"softmax_loss", 2, Reads::inputs, false, LossTarget::labels, Rows::refused,
                       [](const OpSizes& s, const SoftmaxLoss&) { return s.loss(4); }},
    OpRow<MseLoss>{"mse_loss", 2, Reads::inputs, false, LossTarget::targets, Rows::refused,
                   [](const OpSizes& s, const MseLoss&) { return s.loss(3); }},
    OpRow<BceLoss>{"bce_loss", 2, Reads::inputs, false, LossTarget::targets, Rows::refused,
                   [](const OpSizes& s, const BceLoss&) { return s.loss(5); }},
};

namespace detail {
template <class... Row>
std::variant<typename Row::Op...> one_of(const std::tuple<Row...>&);
}
/// An op of any kind: the structs of the table's rows.
using OpParams = decltype(detail::one_of(op_table));

/// A row of the table without the type of its op.
struct OpTraits {
  const char* name;
  Arity inputs;
  Reads gradient;
  bool keeps_places;
  LossTarget target;
  Rows rows;
  bool is_loss() const { return target != LossTarget::none; }
};
inline constexpr auto all_op_traits = std::apply(
    [](const auto&... row) {
      return std::array{OpTraits{row.name, row.inputs, row.gradient, row.keeps_places, row.target, row.rows}...};
    },
    op_table);
inline const OpTraits& traits_of(const OpParams& what) { return all_op_traits[what.index()]; }

}  // namespace nn

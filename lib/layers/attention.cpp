// SPDX-License-Identifier: MIT
// attention:HEADS, of the rows of a sample to each other: y = (softmax(q k' / sqrt(D/heads) + bias) v) Wo' + bo with q,
// k, v of x. Parameters as those of torch.nn.MultiheadAttention: in_proj_weight is the weights of q, k and v, one below
// the other. With relative=N every attention of the network of as many heads has the same biases.
#include "base/error.h"
#include "layers/initializer.h"
#include "layers/layer.h"

namespace nn {
namespace {

class AttentionLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("heads", heads_, "N", "parts of the columns that attend by themselves")
        .by_place()
        .must()
        .called("pytorch", "num_heads")
        .called("keras", "num_heads");
    set.add("relative", buckets_, "N",
            "buckets of the distance of two tokens, whose biases all attentions of the network share, as in MPNet and "
            "T5 (32); 0: none")
        .called("pytorch", "(script)")
        .called("keras", "(script)");
    if (!set.framework().empty()) framework_ = set.framework();
    set.add("init", init_, "NAME", "initializer of the weights of q, k and v, for example normal:std=0.02")
        .when_empty(usual_)
        .in("keras", "glorot_uniform")
        .named_rule("attention_init")
        .called("pytorch", "nn.init")
        .called("keras", "kernel_initializer");
    set.flag("bias", bias_, "add biases to q, k, v and the output; bias=false: none")
        .called("pytorch", "bias")
        .called("keras", "use_bias");
  }
  void check() const override {
    if (heads_ < 1) throw UsageError("heads must be at least 1, found " + value_text(heads_));
    if (buckets_ != 0 && (buckets_ < 8 || buckets_ > 256 || buckets_ % 2 != 0))
      throw UsageError("relative must be an even number from 8 to 256, or 0, found " + value_text(buckets_));
    if (!init_.empty()) make_initializer(init_);
  }
  Rows rows() const override { return Rows::joined; }
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 1) throw Error("expected rows of numbers, found rows of " + x.text());
    if (x[0] % heads_ != 0)
      throw Error("expected a number of columns that " + value_text(heads_) + " heads divide, found " +
                  value_text(x[0]));
    Shape{3 * x[0], x[0]}.count();
    return x;
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const int64_t d = to.shape(x)[0];
    const std::string& asked = init_.empty() ? to.default_init() : init_;
    const std::string init = asked.empty() ? usual_ : spelled_initializer(asked, framework_);
    std::vector<ParamId> in{matrix(to, "in_proj_weight", {3 * d, d}, init)}, out;
    if (bias_) in.push_back(zeros(to, "in_proj_bias", {3 * d}, "zeros"));
    out.push_back(matrix(to, "out_proj.weight", {d, d}, usual_out_));
    if (bias_) out.push_back(zeros(to, "out_proj.bias", {d}, "zeros"));
    std::vector<ParamId> relative;
    if (buckets_ > 0) {
      const Shape shape{buckets_, heads_};
      const ParamId shared = to.find_param("relative_attention_bias.weight", shape);
      relative.push_back(shared >= 0 ? shared : zeros(to, "relative_attention_bias.weight", shape, "normal"));
    }
    const ValueId qkv = to.op(MatMul{d, 3 * d}, {x}, {3 * d}, std::move(in));
    const ValueId y = to.op(Attention{heads_, buckets_}, {qkv}, {d}, std::move(relative));
    return to.op(MatMul{d, d}, {y}, {d}, std::move(out));
  }

 private:
  static ParamId matrix(Lowering& to, const char* name, const Shape& shape, const std::string& init) {
    Param p;
    p.name = name;
    p.shape = shape;
    p.init = p.default_init = init;
    p.fan_in = shape[1];
    p.fan_out = shape[0];
    return to.param(std::move(p));
  }
  static ParamId zeros(Lowering& to, const char* name, const Shape& shape, const char* init) {
    Param p;
    p.name = name;
    p.shape = shape;
    p.init = p.default_init = init;
    return to.param(std::move(p));
  }
  int64_t heads_ = 0, buckets_ = 0;
  bool bias_ = true;
  std::string init_, framework_ = "pytorch", usual_ = "xavier_uniform",
                     usual_out_ = "kaiming_uniform,a=2.23606797749979";
};

}  // namespace

extern const LayerType attention_layer;
const LayerType attention_layer{"attention",
                                "self-attention of the rows of a sample, in several heads",
                                [] { return std::unique_ptr<Layer>(new AttentionLayer); },
                                {{"attention:2", {4}, {}, true},
                                 {"attention:1,bias=false,init=xavier_normal", {3}, {}, true},
                                 {"attention:2,relative=8", {6}, {}, true}},
                                {"MultiheadAttention", "MultiHeadAttention", "", "mha self_attention multihead"}};

}  // namespace nn

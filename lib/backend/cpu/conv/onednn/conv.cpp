// SPDX-License-Identifier: MIT
// Convolution by oneDNN, called inside one thread's tile. Every tile has primitives, blocked copies
// and scratch memory of its own, made when the plan is made; weights are blocked again only after they changed.
#include <fmt/format.h>
#include <omp.h>

#include "backend/cpu/conv/onednn/compat.h"
#include "backend/cpu/conv/onednn/onednn.h"

namespace nn::cpu::onednn {
namespace {

using dnnl::memory;
constexpr auto f32 = memory::data_type::f32;

/// A primitive with its arguments, run without building anything.
class Call {
 public:
  Call() = default;
  Call(dnnl::primitive p, std::vector<std::pair<int, memory>> args)
      : primitive_(std::move(p)), memories_(std::move(args)) {
    for (const auto& [index, m] : memories_) args_.push_back({index, m.get()});
  }
  explicit operator bool() const { return !args_.empty(); }
  void run(const dnnl::stream& stream) const {
    const auto status =
        dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(args_.size()), args_.data());
    if (status != dnnl_success)
      throw Error(fmt::format("oneDNN could not run a convolution (status {})", static_cast<int>(status)));
  }

 private:
  dnnl::primitive primitive_;
  std::vector<std::pair<int, memory>> memories_;
  std::vector<dnnl_exec_arg_t> args_;
};

/// One tile's primitives. Plain arrays are dense N,C,H,W; a blocked copy exists where the library wants one.
class TileConv {
 public:
  TileConv(const StepData& d, const Conv& op, const Tile& t);
  void forward(uint64_t version);
  void backward();
  const float* weight_gradient() const { return plain_dw_.get(); }
  const float* bias_gradient() const { return db_.get(); }
  size_t bytes() const;

 private:
  memory plain(const memory::dims& dims, memory::format_tag tag, const void* at) {
    return memory({dims, f32, tag}, engine_, const_cast<void*>(at));
  }
  memory fresh(const memory::desc& desc) {
    own_.push_back(d_.floats(static_cast<int64_t>((desc.get_size() + 3) / 4)));
    return memory(desc, engine_, own_.back().get());
  }
  /// The same memory, or a blocked copy with the call that fills it (or, backwards, that writes it out).
  memory wanted(const memory& have, const memory::desc& desc, std::vector<Call>& before) {
    if (have.get_desc() == desc) return have;
    memory copy = fresh(desc);
    before.push_back(reorder(have, copy));
    return copy;
  }
  memory result(const memory& want, const memory::desc& desc, std::vector<Call>& after) {
    if (want.get_desc() == desc) return want;
    memory copy = fresh(desc);
    after.push_back(reorder(copy, want));
    return copy;
  }
  Call reorder(const memory& from, const memory& to) {
    const dnnl::reorder::primitive_desc pd(from, to, user_scratch());
    return Call(dnnl::reorder(pd),
                {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, fresh(pd.scratchpad_desc())}});
  }
  static dnnl::primitive_attr user_scratch() {
    dnnl::primitive_attr a;
    a.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return a;
  }
  void make_backward(const StepData& d, const ConvShape& any, const Forward& forward, const memory& src,
                     const memory& weights, const memory::dims& w_dims, const memory::dims& dst_dims, int64_t dy_offset,
                     int64_t dx_offset);

  const StepData& d_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<Floats> own_;
  std::vector<Call> pack_, forward_, backward_;
  Floats plain_dw_, db_;
  uint64_t packed_ = 0;
};

TileConv::TileConv(const StepData& d, const Conv& op, const Tile& t) : d_(d) {
  const int64_t n = t.samples();
  const Shape &in = d.in(), &out = d.out();
  const memory::dims src_dims{n, in[0], in[1], in[2]}, dst_dims{n, out[0], out[1], out[2]};
  const memory::dims w_dims{op.out_channels, op.in_channels, op.kernel_h, op.kernel_w};
  const auto nchw = memory::format_tag::nchw, any_tag = memory::format_tag::any;
  const bool bias = d.weight(1) != nullptr;
  const ConvShape any{{src_dims, f32, any_tag},
                      {w_dims, f32, any_tag},
                      {{op.out_channels}, f32, memory::format_tag::x},
                      {dst_dims, f32, any_tag},
                      bias,
                      {op.stride_h, op.stride_w},
                      {op.dilation_h - 1, op.dilation_w - 1},
                      {op.pad_top, op.pad_left},
                      {op.pad_bottom, op.pad_right}};
  const auto kind = d.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  const Forward pd = forward_of(engine_, kind, any, user_scratch());
  const int64_t x_at = t.begin * in.count(), y_at = t.begin * out.count();
  const memory weights = plain(w_dims, memory::format_tag::oihw, d.weight(0));
  const memory src = wanted(plain(src_dims, nchw, d.x[0] + x_at), pd.src_desc(), forward_);
  std::vector<Call> after;
  std::vector<std::pair<int, memory>> args{
      {DNNL_ARG_SRC, src},
      {DNNL_ARG_WEIGHTS, wanted(weights, pd.weights_desc(), pack_)},
      {DNNL_ARG_DST, result(plain(dst_dims, nchw, d.y + y_at), pd.dst_desc(), after)},
      {DNNL_ARG_SCRATCHPAD, fresh(pd.scratchpad_desc())}};
  if (bias) args.push_back({DNNL_ARG_BIAS, plain({op.out_channels}, memory::format_tag::x, d.weight(1))});
  forward_.emplace_back(dnnl::convolution_forward(pd), std::move(args));
  for (Call& c : after) forward_.push_back(std::move(c));
  if (d.training && d.dy) make_backward(d, any, pd, src, weights, w_dims, dst_dims, y_at, x_at);
}

void TileConv::make_backward(const StepData& d, const ConvShape& any, const Forward& forward, const memory& src,
                             const memory& weights, const memory::dims& w_dims, const memory::dims& dst_dims,
                             int64_t dy_offset, int64_t dx_offset) {
  const auto nchw = memory::format_tag::nchw;
  const memory dy = plain(dst_dims, nchw, d.dy + dy_offset);
  memory::desc blocked_desc;
  memory blocked;
  const auto dy_as = [&](const memory::desc& desc) {  // data and weight gradients mostly want the same blocks
    if (blocked && blocked_desc == desc) return blocked;
    blocked_desc = desc;
    return blocked = wanted(dy, desc, backward_);
  };
  if (d.gradient(0) || d.gradient(1)) {
    const BackwardWeights pd = backward_weights_of(engine_, any, user_scratch(), forward);
    std::vector<Call> after;
    const int64_t count = w_dims[0] * w_dims[1] * w_dims[2] * w_dims[3];
    plain_dw_ = d.floats(count);
    const memory dw = result(plain(w_dims, memory::format_tag::oihw, plain_dw_.get()), pd.diff_weights_desc(), after);
    std::vector<std::pair<int, memory>> args{{DNNL_ARG_SRC, wanted(src, pd.src_desc(), backward_)},
                                             {DNNL_ARG_DIFF_DST, dy_as(pd.diff_dst_desc())},
                                             {DNNL_ARG_DIFF_WEIGHTS, dw},
                                             {DNNL_ARG_SCRATCHPAD, fresh(pd.scratchpad_desc())}};
    if (any.with_bias) {
      db_ = d.floats(w_dims[0]);
      args.push_back({DNNL_ARG_DIFF_BIAS, plain({w_dims[0]}, memory::format_tag::x, db_.get())});
    }
    backward_.emplace_back(dnnl::convolution_backward_weights(pd), std::move(args));
    for (Call& c : after) backward_.push_back(std::move(c));
  }
  if (!d.dx[0]) return;
  const BackwardData pd = backward_data_of(engine_, any, user_scratch(), forward);
  std::vector<Call> after;
  const Shape& in = d.in();
  const memory dx = plain({dst_dims[0], in[0], in[1], in[2]}, nchw, d.dx[0] + dx_offset);
  const memory packed = wanted(weights, pd.weights_desc(), pack_);
  const memory dy_blocked = dy_as(pd.diff_dst_desc());
  backward_.push_back(
      Call(dnnl::convolution_backward_data(pd), {{DNNL_ARG_DIFF_DST, dy_blocked},
                                                 {DNNL_ARG_WEIGHTS, packed},
                                                 {DNNL_ARG_DIFF_SRC, result(dx, pd.diff_src_desc(), after)},
                                                 {DNNL_ARG_SCRATCHPAD, fresh(pd.scratchpad_desc())}}));
  for (Call& c : after) backward_.push_back(std::move(c));
}

void TileConv::forward(uint64_t version) {
  if (packed_ != version)
    for (const Call& c : pack_) c.run(stream_);
  packed_ = version;
  for (const Call& c : forward_) c.run(stream_);
}

void TileConv::backward() {
  for (const Call& c : backward_) c.run(stream_);
}

size_t TileConv::bytes() const {
  size_t n = plain_dw_.bytes() + db_.bytes();
  for (const Floats& f : own_) n += f.bytes();
  return n;
}

class ConvStep final : public Step {
 public:
  ConvStep(const StepData& data, const Conv& op) : Step(data) {
    for (int t = 0; t < d.tiles; ++t) {
      const auto [begin, end] = part_of(d.batch, t, d.tiles);
      tiles_.push_back(begin == end ? nullptr
                                    : std::make_unique<TileConv>(d, op, Tile{t, d.tiles, begin, end, nullptr}));
    }
  }
  void forward(int, const Tile& t) override {
    if (const auto& own = tiles_[static_cast<size_t>(t.index)]) own->forward(d.memory.version());
  }
  void backward(int, const Tile& t) override {
    if (const auto& own = tiles_[static_cast<size_t>(t.index)]) own->backward();
  }
  void finish(const Tile& t, const Updater& updater) override {
    if (float* g = d.gradient(0))
      sum_tiles(t, g, d.graph.params[static_cast<size_t>(d.op().params[0])].shape.count(), &TileConv::weight_gradient);
    if (float* g = d.gradient(1)) sum_tiles(t, g, d.out()[0], &TileConv::bias_gradient);
    tell(t, updater);
  }
  size_t bytes() const override {
    size_t n = 0;
    for (const auto& t : tiles_) n += t ? t->bytes() : 0;
    return n;
  }
  std::string kernel() const override { return version() + " direct"; }

 private:
  void sum_tiles(const Tile& t, float* to, int64_t n, const float* (TileConv::*part)() const) const {
    const auto [begin, end] = part_of(n, t.index, t.count);
    if (begin == end) return;
    std::memset(to + begin, 0, static_cast<size_t>(end - begin) * sizeof(float));
    for (const auto& tile : tiles_)
      if (tile) d.kernels.add(to + begin, ((*tile).*part)() + begin, to + begin, end - begin);
  }
  std::vector<std::unique_ptr<TileConv>> tiles_;
};

}  // namespace

std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return fmt::format("oneDNN {}.{}.{}", v->major, v->minor, v->patch);
}

int usable_major(std::string_view isa, bool best) {
  if (!best && isa != "avx2" && isa != "avx512") return 0;
  // The library's limit belongs to the process and is settled once: for the first who asks.
  static const std::string settled = [&] {
    const auto limit = isa == "avx2" ? dnnl_cpu_isa_avx2 : dnnl_cpu_isa_avx512_core;
    return best || dnnl_set_max_cpu_isa(limit) == dnnl_success ? std::string(isa) : std::string();
  }();
  return settled == isa ? dnnl_version()->major : 0;
}

void prepare_thread() { omp_set_num_threads(1); }

StepPointer make_conv(const StepData& data) {
  const auto& op = data.as<Conv>();
  try {
    return std::make_unique<ConvStep>(data, op);
  } catch (const dnnl::error&) {
    return nullptr;  // a shape that the library does not take: the own kernels do
  }
}

}  // namespace nn::cpu::onednn

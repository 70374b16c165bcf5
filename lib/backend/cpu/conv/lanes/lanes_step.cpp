// SPDX-License-Identifier: MIT
#include "backend/cpu/conv/lanes/lanes_step.h"

#include <algorithm>

namespace nn::cpu {
namespace {

/// The ops of a chain that are done in one step.
struct Joined {
  size_t count = 1;
  bool relu = false, pool = false;
};

bool pools_pairs(const Pool& p) {
  return p.plain() && p.kind == Pool::Kind::max && p.kernel_h == 2 && p.kernel_w == 2 && p.stride_h == 2 &&
         p.stride_w == 2 && p.pad_top + p.pad_left + p.pad_bottom + p.pad_right == 0;
}

bool is_relu(const Op& op) {
  const Map* map = std::get_if<Map>(&op.what);
  return map && map->function == "relu";
}

/// relu and pooling in either order: relu keeps the order of what it lets through.
Joined joined(const std::vector<const Op*>& ops) {
  Joined j;
  for (size_t k = 1; k < ops.size() && k < 3; ++k) {
    const Pool* p = std::get_if<Pool>(&ops[k]->what);
    if (is_relu(*ops[k]) && !j.relu)
      j.relu = true;
    else if (p && pools_pairs(*p) && !j.pool)
      j.pool = true;
    else
      break;
    ++j.count;
  }
  return j;
}

constexpr int64_t most_scratch = int64_t{2} << 20;  // floats: larger planes leave the second-level cache

/// Enough samples in a tile to fill half of the lanes.
bool suits(const Conv& op, const Chain& c) {
  if (op.groups != 1 || op.dilated()) return false;
  if (op.pad_top >= op.kernel_h || op.pad_bottom >= op.kernel_h || op.pad_left >= op.kernel_w ||
      op.pad_right >= op.kernel_w)
    return false;
  const int64_t samples = c.options.batch / std::max(1, c.options.tiles), lanes = c.kernels.lanes;
  if (2 * samples < lanes) return false;
  const Shape& in = c.in();
  const int64_t cells = (in[1] + 2 * op.kernel_h) * (in[2] + 2 * op.kernel_w);
  return cells * (op.in_channels + op.out_channels) * lanes <= most_scratch;
}

size_t match(const Chain& c) {
  const Conv* op = c.as<Conv>(0);
  if (!op || !suits(*op, c)) return 0;
  std::vector<const Op*> ops;
  for (size_t k = 0; k < c.size() && k < 3; ++k) ops.push_back(&c.op(k));
  return joined(ops).count;
}

StepPointer make(StepData data) {
  if (!data.exact && toom_suits(data.as<Conv>(), data.out(0))) return make_conv_lanes_toom(std::move(data));
  if (!data.exact && rows_suit(data.as<Conv>(), data.out(0))) return make_conv_lanes_rows(std::move(data));
  return make_conv_lanes_direct(std::move(data));
}

}  // namespace

ConvLanesStep::ConvLanesStep(StepData data)
    : Step(std::move(data)),
      op_(d.as<Conv>()),
      k_(*d.kernels.in_lanes),
      width_(d.extent.width),
      in_(d.in()),
      out_(d.out()) {
  const Joined j = joined(d.ops);
  relu_ = j.relu, pool_ = j.pool;
  const Shape& out = d.out(0);
  s_ = {op_.in_channels, op_.out_channels, op_.kernel_h, op_.kernel_w, op_.stride_h,
        op_.stride_w,    out[1],           out[2],       op_.pad_top,  op_.pad_top + in_[1]};
}

void ConvLanesStep::set_up(const Sizes& sizes) {
  sizes_ = sizes;
  framed_ = op_.pad_top + op_.pad_left > 0 || sizes.frame_h > in_[1] || sizes.frame_w > in_[2];
  if (framed_) frame_part_ = parts_.take(s_.in * sizes.frame_h * sizes.frame_w * k_.lanes);
  if (d.y_lay == Layout::nchw) y_part_ = parts_.take(out_.count() * width_);
  if (d.x_lay[0] == Layout::nchw) x_ = d.floats(d.tiles * in_.count() * width_);
  packed_stride_ = round_up(sizes.packed, 16);
  const int copies = std::min(d.workers, d.tiles);
  packed_ = d.floats(copies * packed_stride_);
  packed_version_.assign(static_cast<size_t>(copies), 0);
  if (!d.training) return;
  if (d.dx[0] && d.x_lay[0] == Layout::nchw) dx_part_ = parts_.take(in_.count() * width_);
  db_part_ = parts_.take(s_.out * k_.lanes);
  state_ = d.array<uint8_t>(d.tiles * out_.count() * width_);
  partial_stride_ = round_up(sizes.gradient + s_.out, 16);
  partial_ = d.floats(d.tiles * partial_stride_);
}

/// Only values that the kernel makes to the last bit: both ways to the same batch give the same.
bool ConvLanesStep::bind_pixels(const Pixels& pixels) {
  if (d.x_lay[0] != Layout::nchw || d.dx[0]) return false;
  std::vector<uint8_t> bytes(static_cast<size_t>(256 * k_.lanes));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i / static_cast<size_t>(k_.lanes));
  Floats made(256 * k_.lanes);
  for (int64_t plane = 0; plane < s_.in; ++plane) {
    const float* wanted = pixels.values + plane * 256;
    const double step = (static_cast<double>(wanted[255]) - static_cast<double>(wanted[0])) / 255;
    PixelValue& value = values_.emplace_back();
    value = {static_cast<float>(step), 0, wanted[0]};
    value.low = static_cast<float>(step - static_cast<double>(value.high));
    k_.pixel_values(1, 256, bytes.data(), k_.lanes, value, dense(made.get(), 1, 256, k_.lanes));
    for (int64_t b = 0; b < 256; ++b)
      if (made[b * k_.lanes] != wanted[b]) return false;
  }
  pixels_ = pixels;
  x_ = Floats();
  pixels_of_x_ = d.array<uint8_t>(d.tiles * in_.count() * width_);
  if (!framed_) frame_part_ = parts_.take(s_.in * sizes_.frame_h * sizes_.frame_w * k_.lanes);
  framed_ = true;
  return true;
}

void ConvLanesStep::forward(int, const Tile& t) {
  if (t.samples() == 0) return;
  if (d.x_lay[0] == Layout::nchw) take_x(t);
  float* y = d.y_lay == Layout::batch_innermost ? d.y + d.y_slice(t).begin : t.scratch + y_part_;
  const float* weights = packed(t);
  for (int64_t v = 0; v < t.samples(); v += k_.lanes)
    forward_vector(t, v, framed_x(t, v), weights, dense(y + v, out_[1], out_[2], width_), after(t, v));
  if (d.y_lay == Layout::nchw) k_.to_rows(y, width_, t.samples(), out_.count(), d.y + d.y_slice(t).begin);
}

void ConvLanesStep::backward(int, const Tile& t) {
  float* gradient = partial_.get() + t.index * partial_stride_;
  if (t.samples() == 0) {
    std::memset(gradient, 0, static_cast<size_t>(partial_stride_) * sizeof(float));
    return;
  }
  float* dy_rows_or_lanes = const_cast<float*>(d.dy) + d.y_slice(t).begin;
  if (d.y_lay == Layout::nchw) k_.to_lanes(dy_rows_or_lanes, t.samples(), out_.count(), t.scratch + y_part_, width_);
  const Planes dy =
      dense(d.y_lay == Layout::batch_innermost ? dy_rows_or_lanes : t.scratch + y_part_, out_[1], out_[2], width_);
  float* dx = nullptr;
  if (d.dx[0]) dx = d.x_lay[0] == Layout::batch_innermost ? d.dx[0] + d.x_slice(t).begin : t.scratch + dx_part_;
  go_back(t, dy, dense(dx, in_[1], in_[2], width_), packed(t), gradient);
  if (d.gradient(1)) {
    float* db = t.scratch + db_part_;
    std::memset(db, 0, static_cast<size_t>(s_.out * k_.lanes) * sizeof(float));
    for (int64_t v = 0; v < t.samples(); v += k_.lanes) k_.bias_gradient(s_, at_vector(dy, v), after(t, v), db);
    k_.sum_lanes(db, s_.out, gradient + sizes_.gradient);
  }
  if (dx && d.x_lay[0] == Layout::nchw) k_.to_rows(dx, width_, t.samples(), in_.count(), d.dx[0] + d.x_slice(t).begin);
}

void ConvLanesStep::finish(const Tile& t, const Updater& updater) {
  for (size_t i = 0; i < d.op().params.size(); ++i) {
    float* g = d.gradient(i);
    if (!g) continue;
    const auto [begin, end] = part_of(d.size_of(i), t.index, t.count);
    if (i == 0) {
      collect(begin, end, g);
    } else {
      for (int64_t o = begin; o < end; ++o) {
        g[o] = 0;
        for (int k = 0; k < d.tiles; ++k) g[o] += gradient_of(k)[sizes_.gradient + o];
      }
    }
    updater.done(d.op().params[i], begin, end);
  }
}

float* ConvLanesStep::x_of(const Tile& t) const {
  return d.x_lay[0] == Layout::batch_innermost ? const_cast<float*>(d.x[0]) + d.x_slice(t).begin
                                               : x_.get() + t.index * in_.count() * width_;
}

void ConvLanesStep::take_x(const Tile& t) const {
  uint8_t* bytes = pixels_of_x_.get() + t.index * in_.count() * width_;
  if (pixels_.rows)
    k_.bytes_to_lanes(pixels_.rows + t.begin, t.samples(), in_.count(), bytes, width_);
  else
    k_.to_lanes(d.x[0] + d.x_slice(t).begin, t.samples(), in_.count(), x_of(t), width_);
}

Planes ConvLanesStep::framed_x(const Tile& t, int64_t v) const {
  if (!framed_) return dense(x_of(t) + v, in_[1], in_[2], width_);
  const Planes whole = dense(t.scratch + frame_part_, sizes_.frame_h, sizes_.frame_w, k_.lanes);
  if (in_[1] < sizes_.frame_h || in_[2] < sizes_.frame_w)
    std::memset(whole.at, 0, static_cast<size_t>(s_.in * whole.channel) * sizeof(float));
  const Planes inside{whole.at + op_.pad_top * whole.row + op_.pad_left * whole.cell, whole.channel, whole.row,
                      whole.cell};
  if (!pixels_.rows) {
    k_.copy_planes(s_.in, in_[1], in_[2], dense(x_of(t) + v, in_[1], in_[2], width_), inside);
    return whole;
  }
  const int64_t plane = in_[1] * in_[2] * width_;
  const uint8_t* bytes = pixels_of_x_.get() + t.index * in_.count() * width_ + v;
  for (int64_t i = 0; i < s_.in; ++i)
    k_.pixel_values(in_[1], in_[2], bytes + i * plane, width_, values_[static_cast<size_t>(i)],
                    {inside.at + i * inside.channel, inside.channel, inside.row, inside.cell});
  return whole;
}

LanesAfter ConvLanesStep::after(const Tile& t, int64_t v) const {
  const int64_t state = (t.index * width_ + v) * out_.count();
  return {d.weight(1), relu_, pool_, d.training ? state_.get() + state : nullptr, t.samples() - v};
}

const float* ConvLanesStep::packed(const Tile& t) {
  const int copy = d.workers <= d.tiles ? t.worker : t.index;
  uint64_t& version = packed_version_[static_cast<size_t>(copy)];
  float* p = packed_.get() + copy * packed_stride_;
  if (version != d.memory.version()) pack(t, d.weight(0), p);
  version = d.memory.version();
  return p;
}

extern const Pattern conv_lanes_pattern;
const Pattern conv_lanes_pattern{
    "conv_lanes", &match, Layout::nchw | Layout::batch_innermost, Layout::nchw | Layout::batch_innermost, false, &make};

}  // namespace nn::cpu

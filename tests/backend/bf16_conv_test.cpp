// SPDX-License-Identifier: MIT
// Convolutions in Precision::bf16: the kernels of bf16_conv.h against plain loops; convolutions alone against products
// of their rounded operands; whole blocks against ref; any number of threads; a training beside float32.
#include "backend/cpu/kernels/bf16_conv.h"

#include <bit>
#include <cmath>

#include "backend/bf16_products.h"
#include "backend/block_examples.h"
#include "backend/cpu/conv/kinds.h"
#include "backend/cpu/plan/floats.h"
#include "backend/cpu/plan/layout.h"
#include "backend/each_isa.h"
#include "backend/learning.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;
using cpu::ceil_of;
using cpu::round_up;

namespace {

constexpr int64_t words = cpu::tile_words, row = cpu::row_words;

cpu::Floats floats(Random& random, int64_t n) {
  cpu::Floats v(n + 64);
  for (int64_t i = 0; i < n; ++i) v[i] = static_cast<float>(real(random, -2, 2));
  return v;
}
/// Number i of a row of words.
float number(const uint32_t* from, int64_t i) { return i % 2 ? upper_of(from[i / 2]) : lower_of(from[i / 2]); }

/// One of the group's samples at one pixel, in numbers, pairs and turned tiles (bf16_conv.h).
struct Layouts {
  int64_t h, w, width;
  int64_t blocks() const { return ceil_of(width, 32); }
  float numbers(const uint32_t* t, int64_t y, int64_t x, int64_t c, int64_t n) const {
    return number(t + ((y * w + x) * blocks() + c / 32) * words + n * row, c % 32);
  }
  float pairs(const uint32_t* t, int64_t y, int64_t x, int64_t c, int64_t n) const {
    return number(t + ((y * ceil_of(w, 2) + x / 2) * (width / 16) + c / 16) * words + (x % 2 * 8 + n / 2) * row,
                  c % 16 * 2 + n % 2);
  }
  /// first: the pixel that the first pair of a row begins with.
  float turned(const uint32_t* t, int64_t in_row, int64_t first, int64_t y, int64_t x, int64_t c, int64_t n) const {
    return number(t + ((y * in_row + (x - first) / 2) * ceil_of(width, 16) + c / 16) * words + c % 16 * row,
                  (x - first) % 2 * 16 + n);
  }
};

struct Sizes {
  int64_t samples, h, w, c;
  explicit Sizes(Random& random)
      : samples(pick(random, 1, 16)), h(pick(random, 1, 9)), w(pick(random, 1, 9)), c(16 * pick(random, 1, 5)) {}
};

void check_packs(const cpu::Bf16ConvKernels& k, Random& random) {
  const Sizes s(random);
  const Layouts at{s.h, s.w, s.c};
  const int64_t sample = s.h * s.w * s.c + 16 * pick(random, 0, 1), even = s.w / 2 + 1, odd = s.w / 2 + 2;
  const auto x = floats(random, s.samples * sample);
  cpu::Aligned<uint32_t> numbers(s.h * s.w * at.blocks() * words), evens(s.h * even * s.c / 16 * words),
      odds(s.h * odd * s.c / 16 * words);
  k.pack(x.get(), sample, s.samples, s.h * s.w, s.c, numbers.get());
  k.turn(numbers.get(), s.h, s.w, s.c, evens.get(), even, odds.get(), odd);
  int64_t wrong = 0;
  for (int64_t n = 0; n < 16; ++n)
    for (int64_t y = 0; y < s.h; ++y)
      for (int64_t p = -1; p <= s.w; ++p)
        for (int64_t c = 0; c < s.c; ++c) {
          const bool there = n < s.samples && p >= 0 && p < s.w;
          const float want = there ? to_bf16(x[n * sample + (y * s.w + p) * s.c + c]) : 0;
          if (p >= 0 && p < s.w) wrong += at.numbers(numbers.get(), y, p, c, n) != want;
          if (p >= 0) wrong += at.turned(evens.get(), even, 0, y, p, c, n) != want;
          wrong += at.turned(odds.get(), odd, -1, y, p, c, n) != want;
        }
  INFO(s.samples << " samples " << s.h << " x " << s.w << " x " << s.c);
  CHECK(wrong == 0);
}

/// The gradient and the look at a convolution as those of float32 have them.
void check_after(const cpu::Kernels& kernels, Random& random) {
  const Sizes s(random);
  const Layouts at{s.h, s.w, s.c};
  const cpu::Bf16ConvKernels& k = *kernels.in_bf16->convolutions;
  const bool pool = pick(random, 0, 1) == 1, base = pick(random, 0, 2) > 0, indexed = pool || pick(random, 0, 1) == 1;
  const cpu::BlockEpilogue tail{s.h, s.w, s.c - pick(random, 0, 15), s.c, true, pool};
  const int64_t made = s.h * s.w * s.c, cells = tail.ph() * tail.pw(), result = cells * tail.channels,
                row_pairs = ceil_of(s.w, 2);
  auto c = floats(random, s.samples * (made + 16)), dy = floats(random, s.samples * result);
  for (int64_t i = 0; i < c.size(); i += 5) c[i] = 0.5f;  // equals
  const auto factor = floats(random, s.c), slope = floats(random, s.c), shift = floats(random, s.c);
  cpu::Aligned<uint8_t> index(s.samples * cells * s.c + 64);
  cpu::Floats raw(s.samples * cells * s.c + 64);
  cpu::GroupTail g{.band = tail,
                   .samples = s.samples,
                   .c = c.get(),
                   .c_sample = made + 16,
                   .index = pool ? index.get() : nullptr,
                   .index_sample = cells * s.c,
                   .raw = raw.get(),
                   .raw_sample = cells * s.c,
                   .dy = dy.get(),
                   .dy_sample = result};
  std::vector<double> sum(static_cast<size_t>(s.c)), squares(sum), want_sum(sum), want_squares(sum);
  k.look(g, factor.get(), slope.get(), sum.data(), squares.data());
  cpu::Aligned<uint8_t> want_index(cells * s.c + 64);
  cpu::Floats want_raw(cells * s.c + 64), dc(made + 64);
  int64_t wrong = 0;
  for (int64_t n = 0; n < s.samples; ++n) {
    const float* sample = c.get() + n * (made + 16);
    kernels.in_blocks->moments(sample, s.h * s.w, s.c, factor.get(), want_sum.data(), want_squares.data());
    if (!pool) continue;
    kernels.in_blocks->choose(tail, sample, slope.get(), want_raw.get(), want_index.get());
    for (int64_t i = 0; i < cells * s.c; ++i)
      wrong += index[n * cells * s.c + i] != want_index[i] || raw[n * cells * s.c + i] != want_raw[i];
  }
  for (size_t i = 0; i < sum.size(); ++i) {
    wrong += std::fabs(sum[i] - want_sum[i]) > 4e-6 * static_cast<double>(s.samples * s.h * s.w);
    wrong += std::fabs(squares[i] - want_squares[i]) > 3e-6 * want_squares[i];
  }
  INFO(s.samples << " samples " << s.h << " x " << s.w << " x " << s.c << ", pool " << pool << ", base " << base
                 << ", index " << indexed);
  CHECK(wrong == 0);
  for (int64_t i = 0; i < index.size(); ++i) index[i] = static_cast<uint8_t>(pick(random, 0, 4));
  g.index = indexed ? index.get() : nullptr;
  if (!base) g.c = nullptr;
  cpu::Aligned<uint32_t> numbers(s.h * s.w * at.blocks() * words), pairs(s.h * row_pairs * s.c / 16 * words);
  for (int64_t i = 0; i < pairs.size(); ++i) pairs[i] = 77;
  k.gradient(g, factor.get(), slope.get(), shift.get(), numbers.get(), pairs.get());
  for (int64_t n = 0; n < 16; ++n) {
    if (n < s.samples)
      kernels.in_blocks->tail_gradient(tail, base ? c.get() + n * (made + 16) : nullptr, factor.get(), slope.get(),
                                       shift.get(), dy.get() + n * result,
                                       indexed ? index.get() + n * cells * s.c : nullptr, dc.get(), s.w * s.c);
    for (int64_t y = 0; y < s.h; ++y)
      for (int64_t x = 0; x < 2 * row_pairs; ++x)
        for (int64_t i = 0; i < s.c; ++i) {
          const float want = n < s.samples && x < s.w ? to_bf16(dc[(y * s.w + x) * s.c + i]) : 0;
          if (x < s.w) wrong += at.numbers(numbers.get(), y, x, i, n) != want;
          wrong += at.pairs(pairs.get(), y, x, i, n) != want;
        }
  }
  CHECK(wrong == 0);
}

/// Holds the convolutions of a plan that fuses nothing to products of what they multiply.
class ConvCheck {
 public:
  ConvCheck(Backend& backend, const Graph& graph, PlanOptions options, uint64_t seed)
      : g_(graph), memory_(backend.allocate(g_, 0)), batch_(options.batch) {
    fill_memory(*memory_, seed);
    options.precision = Precision::bf16;
    options.fuse = false;
    plan_ = backend.compile(g_, options, *memory_);
    fill_inputs(*plan_, g_, seed);
    plan_->forward(nullptr);
    if (options.training) plan_->backward();
    for (const Op& op : g_.ops)
      if (const Conv* conv = std::get_if<Conv>(&op.what); conv && cpu::in_bf16(*conv))
        check(op, *conv, options.training);
  }
  std::vector<std::string> failures;
  int64_t checked = 0;

 private:
  void check(const Op& op, const Conv& c, bool training) {
    const Shape &in = shape(op.inputs[0]), &out = shape(op.output);
    std::vector<double> w = parameter(Part::weights, op.params[0]), b(static_cast<size_t>(c.out_channels));
    if (op.params.size() > 1) b = parameter(Part::weights, op.params[1]);
    const auto x = to_bf16(plan_->value(op.inputs[0])), y = plan_->value(op.output);
    w = to_bf16(w);
    std::vector<Sum> sums(y.size()), dx(x.size()), dw(w.size()), db(b.size());
    for (size_t i = 0; i < y.size(); ++i) sums[i].add(b[i / static_cast<size_t>(out[1] * out[2]) % b.size()], 1);
    std::vector<double> exact(y.size());
    if (training) exact = plan_->gradient(op.output);
    const auto dy = to_bf16(exact);
    for (size_t i = 0; i < exact.size(); ++i) db[i / static_cast<size_t>(out[1] * out[2]) % b.size()].add(exact[i], 1);
    each_product(c, in, out, [&](size_t to, size_t from, size_t weight) {
      sums[to].add(x[from], w[weight]);
      dx[from].add(dy[to], w[weight]);
      dw[weight].add(dy[to], x[from]);
    });
    hold("y", sums, y);
    if (!training) return;
    if (readers(op.inputs[0]) == 1 && !(op.inputs[0] == g_.input())) hold("dx", dx, plan_->gradient(op.inputs[0]));
    if (!g_.params[static_cast<size_t>(op.params[0])].trainable) return;
    hold("dw", dw, parameter(Part::gradients, op.params[0]));
    if (op.params.size() > 1) hold("db", db, parameter(Part::gradients, op.params[1]));
  }
  /// work(place in y, in x, in the weights)
  template <class Work>
  void each_product(const Conv& c, const Shape& in, const Shape& out, Work work) const {
    for (int64_t n = 0; n < batch_; ++n)
      for (int64_t k = 0; k < out[0]; ++k)
        for (int64_t oy = 0; oy < out[1]; ++oy)
          for (int64_t ox = 0; ox < out[2]; ++ox)
            for (int64_t i = 0; i < in[0]; ++i)
              for (int64_t tap = 0; tap < 9; ++tap) {
                const int64_t y = oy + tap / 3 - c.pad_top, x = ox + tap % 3 - c.pad_left;
                if (y < 0 || x < 0 || y >= in[1] || x >= in[2]) continue;
                work(static_cast<size_t>(((n * out[0] + k) * out[1] + oy) * out[2] + ox),
                     static_cast<size_t>(((n * in[0] + i) * in[1] + y) * in[2] + x),
                     static_cast<size_t>((k * in[0] + i) * 9 + tap));
              }
  }
  const Shape& shape(ValueId v) const { return g_.values[static_cast<size_t>(v)].shape; }
  int readers(ValueId v) const {
    int n = 0;
    for (const Op& op : g_.ops)
      for (const ValueId x : op.inputs) n += x == v;
    return n;
  }
  std::vector<double> parameter(Part part, ParamId p) const {
    std::vector<double> v(static_cast<size_t>(g_.params[static_cast<size_t>(p)].shape.count()));
    memory_->read(part, p, v);
    return v;
  }
  void hold(const char* what, const std::vector<Sum>& want, const std::vector<double>& got) {
    for (size_t i = 0; i < want.size(); ++i) {
      ++checked;
      if (!(std::fabs(want[i].value - got[i]) <= want[i].bound()) && failures.size() < 5)
        failures.push_back(
            fmt::format("{}[{}]: {} expected, {} found, bound {}", what, i, want[i].value, got[i], want[i].bound()));
    }
  }

  const Graph& g_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
  int64_t batch_;
};

Example lone_convolution(Random& random) {
  GraphBuilder b;
  const auto border = [&] { return pick(random, 0, 1); };
  const int64_t channels = pick(random, 16, 70), h = pick(random, 3, 7), w = pick(random, 3, 7);
  const ValueId x = b.conv(b.input({2, h, w}), channels, 1, 1, 0);
  b.trainable = pick(random, 0, 5) > 0;
  const ValueId y =
      b.conv(x, Conv{0, pick(random, 16, 70), 3, 3, 1, 1, border(), border(), border(), border(), 1}, border() == 1);
  return {fmt::format("{} channels {} x {}, then {}", channels, h, w, b.shape(y)[0]), b.mse(b.map(y, "relu")),
          pick(random, 1, 24), true};
}

/// Batches of noisy stripes in four directions; the loss of the last of them.
double loss_on_waves(Backend& backend, Precision precision, uint64_t seed) {
  GraphBuilder b;
  ValueId x = b.map(b.conv(b.input({1, 10, 10}), 16, 3, 1, 1), "relu");
  x = add_block(b, add_block(b, x, 24, {}), 16, {true, true, true, false});
  const Graph graph = b.softmax_loss(b.matmul(b.flatten(x), 4));
  return trained_loss(backend, graph, precision, seed, {.batch = 40, .steps = 120, .last = 20, .rate = 0.003},
                      [](const Plan::Inputs& in, Random& random) {
                        for (size_t n = 0; n < 40; ++n) {
                          const auto direction = static_cast<int32_t>(n % 4);
                          const double phase = real(random, 0, 6);
                          for (int i = 0; i < 100; ++i) {
                            const int along[] = {i / 10, i % 10, i / 10 + i % 10, i / 10 - i % 10};
                            in.x[100 * n + static_cast<size_t>(i)] =
                                static_cast<float>(std::sin(1.5 * along[direction] + phase) + real(random, -1, 1));
                          }
                          in.labels[n] = direction;
                        }
                      });
}

}  // namespace

TEST_CASE("kernels of convolutions of bf16 numbers", "[bf16][conv]") {
  const cpu::FlushDenormals flush;
  for (const cpu::Kernels* k : kernels_to_test()) {
    CHECK((k->in_bf16->convolutions != nullptr) == k->in_bf16->native);
    if (!k->in_bf16->native) continue;
    INFO(k->isa);
    Random random(3);
    for (int i = 0; i < 60; ++i) check_packs(*k->in_bf16->convolutions, random);
    for (int i = 0; i < 100; ++i) check_after(*k, random);
  }
}

TEST_CASE("convolutions in bf16 give the products of their rounded operands", "[bf16][conv]") {
  Random random(4);
  for (int i = 0; i < 16; ++i) {
    const Example e = lone_convolution(random);
    on_each_isa([&](const cpu::Kernels& k) {
      const bool words = i % 2 == 0 && k.in_bf16->convolutions;  // else rounded floats
      const auto backend = cpu_by(2, {.bf16_words = words});
      const PlanOptions options{.batch = e.batch,
                                .rows = e.rows(),
                                .training = i % 4 != 3,
                                .tiles = static_cast<int>(1 + i % 4),
                                .input_gradient = true,
                                .exact = i % 3 == 2};
      const ConvCheck check(*backend, e.graph, options, static_cast<uint64_t>(i + 1));
      INFO(k.isa << ", " << e.name << ", words " << words << ", batch " << e.batch << ", tiles " << options.tiles
                 << ", training " << options.training << ", exact " << options.exact);
      CHECK(check.checked > 0);
      for (const std::string& f : check.failures) FAIL_CHECK(f);
    });
  }
}

TEST_CASE("convolutions learn in bf16 as in float32", "[bf16][conv]") {
  for (const uint64_t seed : {1, 2, 3, 4}) {
    const auto backend = cpu_by(2, {.bf16_words = seed % 2 == 0});
    const double plain = loss_on_waves(*backend, Precision::float32, seed),
                 bf16 = loss_on_waves(*backend, Precision::bf16, seed);
    INFO("seed " << seed << ": loss " << plain << " in float32, " << bf16 << " in bf16");
    CHECK(plain < 0.02);
    CHECK(std::fabs(bf16 - plain) < 1e-2);
  }
}

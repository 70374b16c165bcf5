// SPDX-License-Identifier: MIT
// Floats as sums of three bf16 numbers (bf16.h): the sums are exact, dense layers made of them round as those of
// float32 do, bytes are multiplied as they are, and PlanOptions::exact does without.
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "backend/bf16_products.h"
#include "backend/cpu/kernels/bf16.h"
#include "backend/cpu/plan/floats.h"
#include "backend/cpu/plan/layout.h"
#include "backend/each_isa.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

/// Of all exponents whose parts are no denormals.
float any_number(Random& random) {
  return static_cast<float>(std::ldexp(real(random, -2, 2), static_cast<int>(pick(random, -90, 120))));
}

/// What is wrong with the parts of x, empty if nothing is.
std::string fault_of(float x, const std::array<float, 3>& parts) {
  double left = static_cast<double>(x);
  for (const float part : parts) {
    // Half of what the eighth bit is worth, of a number as large as what is left.
    const double most = left == 0 ? 0 : std::ldexp(1.0, std::ilogb(left) - 8);
    left -= static_cast<double>(part);
    if (std::fabs(left) > most) return fmt::format("{}: part {} leaves {}", x, part, left);
  }
  return left == 0 ? "" : fmt::format("{} is not the sum of {}, {}, {}", x, parts[0], parts[1], parts[2]);
}

/// Where the number of row r and column c lies in what a pack made.
using Place = std::function<std::pair<size_t, bool>(int64_t r, int64_t c)>;

struct Packed {
  Random& random;
  int64_t rows = pick(random, 1, 40), cols = pick(random, 1, 70), row = cols + pick(random, 0, 3);
  int64_t wide = cpu::round_up(std::max(rows, cols), 16) + 3, apart = wide * wide + pick(random, 0, 9);
  int64_t tiled_block = 768 * ((wide + 15) / 16) + 16 * pick(random, 0, 2);
  std::vector<float> from = std::vector<float>(static_cast<size_t>(rows * row));
  std::vector<uint32_t> to = std::vector<uint32_t>(static_cast<size_t>(3 * apart));
  cpu::WordMatrix matrix{to.data(), wide, apart};
  /// Tiles of 16 rows of 16 words, the three parts of each side by side.
  std::vector<uint32_t> tiled_to = std::vector<uint32_t>(static_cast<size_t>(tiled_block * ((wide + 15) / 16)));
  cpu::WordMatrix tiled{tiled_to.data(), 16, 256, 768, tiled_block};

  explicit Packed(Random& source) : random(source) {
    for (float& x : from) x = any_number(random);
  }
  std::vector<const float*> pointers() const {
    std::vector<const float*> list;
    for (int64_t r = 0; r < rows; ++r) list.push_back(from.data() + r * row);
    return list;
  }
  size_t tiled_place(int64_t r, int64_t word) const {
    return static_cast<size_t>(r / 16 * tiled_block + word / 16 * 768 + r % 16 * 16 + word % 16);
  }
  std::string fault(float scale, const Place& word) const { return fault(scale, word, to, apart); }
  /// word(r, c): of the number of row r and column c, and whether it is the upper half.
  std::string fault(float scale, const Place& word, const std::vector<uint32_t>& words, int64_t parts_apart) const {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        const auto [place, upper] = word(r, c);
        std::array<float, 3> parts{};
        for (size_t k = 0; k < 3; ++k) {
          const uint32_t w = words[k * static_cast<size_t>(parts_apart) + place];
          parts[k] = upper ? upper_of(w) : lower_of(w);
        }
        const std::string fault = fault_of(from[static_cast<size_t>(r * row + c)] * scale, parts);
        if (!fault.empty()) return fmt::format("row {}, column {}: {}", r, c, fault);
      }
    return "";
  }
};

struct Pack {
  const char* name;
  float scale;
  std::function<void(const cpu::Bf16Packs&, Packed&)> run;
  std::function<std::pair<int64_t, bool>(int64_t r, int64_t c, int64_t wide)> word;
};

const std::vector<Pack>& packs() {
  const auto in_row = [](int64_t r, int64_t c, int64_t wide) { return std::pair(r * wide + c / 2, c % 2 == 1); };
  const auto turned = [](int64_t r, int64_t c, int64_t wide) { return std::pair(c / 2 * wide + r, c % 2 == 1); };
  const auto by_rows = [](int64_t r, int64_t c, int64_t wide) { return std::pair(r / 2 * wide + c, r % 2 == 1); };
  const auto by_columns = [](int64_t r, int64_t c, int64_t wide) { return std::pair(c * wide + r / 2, r % 2 == 1); };
  using cpu::Bf16Packs;
  static const std::vector<Pack> all{
      {"pack", 1, [](const Bf16Packs& k, Packed& p) { k.pack(p.from.data(), p.rows, p.cols, p.row, 1, p.matrix); },
       in_row},
      {"pack, scaled", 0.3f,
       [](const Bf16Packs& k, Packed& p) { k.pack(p.from.data(), p.rows, p.cols, p.row, 0.3f, p.matrix); }, in_row},
      {"pack_turned", 1,
       [](const Bf16Packs& k, Packed& p) { k.pack_turned(p.from.data(), p.rows, p.cols, p.row, p.matrix); }, turned},
      {"pack_rows", 1,
       [](const Bf16Packs& k, Packed& p) { k.pack_rows(p.from.data(), p.rows, p.cols, p.row, p.matrix); }, by_rows},
      {"pack_columns", 1,
       [](const Bf16Packs& k, Packed& p) { k.pack_columns(p.from.data(), p.rows, p.cols, p.row, p.matrix); },
       by_columns},
      {"values_to_lanes", 1,
       [](const Bf16Packs& k, Packed& p) { k.values_to_lanes(p.pointers().data(), p.rows, 0, p.cols, p.matrix); },
       turned},
      {"values_to_panel", 1,
       [](const Bf16Packs& k, Packed& p) { k.values_to_panel(p.pointers().data(), p.rows, 0, p.cols, p.matrix); },
       by_rows},
  };
  return all;
}

/// Left factors in tiles.
void check_tiles(const cpu::Bf16Packs& k, Packed& p) {
  k.pack(p.from.data(), p.rows, p.cols, p.row, 1, p.tiled);
  const auto in_row = [&](int64_t r, int64_t c) { return std::pair(p.tiled_place(r, c / 2), c % 2 == 1); };
  CHECK(p.fault(1, in_row, p.tiled_to, 256) == "");
  k.pack_columns(p.from.data(), p.rows, p.cols, p.row, p.tiled);
  const auto by_columns = [&](int64_t r, int64_t c) { return std::pair(p.tiled_place(c, r / 2), r % 2 == 1); };
  CHECK(p.fault(1, by_columns, p.tiled_to, 256) == "");
}

/// Rows of bytes become the thirds of their values.
void check_bytes(const cpu::Bf16Packs& k, Packed& p) {
  std::vector<float> values(256);
  for (float& v : values) v = any_number(p.random);
  std::vector<std::vector<uint8_t>> bytes;
  std::vector<const uint8_t*> rows;
  for (int64_t r = 0; r < p.rows; ++r) {
    bytes.emplace_back(static_cast<size_t>(p.cols));
    for (int64_t c = 0; c < p.cols; ++c) {
      bytes.back()[static_cast<size_t>(c)] = static_cast<uint8_t>(pick(p.random, 0, 255));
      p.from[static_cast<size_t>(r * p.row + c)] = values[bytes.back()[static_cast<size_t>(c)]];
    }
    rows.push_back(bytes.back().data());
  }
  const cpu::ByteMap map{values.data()};
  k.bytes_to_lanes(rows.data(), p.rows, 0, p.cols, map, p.matrix);
  const auto turned = [&](int64_t r, int64_t c) {
    return std::pair(static_cast<size_t>(c / 2 * p.wide + r), c % 2 == 1);
  };
  CHECK(p.fault(1, turned) == "");
  k.bytes_to_panel(rows.data(), p.rows, 0, p.cols, map, p.matrix);
  const auto pairs = [&](int64_t r, int64_t c) {
    return std::pair(static_cast<size_t>(r / 2 * p.wide + c), r % 2 == 1);
  };
  CHECK(p.fault(1, pairs) == "");
}

/// The output of one dense layer, dx, if there is one, and dw.
std::vector<std::vector<double>> results(Backend& backend, const Graph& graph, const PlanOptions& options,
                                         const std::vector<uint8_t>& bytes) {
  const auto memory = backend.allocate(graph, 0);
  fill_memory(*memory, 3);
  const auto plan = backend.compile(graph, options, *memory);
  if (!options.source) fill_inputs(*plan, graph, 3);
  const Plan::Inputs in = plan->inputs();
  std::iota(in.index.begin(), in.index.end(), int64_t{0});
  if (!bytes.empty() && !options.source)
    for (size_t i = 0; i < bytes.size(); ++i) in.x[i] = static_cast<float>(bytes[i]) / 255.0f;
  Random random(4);
  for (float& t : in.targets) t = static_cast<float>(real(random, -1, 1));
  plan->forward(nullptr);
  plan->backward();
  std::vector<std::vector<double>> r;
  r.emplace_back(plan->output().begin(), plan->output().end());
  if (options.input_gradient) r.push_back(plan->gradient(graph.input()));
  r.emplace_back(static_cast<size_t>(graph.params[0].shape.count()));
  memory->read(Part::gradients, 0, r.back(), 0);
  return r;
}

/// Those of thirds are no farther from ref's than those of float32: the products of parts are exact, and their sums
/// round no more.
void compare(const Graph& graph, PlanOptions options, const std::vector<uint8_t>& bytes = {}) {
  options.batch = 100, options.training = true;
  const auto expected = results(*make_backend("ref", 1), graph, options, bytes);
  on_each_isa([&](const cpu::Kernels& k) {
    const auto plain = results(*cpu_by(2, {.bf16x3 = false}), graph, options, bytes);
    const auto bf16x3 = results(*cpu_by(2, {.bf16x3 = true}), graph, options, bytes);
    for (size_t i = 0; i < expected.size(); ++i) {
      const double of_thirds = error(expected[i], bf16x3[i]), of_plain = error(expected[i], plain[i]);
      INFO(k.isa << ", list " << i << ": " << of_thirds << " by thirds, " << of_plain << " by floats");
      CHECK(of_thirds < of_plain);
      CHECK(of_thirds > 0);
    }
  });
}

}  // namespace

TEST_CASE("a float is the sum of its thirds, each the nearest to what is left", "[thirds]") {
  const cpu::FlushDenormals flush;
  for (const cpu::Kernels* k : kernels_to_test()) {
    Random random(5);
    for (int i = 0; i < 40; ++i) {
      for (const Pack& pack : packs()) {
        Packed p(random);
        pack.run(k->in_bf16->bf16x3, p);
        INFO(k->isa << ", " << pack.name << ", " << p.rows << " x " << p.cols);
        CHECK(p.fault(pack.scale, [&](int64_t r, int64_t c) {
          const auto [place, upper] = pack.word(r, c, p.wide);
          return std::pair(static_cast<size_t>(place), upper);
        }) == "");
      }
      Packed p(random);
      INFO(k->isa << ", tiles and bytes, " << p.rows << " x " << p.cols);
      check_tiles(k->in_bf16->bf16x3, p);
      check_bytes(k->in_bf16->bf16x3, p);
    }
  }
}

TEST_CASE("a NaN and what is beyond bf16 have a NaN among their thirds", "[thirds]") {
  const float infinity = std::numeric_limits<float>::infinity(), large = std::numeric_limits<float>::max();
  const std::vector<float> from{std::nanf(""),
                                infinity,
                                -infinity,
                                large,
                                -large,
                                std::bit_cast<float>(0x7FFFFFFFu),
                                std::bit_cast<float>(0xFFFFFFFFu)};
  for (const cpu::Kernels* k : kernels_to_test()) {
    std::vector<uint32_t> to(192);
    k->in_bf16->bf16x3.pack(from.data(), 1, static_cast<int64_t>(from.size()), 64, 1, {to.data(), 64, 64});
    for (size_t i = 0; i < from.size(); ++i) {
      float sum = 0;
      for (size_t part = 0; part < 3; ++part) {
        const uint32_t w = to[64 * part + i / 2];
        sum += i % 2 ? upper_of(w) : lower_of(w);
      }
      INFO(k->isa << ", " << from[i]);
      CHECK(std::isnan(sum));
    }
  }
}

TEST_CASE("dense layers by thirds round as those of float32 do", "[thirds]") {
  for (const auto& [in, out] : {std::pair(20, 40), {700, 90}, {90, 800}}) {
    GraphBuilder b;
    compare(b.mse(b.matmul(b.input({in}), out)), {.input_gradient = true});
  }
}

TEST_CASE("bytes that are multiplied as they are round as floats do", "[thirds]") {
  Random random(6);
  for (const auto& [in, out] : {std::pair(48, 40), {784, 128}}) {
    GraphBuilder b;
    const Graph graph = b.mse(b.matmul(b.input({in}), out));
    std::vector<uint8_t> bytes(static_cast<size_t>(100 * in));
    for (uint8_t& v : bytes) v = static_cast<uint8_t>(pick(random, 0, 255));
    std::vector<float> values;
    for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i) / 255.0f);
    const Source source{.x = std::as_bytes(std::span(bytes)), .byte_values = values};
    compare(graph, {.source = &source}, bytes);
  }
}

TEST_CASE("thirds are chosen where tiles are, and not with exact", "[thirds]") {
  on_each_isa([](const cpu::Kernels& k) {
    const auto backend = make_backend("cpu", 1);
    const auto kernel = [&](int64_t in, int64_t out, bool pixels, bool exact, bool shifted, int64_t batch = 32,
                            bool training = true) {
      GraphBuilder b;
      const Graph g = b.mse(b.matmul(b.flatten(b.input({1, in, 1})), out));
      std::vector<float> values;
      for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i) / 255.0f - (shifted ? 0.5f : 0));
      const std::vector<std::byte> bytes(static_cast<size_t>(in));
      const Source source{.x = bytes, .byte_values = values};
      const PlanOptions options{
          .batch = batch, .training = training, .exact = exact, .source = pixels ? &source : nullptr};
      const auto memory = backend->allocate(g, 0);
      std::string all;
      for (const std::string& line : backend->compile(g, options, *memory)->describe()) all += line;
      return all.find("thirds") != std::string::npos;
    };
    INFO(k.isa);
    CHECK(kernel(1024, 512, false, false, false) == k.in_bf16->tiles);
    CHECK(kernel(784, 128, true, false, false) == k.in_bf16->tiles);
    CHECK(!kernel(1024, 512, false, true, false));
    CHECK(!kernel(784, 128, true, true, false));
    CHECK(!kernel(784, 128, true, false, true));
    CHECK(!kernel(784, 128, false, false, false));
    CHECK(!kernel(784, 128, true, false, false, 31));
    CHECK(kernel(784, 128, true, false, false, 1, false) == k.in_bf16->tiles);
  });
}

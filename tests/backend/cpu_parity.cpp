// SPDX-License-Identifier: MIT
// The cpu backend against ref on every op and several networks, for each instruction set that this machine has; the
// same bits for any number of threads; no allocation of ours while a step runs.
#include <dlfcn.h>
#include <stdlib.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "backend/block_examples.h"
#include "backend/conv_examples.h"
#include "backend/cpu/conv/choices.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/dense_examples.h"
#include "backend/each_isa.h"
#include "backend/pixel_examples.h"
#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {
std::atomic<bool> counting{false};
std::atomic<long> allocations{0}, vendor_allocations{0};
thread_local bool inside_vendor = false;

void* counted(std::size_t n, std::size_t alignment) {
  if (counting.load(std::memory_order_relaxed)) (inside_vendor ? vendor_allocations : allocations).fetch_add(1);
  if (n == 0) n = 1;
  void* p = alignment > alignof(std::max_align_t)
                ? std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment)
                : std::malloc(n);
  if (!p) throw std::bad_alloc();
  return p;
}
}  // namespace

void* operator new(std::size_t n) { return counted(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) { return counted(n, static_cast<std::size_t>(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  try {
    return counted(n, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

/// Stands before oneDNN's function of this name: what is allocated below it is the library's. (It makes a small map of
/// the arguments in every call.) Never called where the build is without oneDNN.
extern "C" int dnnl_primitive_execute(const void* primitive, void* stream, int count, const void* arguments) {
  using Execute = int (*)(const void*, void*, int, const void*);
  static const auto execute = reinterpret_cast<Execute>(dlsym(RTLD_NEXT, "dnnl_primitive_execute"));
  inside_vendor = true;
  const int status = execute(primitive, stream, count, arguments);
  inside_vendor = false;
  return status;
}

namespace {

/// Those of every op, and those that only this backend's patterns tell apart.
std::vector<Example> all_examples(uint64_t seed) {
  std::vector<Example> list = examples(seed);
  for (Example& e : conv_examples(seed)) list.push_back(std::move(e));
  for (Example& e : dense_examples(seed)) list.push_back(std::move(e));
  for (Example& e : block_examples(seed)) list.push_back(std::move(e));
  for (Example& e : pixel_examples(seed)) list.push_back(std::move(e));
  return list;
}

bool has_dense(const Example& e) {
  return std::any_of(e.graph.ops.begin(), e.graph.ops.end(),
                     [](const Op& op) { return std::holds_alternative<MatMul>(op.what); });
}

/// Each in float32, those with a dense layer by thirds and in bf16 as well.
struct Way {
  Example e;
  PlanOptions options;
  cpu::KernelChoices choices;
};
std::vector<Way> in_each_way(const std::vector<Example>& examples) {
  std::vector<Way> list;
  for (const Example& e : examples) {
    const PlanOptions plain{.batch = e.batch, .rows = e.rows(), .training = true};
    list.push_back({e, plain, {}});
    if (!has_dense(e)) continue;
    list.push_back({e, plain, {.bf16x3 = true}});
    list.push_back({e, plain, {}});
    list.back().options.precision = Precision::bf16;
  }
  return list;
}

/// Rounding alone: the data stay away from kinks (data_seeds), so that no relu or maximum chooses otherwise than in
/// ref. Nearly everything agrees to 1e-6; a batch norm of three samples that are nearly equal magnifies that to 2e-5.
constexpr double tolerance = 3e-5;

bool same_bits(const std::vector<Named>& a, const std::vector<Named>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].values != b[i].values) return false;
  return true;
}

}  // namespace

TEST_CASE("cpu computes what ref computes, on every instruction set", "[cpu]") {
  const auto ref = make_backend("ref", 1);
  for (const uint64_t seed : {1, 2, 3, 4})
    for (const Example& e : all_examples(seed)) {
      const Seeds seeds = data_seeds(e, seed);
      const auto expected = outcome(*ref, e, seeds);
      for (const cpu::Kernels* k : kernels_to_test()) {
        const IsaSetting setting(k->isa);
        const auto backend = make_backend("cpu", 2);
        REQUIRE(backend->isa() == k->isa);
        for (const std::string& d : differences(expected, outcome(*backend, e, seeds), tolerance)) {
          INFO(k->isa << ", seed " << seed << ", " << e.name);
          FAIL_CHECK(d);
        }
      }
    }
}

TEST_CASE("every kernel of convolutions computes what ref computes, wherever it can", "[cpu]") {
  const auto ref = make_backend("ref", 1);
  for (const uint64_t seed : {1, 2})
    for (const Example& e : all_examples(seed)) {
      const auto is_conv = [](const Op& op) { return std::holds_alternative<Conv>(op.what); };
      if (std::none_of(e.graph.ops.begin(), e.graph.ops.end(), is_conv)) continue;
      const Seeds seeds = data_seeds(e, seed);
      const auto expected = outcome(*ref, e, seeds);
      for (const cpu::Kernels* k : kernels_to_test()) {
        const IsaSetting setting(k->isa);
        for (const cpu::ConvKernel kernel : cpu::conv_kernels) {
          const auto found = outcome(*cpu_by(2, {.conv_kernel = cpu::name_of(kernel)}), e, seeds);
          INFO(k->isa << ", " << cpu::name_of(kernel) << ", seed " << seed << ", " << e.name);
          for (const std::string& d : differences(expected, found, tolerance)) FAIL_CHECK(d);
          CHECK(same_bits(found, outcome(*cpu_by(1, {.conv_kernel = cpu::name_of(kernel)}), e, seeds)));
        }
      }
    }
}

TEST_CASE("dense layers by thirds compute what ref computes", "[cpu]") {
  const auto ref = make_backend("ref", 1);
  for (const uint64_t seed : {1, 2})
    for (const Example& e : all_examples(seed)) {
      if (!has_dense(e)) continue;
      const Seeds seeds = data_seeds(e, seed);
      const auto expected = outcome(*ref, e, seeds);
      for (const cpu::Kernels* k : kernels_to_test()) {
        const IsaSetting setting(k->isa);
        const auto found = outcome(*cpu_by(2, {.bf16x3 = true}), e, seeds);
        INFO(k->isa << ", seed " << seed << ", " << e.name);
        for (const std::string& d : differences(expected, found, tolerance)) FAIL_CHECK(d);
        CHECK(same_bits(found, outcome(*cpu_by(1, {.bf16x3 = true}), e, seeds)));
        CHECK(same_bits(found, outcome(*cpu_by(3, {.bf16x3 = true}), e, seeds)));
      }
    }
}

/// Each by itself, so that a summary of tests names those that this machine does not run; without AVX2 an emulator does
/// it.
void check_one(const char* isa) {
  const auto list = cpu::usable_kernels();
  if (std::none_of(list.begin(), list.end(), [&](const cpu::Kernels* k) { return k->isa == std::string(isa); }))
    NN_SKIP(std::string("no ") + isa);
  const IsaSetting setting(isa);
  const auto ref = make_backend("ref", 1), backend = make_backend("cpu", 2);
  REQUIRE(backend->isa() == isa);
  for (const Example& e : examples(5)) {
    const Seeds seeds = data_seeds(e, 5);
    const auto found = differences(outcome(*ref, e, seeds), outcome(*backend, e, seeds), tolerance);
    INFO(isa << ", " << e.name << ": " << (found.empty() ? "" : found[0]));
    CHECK(found.empty());
  }
}
TEST_CASE("portable computes what ref computes", "[cpu]") { check_one("portable"); }
TEST_CASE("avx2 computes what ref computes", "[cpu][needs-avx2]") { check_one("avx2"); }
TEST_CASE("avx512 computes what ref computes", "[cpu][needs-avx512]") { check_one("avx512"); }
TEST_CASE("avx512_bf16 computes what ref computes", "[cpu][needs-avx512_bf16]") { check_one("avx512_bf16"); }
TEST_CASE("avx512_amx computes what ref computes", "[cpu][needs-avx512_amx]") { check_one("avx512_amx"); }

/// Run by itself (cmake/tests.cmake): a process has the library for the one instruction set that it asked for first.
TEST_CASE("oneDNN held to AVX2 computes what ref computes", "[.avx2]") {
  const IsaSetting setting("avx2");
  const auto list = cpu::usable_kernels();
  if (std::none_of(list.begin(), list.end(), [](const cpu::Kernels* k) { return k->isa == std::string("avx2"); }))
    NN_SKIP("no AVX2");
  const auto ref = make_backend("ref", 1), backend = cpu_by(2, {.conv_kernel = "onednn"});
  bool used = false;
  for (const Example& e : all_examples(3)) {
    const auto memory = backend->allocate(e.graph, 0);
    for (const std::string& line : backend->compile(e.graph, {.batch = e.batch, .rows = e.rows()}, *memory)->describe())
      used = used || line.find("oneDNN") != std::string::npos;
    const Seeds seeds = data_seeds(e, 3);
    INFO(e.name);
    for (const std::string& d : differences(outcome(*ref, e, seeds), outcome(*backend, e, seeds), tolerance))
      FAIL_CHECK(d);
  }
  CHECK(used == !backend->libraries().empty());
}

TEST_CASE("cpu gives the same bits for any number of threads", "[cpu]") {
  for (const Example& e : all_examples(4)) {
    const Seeds seeds = data_seeds(e, 4);
    for (const cpu::Kernels* k : kernels_to_test()) {
      const IsaSetting setting(k->isa);
      const auto expected = outcome(*make_backend("cpu", 1), e, seeds);
      for (const int threads : {2, 3, 4}) {
        INFO(k->isa << ", " << threads << " threads, " << e.name);
        CHECK(same_bits(expected, outcome(*make_backend("cpu", threads), e, seeds)));
      }
    }
  }
}

TEST_CASE("backward_and_update leaves the weights that backward and update leave, bit for bit", "[cpu]") {
  const double adam[] = {0.01, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
  for (const cpu::Kernels* k : kernels_to_test()) {
    const IsaSetting setting(k->isa);
    for (const auto& [e, options, choices] : in_each_way(all_examples(7))) {
      const auto backend = cpu_by(2, choices);
      std::vector<std::vector<double>> results;
      for (const bool at_once : {false, true}) {
        const auto memory = backend->allocate(e.graph, 2);
        fill_memory(*memory, 7);
        const auto plan = backend->compile(e.graph, options, *memory);
        HashWords words;
        for (words.step = 0; words.step < 3; ++words.step) {
          fill_inputs(*plan, e.graph, 7 + words.step);
          plan->forward(&words);
          if (at_once) {
            plan->backward_and_update({"adam", adam});
          } else {
            plan->backward();
            memory->update("adam", adam);
          }
        }
        for (size_t p = 0; p < e.graph.params.size(); ++p) {
          std::vector<double> values(static_cast<size_t>(e.graph.params[p].shape.count()));
          memory->read(Part::weights, static_cast<ParamId>(p), values);
          results.push_back(std::move(values));
        }
      }
      INFO(k->isa << ", " << e.name);
      for (size_t p = 0; p < e.graph.params.size(); ++p) {
        INFO(e.graph.params[p].path());
        CHECK(results[p] == results[p + e.graph.params.size()]);
      }
    }
  }
}

TEST_CASE("cpu agrees with ref for other numbers of tiles", "[cpu]") {
  const auto ref = make_backend("ref", 1);
  const auto backend = make_backend("cpu", 2);
  for (const Example& e : all_examples(5)) {
    const Seeds seeds = data_seeds(e, 5);
    const auto expected = outcome(*ref, e, seeds);
    for (const int tiles : {1, 3, 7}) {
      INFO(tiles << " tiles, " << e.name);
      CHECK(differences(expected, outcome(*backend, e, seeds, {.tiles = tiles}), tolerance) ==
            std::vector<std::string>{});
    }
  }
}

TEST_CASE("a step of cpu allocates nothing of ours", "[cpu]") {
  class PackedBf16 final : public RandomSource {
   public:
    void words(int, std::span<uint32_t> out) override {
      for (uint32_t& w : out) w = 0x90000000u;
    }
  } words;
  for (const auto& [e, options, choices] : in_each_way(all_examples(6))) {
    const auto backend = cpu_by(2, choices);
    const auto memory = backend->allocate(e.graph, 2);
    fill_memory(*memory, 6);
    const auto plan = backend->compile(e.graph, options, *memory);
    fill_inputs(*plan, e.graph, 6);
    const double adam[] = {0, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
    const auto step = [&] {
      plan->forward(&words);
      plan->backward();
      memory->add_penalties();
      memory->clip_gradients(1);
      memory->update("adam", adam);
    };
    step();
    allocations = 0, vendor_allocations = 0;
    counting = true;
    step();
    counting = false;
    bool vendor = false;
    for (const std::string& line : plan->describe()) vendor = vendor || line.find("oneDNN") != std::string::npos;
    INFO(e.name);
    CHECK(allocations == 0);
    if (!vendor) CHECK(vendor_allocations == 0);
  }
}

TEST_CASE("NN_ISA refuses what is not there", "[cpu]") {
  const IsaSetting setting("sse9");
  CHECK_THROWS_AS(make_backend("cpu", 1), UsageError);
}

// SPDX-License-Identifier: MIT
#include "backend/peak.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nn {
namespace {

/// Multiply-adds of independent chains, enough to hide their latency; the values tend to b / (1 - a) and stay normal.
using Multiply = float (*)(int64_t rounds, float a, float b);
using Triad = void (*)(float* x, const float* y, const float* z, float s, int64_t n);

struct Kernels {
  const char* isa;
  Multiply multiply;
  double operations;  ///< of one round
  Triad triad;
};

constexpr int chains = 12;

float multiply_portable(int64_t rounds, float a, float b) {
  float x[chains * 4];
  for (int i = 0; i < chains * 4; ++i) x[i] = static_cast<float>(i);
  for (int64_t r = 0; r < rounds; ++r)
    for (float& v : x) v = v * a + b;
  float sum = 0;
  for (const float v : x) sum += v;
  return sum;
}

void triad_portable(float* x, const float* y, const float* z, float s, int64_t n) {
  for (int64_t i = 0; i < n; ++i) x[i] = y[i] + s * z[i];
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float multiply_avx2(int64_t rounds, float a, float b) {
  __m256 x[chains];
  for (int i = 0; i < chains; ++i) x[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(a), term = _mm256_set1_ps(b);
  for (int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) x[i] = _mm256_fmadd_ps(x[i], factor, term);
  }
  for (int i = 1; i < chains; ++i) x[0] = _mm256_add_ps(x[0], x[i]);
  return _mm256_cvtss_f32(x[0]);
}

__attribute__((target("avx2,fma"))) void triad_avx2(float* x, const float* y, const float* z, float s, int64_t n) {
  const __m256 factor = _mm256_set1_ps(s);
  for (int64_t i = 0; i < n; i += 8)
    _mm256_store_ps(x + i, _mm256_fmadd_ps(_mm256_load_ps(z + i), factor, _mm256_load_ps(y + i)));
}

__attribute__((target("avx512f"))) float multiply_avx512(int64_t rounds, float a, float b) {
  __m512 x[chains];
  for (int i = 0; i < chains; ++i) x[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(a), term = _mm512_set1_ps(b);
  for (int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) x[i] = _mm512_fmadd_ps(x[i], factor, term);
  }
  for (int i = 1; i < chains; ++i) x[0] = _mm512_add_ps(x[0], x[i]);
  return _mm512_cvtss_f32(x[0]);
}

__attribute__((target("avx512f"))) void triad_avx512(float* x, const float* y, const float* z, float s, int64_t n) {
  const __m512 factor = _mm512_set1_ps(s);
  for (int64_t i = 0; i < n; i += 16)
    _mm512_store_ps(x + i, _mm512_fmadd_ps(_mm512_load_ps(z + i), factor, _mm512_load_ps(y + i)));
}
#endif

Kernels widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {"avx512", multiply_avx512, 2.0 * 16 * chains, triad_avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"avx2", multiply_avx2, 2.0 * 8 * chains, triad_avx2};
#endif
  return {"portable", multiply_portable, 2.0 * 4 * chains, triad_portable};
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Most work a second of runs of about 2 ms each; work(repeats) does `repeats` units on all threads.
template <class Work>
double best_rate(double seconds, Work&& work) {
  constexpr double window = 0.002;
  int64_t repeats = 1;
  double best = 0;
  const double end = now() + seconds;
  for (double begin = now(); begin < end || best == 0;) {
    work(repeats);
    const double then = now(), taken = then - begin;
    begin = then;
    if (taken < window / 2) {
      repeats *= 2;
      continue;
    }
    best = std::max(best, static_cast<double>(repeats) / taken);
  }
  return best;
}

}  // namespace

std::string multiply_add_isa() { return widest().isa; }

double measure_multiply_adds(Team& team, double seconds) {
  const Kernels kernels = widest();
  constexpr int64_t rounds = 1000;
  volatile float factor = 0.9990234375F, term = 0.001F;
  std::vector<float> kept(static_cast<size_t>(team.size()) * 16);  // what is computed must be used
  const double rate = best_rate(seconds, [&](int64_t repeats) {
    team.run(team.size(), [&](int tile, int) {
      kept[static_cast<size_t>(tile) * 16] += kernels.multiply(rounds * repeats, factor, term);
    });
  });
  return rate * static_cast<double>(rounds) * kernels.operations * team.size() / 1e9;
}

double measure_triad(Team& team, size_t bytes, double seconds) {
  constexpr int64_t line = 16;
  const Triad triad = widest().triad;
  const int64_t lines = std::max<int64_t>(static_cast<int64_t>(bytes) / 12 / line, team.size());
  const auto make = [&] {
    return std::unique_ptr<float[], void (*)(float*)>(
        new (std::align_val_t{64}) float[static_cast<size_t>(lines * line)],
        [](float* p) { ::operator delete[](p, std::align_val_t{64}); });
  };
  const auto x = make(), y = make(), z = make();
  const auto each = [&](auto&& work) {
    team.run(team.size(), [&](int tile, int) {
      const auto [begin, end] = part_of(lines, tile, team.size());
      work(begin * line, (end - begin) * line);
    });
  };
  each([&](int64_t at, int64_t n) {  // each thread touches its own part first
    for (float* array : {x.get(), y.get(), z.get()}) std::fill(array + at, array + at + n, 1.0F);
  });
  const double rate = best_rate(seconds, [&](int64_t repeats) {
    each([&](int64_t at, int64_t n) {
      for (int64_t r = 0; r < repeats; ++r) triad(x.get() + at, y.get() + at, z.get() + at, 0.5F, n);
    });
  });
  return rate * 12.0 * static_cast<double>(lines * line) / 1e9;
}

Peak measure_peak(Team& team) {
  constexpr size_t beyond_caches = size_t{64} << 20;
  return {multiply_add_isa(), measure_multiply_adds(team), measure_triad(team, beyond_caches), beyond_caches};
}

}  // namespace nn

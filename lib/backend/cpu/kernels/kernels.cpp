// SPDX-License-Identifier: MIT
#include "backend/cpu/kernels/kernels.h"

#include <algorithm>
#include <cstdlib>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "backend/cpu/kernels/bf16.h"
#include "backend/formula/maps.h"
#include "backend/formula/updates.h"

namespace nn::cpu {

namespace portable {
extern const Kernels kernels;
}
#ifdef NN_X86_KERNELS
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#endif
#ifdef NN_AVX512_BF16_KERNELS
namespace avx512_bf16 {
extern const Bf16Kernels bf16_kernels;
}
#endif
#ifdef NN_AMX_KERNELS
namespace avx512_amx {
extern const Bf16Kernels bf16_kernels;
}
#endif

const MapEntry& Kernels::map(std::string_view name) const {
  for (int i = 0; i < map_count; ++i)
    if (name == maps[i].name) return maps[i];
  throw UsageError(unknown_name("function", name, formula::map_names()));
}

const UpdateEntry& Kernels::update(std::string_view name) const {
  for (int i = 0; i < update_count; ++i)
    if (name == updates[i].name) return updates[i];
  throw UsageError(unknown_name("update formula", name, formula::update_names()));
}

namespace {

#ifdef NN_AVX512_BF16_KERNELS
Kernels avx512_with(const char* isa, const Bf16Kernels& bf16) {
  Kernels k = avx512::kernels;
  k.isa = isa;
  k.in_bf16 = &bf16;
  return k;
}

/// Linux gives tiles only to a process that asks: arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA).
bool may_use_tiles() {
#if defined(__linux__) && defined(SYS_arch_prctl)
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
#else
  return false;
#endif
}
#endif

/// Tables of avx512 for processors that have instructions for bf16.
[[maybe_unused]] void add_native_bf16([[maybe_unused]] std::vector<const Kernels*>& tables) {
#ifdef NN_AVX512_BF16_KERNELS
  if (!__builtin_cpu_supports("avx512bf16")) return;
#ifdef NN_AMX_KERNELS
  static const Kernels with_tiles = avx512_with("avx512_amx", avx512_amx::bf16_kernels);
  static const bool tiles = __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && may_use_tiles();
  if (tiles) tables.push_back(&with_tiles);
#endif
  static const Kernels with_vectors = avx512_with("avx512_bf16", avx512_bf16::bf16_kernels);
  // Without tiles, Intel's products of bf16 vectors cost more than those of floats; AMD's cost half.
  if (__builtin_cpu_is("intel") && tables.empty()) tables.push_back(&avx512::kernels);
  tables.push_back(&with_vectors);
#endif
}

}  // namespace

std::vector<const Kernels*> usable_kernels() {
  std::vector<const Kernels*> tables;
#ifdef NN_X86_KERNELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma")) {
    add_native_bf16(tables);
    if (std::find(tables.begin(), tables.end(), &avx512::kernels) == tables.end()) tables.push_back(&avx512::kernels);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&avx2::kernels);
#endif
  tables.push_back(&portable::kernels);
  return tables;
}

const Kernels& choose_kernels() {
  const auto tables = usable_kernels();
  const char* wanted = std::getenv("NN_ISA");
  if (!wanted || !*wanted) return *tables.front();
  std::string names;
  for (const Kernels* k : tables) {
    if (wanted == std::string_view(k->isa)) return *k;
    names += std::string(names.empty() ? "" : ", ") + k->isa;
  }
  throw UsageError("NN_ISA: this processor runs " + names + "; found '" + wanted + "'");
}

}  // namespace nn::cpu

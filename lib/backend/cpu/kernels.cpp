// SPDX-License-Identifier: MIT
#include "backend/cpu/kernels.h"

#include <cstdlib>

#include "backend/formula/maps.h"
#include "backend/formula/updates.h"

namespace nn::cpu {

namespace portable { extern const Kernels kernels; }
#ifdef NN_X86_KERNELS
namespace avx2 { extern const Kernels kernels; }
namespace avx512 { extern const Kernels kernels; }
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

std::vector<const Kernels*> usable_kernels() {
  std::vector<const Kernels*> tables;
#ifdef NN_X86_KERNELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma"))
    tables.push_back(&avx512::kernels);
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

// SPDX-License-Identifier: MIT
#include "base/large_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace nn {

void ask_for_large_pages(void* begin, size_t bytes) {
  constexpr uintptr_t page = uintptr_t{1} << 21;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(begin) + page - 1) / page * page;
  const uintptr_t last = (reinterpret_cast<uintptr_t>(begin) + bytes) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace nn

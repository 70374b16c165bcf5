// SPDX-License-Identifier: MIT
#include "base/system/large_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace nn {

namespace {

constexpr uintptr_t page = uintptr_t{1} << 12;

uintptr_t up(uintptr_t address, uintptr_t unit) { return (address + unit - 1) / unit * unit; }

}  // namespace

void ask_for_large_pages(void* begin, size_t bytes) {
  const uintptr_t first = up(reinterpret_cast<uintptr_t>(begin), large_page);
  const uintptr_t last = (reinterpret_cast<uintptr_t>(begin) + bytes) / large_page * large_page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

void* zero_pages(size_t bytes) {
  const size_t size = up(bytes, page);
  // Room for one large page more, so that one begins in it; what is around is given back.
  void* all = mmap(nullptr, size + large_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(all);
  const size_t front = up(address, large_page) - address;
  char* begin = static_cast<char*>(all) + front;
  if (front > 0) munmap(all, front);
  if (front < large_page) munmap(begin + size, large_page - front);
  ask_for_large_pages(begin, size);
  return begin;
}

void free_pages(void* begin, size_t bytes) noexcept { munmap(begin, up(bytes, page)); }

}  // namespace nn

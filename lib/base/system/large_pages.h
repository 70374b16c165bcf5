// SPDX-License-Identifier: MIT
// Memory of many megabytes in large pages, so that its first use does not cost a page fault every 4 KiB.
#pragma once

#include <cstddef>

namespace nn {

constexpr size_t large_page = size_t{1} << 21;  ///< bytes

/// Asks for large pages under these bytes, before their first use. A refusal costs speed only.
void ask_for_large_pages(void* begin, size_t bytes);

/// vector.reserve(n) that asks for them.
template <class Vector>
void reserve_large(Vector& vector, size_t n) {
  if (vector.capacity() >= n) return;
  vector.reserve(n);
  ask_for_large_pages(vector.data() + vector.size(), (n - vector.size()) * sizeof(typename Vector::value_type));
}

/// Memory that is all 0, from the start of a large page on. Who first writes to a page makes it, so that many threads
/// share that work. std::bad_alloc when there is none.
void* zero_pages(size_t bytes);
void free_pages(void* begin, size_t bytes) noexcept;  ///< what zero_pages(bytes) gave

}  // namespace nn

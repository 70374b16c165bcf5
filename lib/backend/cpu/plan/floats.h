// SPDX-License-Identifier: MIT
// An array aligned to cache lines and set to 0; denormals off while a step runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "base/error.h"
#include "base/system/large_pages.h"

namespace nn::cpu {

template <class T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(int64_t n) : n_(n) {
    if (n <= 0) return;
    if (n > std::numeric_limits<int64_t>::max() / static_cast<int64_t>(2 * sizeof(T)))
      throw Error("an array is asked for that no memory holds");
    // Large arrays lie in large pages, as far as half of the last one is used at least: rows of a matrix are pages
    // apart, more than the processor has translations for.
    const size_t large = (bytes() + large_page / 2) / large_page * large_page,
                 pages = large > 0 ? std::max(bytes(), large) : 0;
    data_ = {static_cast<T*>(pages > 0 ? zero_pages(pages) : ::operator new(bytes(), line)), Free{pages}};
    if (pages == 0) std::memset(static_cast<void*>(data_.get()), 0, bytes());
  }
  T* get() const { return data_.get(); }
  T& operator[](int64_t i) const { return data_.get()[i]; }
  int64_t size() const { return n_; }
  size_t bytes() const { return static_cast<size_t>(n_) * sizeof(T); }

 private:
  static constexpr std::align_val_t line{64};
  struct Free {
    size_t pages = 0;
    void operator()(T* p) const { pages > 0 ? free_pages(p, pages) : ::operator delete(p, line); }
  };
  int64_t n_ = 0;
  std::unique_ptr<T, Free> data_;
};
using Floats = Aligned<float>;

/// Moments of weights without a gradient decay into denormals, which cost a hundred cycles each: flushed to 0 while
/// one of these lives, in the thread that holds it.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  FlushDenormals() {}
#endif
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

}  // namespace nn::cpu

// SPDX-License-Identifier: MIT
#include "base/system/large_pages.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "catch.h"

using namespace nn;

TEST_CASE("zero pages begin at a large page and are all 0, again after others were written and given back") {
  for (const size_t bytes : {size_t{1}, size_t{4096}, size_t{5'000'000}, size_t{6} << 20}) {
    INFO(bytes << " bytes");
    for (int again = 0; again < 3; ++again) {
      auto* p = static_cast<unsigned char*>(zero_pages(bytes));
      const std::span<unsigned char> all(p, bytes);
      CHECK(reinterpret_cast<uintptr_t>(p) % large_page == 0);
      CHECK(std::all_of(all.begin(), all.end(), [](unsigned char c) { return c == 0; }));
      std::fill(all.begin(), all.end(), static_cast<unsigned char>(255));
      free_pages(p, bytes);
    }
  }
}

TEST_CASE("pages beyond all memory are refused") { CHECK_THROWS_AS(zero_pages(size_t{1} << 60), std::bad_alloc); }

// SPDX-License-Identifier: MIT
// Catch2 2 (Debian 12) and 3 (Debian 13) behind one name; a skip prints "skipped: why".
#pragma once

#include <cstdio>
#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
/// Of text, as in Catch2 2; the name Contains is that of ranges in 3.
inline auto Contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
#else
#include <catch2/catch.hpp>
using Catch::Matchers::Contains;
#endif

#define NN_SKIP(why) \
  do {               \
    std::printf("skipped: %s\n", std::string(why).c_str()); \
    return;          \
  } while (false)

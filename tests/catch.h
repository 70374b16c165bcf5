// SPDX-License-Identifier: MIT
// Catch2 2 (Debian 12) and 3 (Debian 13) behind one name; a skip prints "skipped: why".
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::Contains;
#else
#include <catch2/catch.hpp>
using Catch::Matchers::Contains;
#endif

#include <cstdio>
#include <string>

#define NN_SKIP(why) \
  do {               \
    std::printf("skipped: %s\n", std::string(why).c_str()); \
    return;          \
  } while (false)

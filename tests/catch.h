// SPDX-License-Identifier: MIT
// Catch2 2 (Debian 12) and 3 (Debian 13) behind one name, and a skip that ctest counts with both.
//
// A test case that not every machine can run has a tag [needs-THING]; all cases of a room with that tag are one test of
// ctest, ROOM-needs-THING, which is counted as skipped when they end in NN_SKIP. Elsewhere NN_SKIP is a failure.
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

namespace nn_test {

/// Says that the case could not run; the program then ends with status 77 unless something failed (catch_main.cpp).
void skip(const std::string& why);

}  // namespace nn_test

#define NN_SKIP(why)    \
  do {                  \
    nn_test::skip(why); \
    SUCCEED("skipped"); \
    return;             \
  } while (false)

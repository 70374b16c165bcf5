// SPDX-License-Identifier: MIT
// Philox against the known-answer vectors of Random123 (kat_vectors, philox4x32 10); what is drawn from a stream.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/rng.h"
#include "catch.h"

using namespace nn;
using Four = std::array<uint32_t, 4>;

TEST_CASE("Philox gives the published words") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) == Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is the same words however it is asked") {
  Philox whole(7, "shuffle"), parts(7, "shuffle");
  std::vector<uint32_t> all(1000), pieces(1000), window(10);
  whole.words(all);
  for (size_t at = 0, step = 1; at < pieces.size();
       at += step, step = std::min<size_t>(step % 7 + 1, pieces.size() - at))
    parts.words(std::span(pieces).subspan(at, std::min(step, pieces.size() - at)));
  CHECK(all == pieces);
  whole.at(333, window);
  CHECK(std::equal(window.begin(), window.end(), all.begin() + 333));
  Philox resumed(7, "shuffle");
  resumed.restore(std::vector<uint64_t>{990});
  resumed.words(window);
  CHECK(std::equal(window.begin(), window.end(), all.begin() + 990));
  CHECK(resumed.state() == std::vector<uint64_t>{1000});
  CHECK_THROWS(resumed.restore(std::vector<uint64_t>{}));
}

TEST_CASE("uses and seeds do not share words") {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 50; ++seed)
    for (const char* use : {"shuffle", "init", "dropout", "augment", "split"}) {
      Philox stream(seed, use);
      const uint64_t high = stream.word();
      seen.insert(high << 32 | stream.word());
    }
  CHECK(seen.size() == 250);
}

TEST_CASE("draws have the right moments") {
  Philox stream(1, "test");
  const int n = 200000;
  double sum = 0, squares = 0, flat = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal(), u = stream.uniform();
    REQUIRE((u >= 0 && u < 1 && std::isfinite(x)));
    sum += x, squares += x * x, flat += u;
  }
  CHECK(std::abs(sum / n) < 0.01);  // 4.5 standard errors
  CHECK(std::abs(squares / n - 1) < 0.015);
  CHECK(std::abs(flat / n - 0.5) < 0.003);
  std::map<uint64_t, int> counts;
  for (int i = 0; i < 60000; ++i) ++counts[stream.below(6)];
  CHECK(counts.size() == 6);
  for (const auto& [value, count] : counts) CHECK(std::abs(count - 10000) < 450);
  CHECK(stream.below(1) == 0);
}

TEST_CASE("a permutation holds each number once") {
  Philox stream(3, "shuffle");
  std::vector<int64_t> order = stream.permutation(1000);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) REQUIRE(order[i] == static_cast<int64_t>(i));
  CHECK(stream.permutation(0).empty());
  std::map<std::vector<int64_t>, int> counts;
  for (int i = 0; i < 24000; ++i) ++counts[stream.permutation(4)];
  CHECK(counts.size() == 24);
  for (const auto& [permutation, count] : counts) CHECK(std::abs(count - 1000) < 160);
}

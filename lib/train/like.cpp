// SPDX-License-Identifier: MIT
#include "train/like.h"

#include <array>

#include "base/registry.h"

namespace nn {
namespace {

const std::array<Like, 2>& table() {
  static const std::array<Like, 2> all{{
      {.name = "pytorch"},
      {.name = "keras", .relative_threshold = false, .patience_counts_last = true, .cooldown_counts_cut = true, .least_change = 0,
       .first_nan_is_best = true},
  }};
  return all;
}

}  // namespace

const Like& like_named(const std::string& name) {
  for (const Like& like : table())
    if (like.name == name) return like;
  throw UsageError(unknown_name("framework", name, like_names()));
}

std::vector<std::string> like_names() {
  std::vector<std::string> names;
  for (const Like& like : table()) names.push_back(like.name);
  return names;
}

}  // namespace nn

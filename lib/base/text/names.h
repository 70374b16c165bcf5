// SPDX-License-Identifier: MIT
// Things that two files know by name (classes, features, targets) are matched by name, never by number.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nn {

/// Finds names among many. It keeps views of `known`, which must live as long.
class NameIndex {
 public:
  explicit NameIndex(std::span<const std::string> known);
  /// Where a name stands, from 0; -1 where it is not there.
  int64_t find(std::string_view name) const;

 private:
  std::unordered_map<std::string_view, int64_t> at_;
};

/// Where each of `names` stands in `known`, from 0. Error that lists the names (at most ten) that `known` lacks, and
/// what it holds. what: the kind in the singular, as "class".
std::vector<int64_t> places_of(std::span<const std::string> names, std::span<const std::string> known,
                               std::string_view what);

/// The names that are in `names` and not in `known`, in order.
std::vector<std::string> names_lacking(std::span<const std::string> names, std::span<const std::string> known);

/// "'ant', 'bee' and 40 more": names for a message, at most `most` of them.
std::string quoted_list(std::span<const std::string> names, size_t most = 10);

/// Error when a name stands twice.
void check_distinct(std::span<const std::string> names, std::string_view what);

}  // namespace nn

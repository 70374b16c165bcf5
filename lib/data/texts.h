// SPDX-License-Identifier: MIT
// Texts as columns: bytes one behind the other, as they came, and where each begins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace nn {

/// Takes texts one after the other.
class TextColumn {
 public:
  /// name: of the column, "text" or "name".
  explicit TextColumn(std::string name) : name_(std::move(name)) {}
  void add(std::string_view text);
  Column finish() &&;

 private:
  std::string name_;
  h5::Bytes bytes_;
  std::vector<int64_t> start_{0};
};

/// Text i of a ragged column of bytes; in memory.
std::string_view text_at(const Column& column, int64_t i);

/// What people should know of the texts of a data set, a sentence each: how many repeat an earlier one word for word,
/// also between splits, and which are not UTF-8, by name and place.
std::vector<std::string> remarks_on_texts(const Dataset& data);

}  // namespace nn

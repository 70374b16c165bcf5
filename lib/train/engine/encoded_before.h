// SPDX-License-Identifier: MIT
// nn-prep --encode --reuse: features of texts that were encoded before.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "data/dataset.h"

namespace nn {

class EncodedBefore {
 public:
  /// Of tokens, the features {N,D}.
  using Encode = std::function<h5::Array(const Column& tokens)>;

  /// A dataset that nn-prep --encode wrote. Error when it has no texts with features.
  EncodedBefore(const std::string& file, const Budget& budget);

  /// The features of the texts: those that are here are taken over, word for word; the others are encoded. Of those
  /// taken over the shortest and the longest are encoded, too, and compared. Error when they differ: another model or
  /// other options made the file.
  h5::Array features(const Column& texts, const Column& tokens, const Encode& encode);
  int64_t taken_over() const { return taken_over_; }

 private:
  void compare(const Column& texts, const Column& tokens, std::vector<int64_t> known, const Encode& encode) const;

  std::string file_;
  Dataset data_;
  int64_t width_ = 0, taken_over_ = 0;
  std::unordered_map<std::string_view, const float*> by_text_;
};

}  // namespace nn

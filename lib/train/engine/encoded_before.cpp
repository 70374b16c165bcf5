// SPDX-License-Identifier: MIT
#include "train/engine/encoded_before.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "data/texts.h"

namespace nn {

EncodedBefore::EncodedBefore(const std::string& file, const Budget& budget)
    : file_(printable(file)), data_(read_dataset(h5::Reader::open(file, "dataset", budget))) {
  for (const Split& split : data_.splits) {
    const Column* texts = split.column("text");
    const h5::Array& x = split.x();
    if (!texts || x.shape.rank() != 2 || x.type != h5::Type::f32)
      throw Error(fmt::format("{}: split {}: expected texts with features, as nn-prep --encode writes them", file_,
                              printable(split.name)));
    width_ = x.shape[1];
    const auto values = x.as<float>();
    for (int64_t i = 0; i < texts->size(); ++i)
      by_text_.emplace(text_at(*texts, i), values.data() + static_cast<size_t>(i * width_));
  }
}

void EncodedBefore::compare(const Column& texts, const Column& tokens, std::vector<int64_t> known,
                            const Encode& encode) const {
  constexpr size_t each_end = 2;
  std::ranges::stable_sort(known, {}, [&](int64_t row) { return tokens.length(row); });
  if (known.size() > 2 * each_end)
    known.erase(known.begin() + each_end, known.end() - static_cast<ptrdiff_t>(each_end));
  const h5::Array now = encode(rows_of_column(tokens, known));
  const auto values = now.as<float>();
  for (size_t i = 0; i < known.size(); ++i) {
    const float* before = by_text_.at(text_at(texts, known[i]));
    double most = 0, largest = 0;
    for (size_t k = 0; now.shape[1] == width_ && k < static_cast<size_t>(width_); ++k) {
      const double a = values[i * static_cast<size_t>(width_) + k], b = before[k];
      most = std::max(most, std::abs(a - b)), largest = std::max(largest, std::abs(a));
    }
    constexpr double rounding = 1e-5;  // of other instruction sets
    if (now.shape[1] != width_ || !(most <= rounding * largest))
      throw Error(fmt::format(
          "--reuse {}: was made by another model, or with other options: the same text has other features", file_));
  }
}

h5::Array EncodedBefore::features(const Column& texts, const Column& tokens, const Encode& encode) {
  std::vector<int64_t> known, fresh;
  for (int64_t i = 0; i < texts.size(); ++i) (by_text_.contains(text_at(texts, i)) ? known : fresh).push_back(i);
  if (known.empty()) return encode(tokens);
  compare(texts, tokens, known, encode);
  taken_over_ += static_cast<int64_t>(known.size());
  h5::Array all = h5::Array::unfilled(h5::Type::f32, Shape{texts.size(), width_});
  const auto to = all.as<float>();
  const auto put = [&](int64_t row, const float* from) {
    std::copy_n(from, width_, to.begin() + static_cast<ptrdiff_t>(row * width_));
  };
  for (const int64_t row : known) put(row, by_text_.at(text_at(texts, row)));
  if (fresh.empty()) return all;
  const h5::Array made = encode(rows_of_column(tokens, fresh));
  for (size_t i = 0; i < fresh.size(); ++i) put(fresh[i], made.as<float>().data() + i * static_cast<size_t>(width_));
  return all;
}

}  // namespace nn

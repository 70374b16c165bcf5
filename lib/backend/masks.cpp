// SPDX-License-Identifier: MIT
#include "backend/masks.h"

#include <algorithm>

namespace nn {

bool draws_words(const Op& op) {
  const auto* dropout = std::get_if<Dropout>(&op.what);
  return dropout && dropout->rate > 0;
}

std::optional<MaskStream> DescribedWords::described(int op) const {
  const auto place = std::count_if(graph_.ops.begin(), graph_.ops.begin() + op, draws_words);
  return masks_[static_cast<size_t>(place)];
}

void DescribedWords::words(int op, std::span<uint32_t> out) {
  const Op& made = graph_.ops[static_cast<size_t>(op)];
  if (!draws_words(made)) return std::fill(out.begin(), out.end(), ~uint32_t{0});
  const MaskStream mask = *described(op);
  const auto& dropout = std::get<Dropout>(made.what);
  const double rate = dropout.rate;
  const auto count = static_cast<size_t>(dropout.whole_samples ? 1 : graph_.value(made.output).shape.count());
  const Shape& image = mask.drawn_channels_last;
  const size_t channels = image.rank() == 3 ? static_cast<size_t>(image[0]) : 1, space = count / channels;
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t sample = i / count, channel = i % count / space, cell = i % space;
    out[i] = keeps(mask.numbers, rate, sample * count + cell * channels + channel) ? ~uint32_t{0} : 0;
  }
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "data/buckets.h"

#include <algorithm>

namespace nn {

std::vector<int64_t> in_buckets(std::span<const int64_t> rows, const Column& ragged, int64_t batch, int64_t window,
                                Stream& stream) {
  std::vector<int64_t> order(rows.begin(), rows.end());
  if (window <= 1 || batch < 1) return order;
  const auto size = static_cast<size_t>(batch), most = static_cast<size_t>(window) * size;
  std::vector<int64_t> sorted;
  for (size_t begin = 0; begin < order.size(); begin += most) {
    const size_t count = std::min(most, order.size() - begin), full = count / size, left = count % size;
    sorted.assign(order.begin() + static_cast<std::ptrdiff_t>(begin),
                  order.begin() + static_cast<std::ptrdiff_t>(begin + count));
    std::ranges::stable_sort(sorted, {}, [&](int64_t row) { return ragged.length(row); });
    // The first `left` rows make the last batch.
    std::copy_n(sorted.begin(), left, order.begin() + static_cast<std::ptrdiff_t>(begin + full * size));
    const std::vector<int64_t> places = stream.permutation(static_cast<int64_t>(full));
    for (size_t k = 0; k < full; ++k)
      std::copy_n(sorted.begin() + static_cast<std::ptrdiff_t>(left + static_cast<size_t>(places[k]) * size), size,
                  order.begin() + static_cast<std::ptrdiff_t>(begin + k * size));
  }
  return order;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "formats/models/torch/pickle_writer.h"

#include <bit>

namespace nn {

void PickleWriter::text(const std::string& value) {
  text_ += 'X';
  little(value.size(), 4);
  text_ += value;
}

void PickleWriter::integer(int64_t value) {
  if (value >= 0 && value < 256) {
    text_ += 'K';
    little(static_cast<uint64_t>(value), 1);
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    text_ += 'J';
    little(static_cast<uint64_t>(value), 4);
  } else {
    text_ += "\x8a\x08";
    little(static_cast<uint64_t>(value), 8);
  }
}

void PickleWriter::real(double value) {
  text_ += 'G';
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) text_ += static_cast<char>(bits >> shift & 255);
}

void PickleWriter::pair(double first, double second) {
  real(first), real(second);
  text_ += '\x86';
}

void PickleWriter::tensor(const Shape& shape, std::span<const float> values) {
  text_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
  text("storage");
  text_ += "ctorch\nFloatStorage\n";
  text(std::to_string(storages_.size()));
  text("cpu");
  integer(shape.count());
  text_ += "tQ";
  integer(0);
  integers(shape.dims());
  std::vector<int64_t> strides(shape.rank(), 1);
  for (size_t i = shape.rank(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  integers(strides);
  text_ += '\x89';
  ordered_dict();
  text_ += "tR";
  storages_.push_back(values);
}

void PickleWriter::scalar(float value) {
  scalars_.push_back(value);
  tensor(Shape{}, std::span(&scalars_.back(), 1));
}

void PickleWriter::little(uint64_t value, size_t n) {
  for (size_t i = 0; i < n; ++i) text_ += static_cast<char>(value >> (8 * i) & 255);
}

void PickleWriter::integers(const std::vector<int64_t>& values) {
  text_ += '(';
  for (const int64_t value : values) integer(value);
  text_ += 't';
}

}  // namespace nn

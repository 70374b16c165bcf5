// SPDX-License-Identifier: MIT
#include "base/shape.h"

#include "base/error.h"

namespace nn {

int64_t Shape::count() const {
  int64_t product = 1;
  for (int64_t d : dims_)
    if (d < 0 || __builtin_mul_overflow(product, d, &product)) throw Error("shape " + text() + " is too large");
  return product;
}

Shape Shape::with_batch(int64_t n) const {
  std::vector<int64_t> dims{n};
  dims.insert(dims.end(), dims_.begin(), dims_.end());
  return Shape(std::move(dims));
}

Shape Shape::without_first() const { return Shape(std::vector<int64_t>(dims_.begin() + 1, dims_.end())); }

std::string Shape::text() const {
  if (dims_.empty()) return "scalar";
  std::string out;
  for (size_t i = 0; i < dims_.size(); ++i) out += (i ? "x" : "") + std::to_string(dims_[i]);
  return out;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// Extents of an array, slowest axis first (N,C,H,W). Products are checked for overflow.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace nn {

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<int64_t> dims) : dims_(std::move(dims)) {}

  size_t rank() const { return dims_.size(); }
  int64_t operator[](size_t axis) const { return dims_[axis]; }
  int64_t& operator[](size_t axis) { return dims_[axis]; }
  const std::vector<int64_t>& dims() const { return dims_; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  bool operator==(const Shape&) const = default;

  /// Product of the extents, 1 for rank 0. Throws Error when negative or beyond int64.
  int64_t count() const;
  /// The same with a batch axis in front: {n, dims...}.
  Shape with_batch(int64_t n) const;
  /// Without the first axis. Precondition: rank > 0.
  Shape without_first() const;
  /// "1x28x28"; "scalar" for rank 0.
  std::string text() const;

 private:
  std::vector<int64_t> dims_;
};

}  // namespace nn

// SPDX-License-Identifier: MIT
// Orthogonal rows or columns (Saxe et al. 2013): a normal matrix, orthonormalised. Gram-Schmidt run twice is stable and
// gives the Q whose R has a positive diagonal, which is the sign rule of torch and Keras.
#include <algorithm>
#include <cmath>
#include <vector>

#include "layers/initializer.h"

namespace nn {
namespace {

/// vectors: count rows of `length` values, count <= length.
void orthonormalise(std::vector<double>& vectors, size_t count, size_t length) {
  for (size_t i = 0; i < count; ++i) {
    double* v = &vectors[i * length];
    for (int pass = 0; pass < 2; ++pass)
      for (size_t j = 0; j < i; ++j) {
        const double* u = &vectors[j * length];
        double dot = 0;
        for (size_t k = 0; k < length; ++k) dot += u[k] * v[k];
        for (size_t k = 0; k < length; ++k) v[k] -= dot * u[k];
      }
    double square = 0;
    for (size_t k = 0; k < length; ++k) square += v[k] * v[k];
    const double norm = std::sqrt(square);
    for (size_t k = 0; k < length; ++k) v[k] = norm > 0 ? v[k] / norm : 0;
  }
}

class Orthogonal final : public Initializer {
 public:
  void options(OptionSet& set) override {
    set.add("gain", gain_, "X", "factor").by_place().called("pytorch", "gain").called("keras", "scale, gain");
  }
  /// The matrix is {outputs, the rest}, in Keras {the rest, outputs}; what is drawn is one of its shape, in Keras and
  /// where it has no fewer rows than columns with the vectors for columns.
  bool needs_fans() const override { return true; }
  void fill(const Param& param, Draws& draws, std::span<double> w) const override {
    if (w.empty()) return;
    const size_t outputs = param.shape.rank() > 1 ? static_cast<size_t>(param.shape[0]) : 1,
                 others = w.size() / outputs;
    const size_t rows = draws.outputs_last() ? others : outputs, columns = w.size() / rows;
    const size_t count = std::min(rows, columns), length = std::max(rows, columns);
    std::vector<double> drawn(w.size()), vectors(w.size());
    draws.normal(0, 1, drawn);
    const bool as_rows = rows < columns && !draws.outputs_last();
    for (size_t i = 0; i < count; ++i)
      for (size_t k = 0; k < length; ++k)
        vectors[i * length + k] = as_rows ? drawn[i * length + k] : drawn[k * count + i];
    orthonormalise(vectors, count, length);
    for (size_t r = 0; r < rows; ++r)
      for (size_t c = 0; c < columns; ++c)
        w[r * columns + c] =
            static_cast<float>(gain_ * (rows < columns ? vectors[r * length + c] : vectors[c * length + r]));
  }

 private:
  double gain_ = 1;
};

}  // namespace

extern const InitializerType orthogonal_initializer;
const InitializerType orthogonal_initializer{
    "orthogonal",
    "orthonormal rows or columns times gain",
    []() -> std::unique_ptr<Initializer> { return std::make_unique<Orthogonal>(); },
    {"orthogonal_", "Orthogonal"}};

}  // namespace nn

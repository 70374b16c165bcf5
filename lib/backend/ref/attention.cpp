// SPDX-License-Identifier: MIT
// Attention of the rows of a sample to each other, head by head (Vaswani et al. 2017, Attention Is All You Need), with
// a bias by the distance of key and query. The gradient makes the probabilities again.
#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"
#include "backend/relative.h"

namespace nn::ref {

namespace {
template <class T>
class AttentionRunner final : public SampleRunner<T> {
 public:
  AttentionRunner(const Attention& op, const Setup& setup)
      : heads_(op.heads),
        buckets_(op.buckets),
        width_(setup.in().count() / 3),
        each_(width_ / op.heads),
        factor_(1 / std::sqrt(static_cast<double>(each_))),
        bias_sums_(static_cast<size_t>(setup.training ? setup.samples * buckets_ * heads_ : 0)) {}
  size_t bytes() const override { return bias_sums_.size() * sizeof(double); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_row(d, begin, end, [&](const Row& row) {
      for (int64_t c = 0; c < each_; ++c) {
        double sum = 0;
        for (int64_t j = 0; j < row.count; ++j)
          sum += row.share[static_cast<size_t>(j)] * value(d.x[0], row.first + j, 2, row.head, c);
        d.y[row.place * width_ + row.head * each_ + c] = static_cast<T>(sum);
      }
    });
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0] && !d.optional_dparam(0)) return;
    std::fill(bias_sums_.begin() + begin * buckets_ * heads_, bias_sums_.begin() + end * buckets_ * heads_, 0.0);
    each_row(d, begin, end, [&](const Row& row) {
      const T* dy = d.dy + row.place * width_ + row.head * each_;
      std::vector<double> slope(static_cast<size_t>(row.count));  // of the shares, then of the scores
      double dot = 0;
      for (int64_t j = 0; j < row.count; ++j) {
        double& s = slope[static_cast<size_t>(j)];
        for (int64_t c = 0; c < each_; ++c)
          s += static_cast<double>(dy[c]) * value(d.x[0], row.first + j, 2, row.head, c);
        dot += s * row.share[static_cast<size_t>(j)];
      }
      for (int64_t j = 0; j < row.count; ++j) {
        const double share = row.share[static_cast<size_t>(j)], ds = share * (slope[static_cast<size_t>(j)] - dot);
        if (buckets_ > 0) bias_sums_[bias_place(row, j)] += ds;
        if (!d.dx[0]) continue;
        for (int64_t c = 0; c < each_; ++c) {
          add(d.dx[0], row.place, 0, row.head, c, ds * factor_ * value(d.x[0], row.first + j, 1, row.head, c));
          add(d.dx[0], row.first + j, 1, row.head, c, ds * factor_ * value(d.x[0], row.place, 0, row.head, c));
          add(d.dx[0], row.first + j, 2, row.head, c, share * static_cast<double>(dy[c]));
        }
      }
    });
  }

  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    T* bias = d.optional_dparam(0);
    if (!bias) return;
    const int64_t n = buckets_ * heads_;
    for (int64_t i = n * part / parts; i < n * (part + 1) / parts; ++i) {
      double sum = 0;
      for (int64_t s = 0; s < d.samples; ++s) sum += bias_sums_[static_cast<size_t>(s * n + i)];
      bias[i] += static_cast<T>(sum);
    }
  }

 private:
  /// A query of a head, and what it takes of each row of its sample.
  struct Row {
    int64_t sample, first, count, place, head;
    std::vector<double> share;
  };
  template <class Visit>
  void each_row(const OpData<T>& d, int64_t begin, int64_t end, Visit&& visit) const {
    Row row{};
    for (row.sample = begin; row.sample < end; ++row.sample) {
      row.first = d.start[row.sample], row.count = d.start[row.sample + 1] - row.first;
      for (row.place = row.first; row.place < row.first + row.count; ++row.place)
        for (row.head = 0; row.head < heads_; ++row.head) {
          find_shares(d, row);
          visit(row);
        }
    }
  }
  void find_shares(const OpData<T>& d, Row& row) const {
    row.share.assign(static_cast<size_t>(row.count), 0.0);
    const T* bias = d.optional_param(0);
    for (int64_t j = 0; j < row.count; ++j) {
      double& score = row.share[static_cast<size_t>(j)];
      for (int64_t c = 0; c < each_; ++c)
        score += value(d.x[0], row.place, 0, row.head, c) * value(d.x[0], row.first + j, 1, row.head, c);
      score *= factor_;
      if (bias) score += static_cast<double>(bias[bucket(row, j) * heads_ + row.head]);
    }
    const double largest = *std::max_element(row.share.begin(), row.share.end());
    double sum = 0;
    for (double& s : row.share) sum += s = std::exp(s - largest);
    for (double& s : row.share) s /= sum;
  }
  int64_t bucket(const Row& row, int64_t j) const { return relative_bucket(row.first + j - row.place, buckets_); }
  size_t bias_place(const Row& row, int64_t j) const {
    return static_cast<size_t>((row.sample * buckets_ + bucket(row, j)) * heads_ + row.head);
  }
  /// which: 0 the query, 1 the key, 2 the value of a row.
  int64_t at(int64_t row, int64_t which, int64_t head, int64_t column) const {
    return row * 3 * width_ + which * width_ + head * each_ + column;
  }
  double value(const T* x, int64_t row, int64_t which, int64_t head, int64_t column) const {
    return static_cast<double>(x[at(row, which, head, column)]);
  }
  void add(T* dx, int64_t row, int64_t which, int64_t head, int64_t column, double what) const {
    dx[at(row, which, head, column)] += static_cast<T>(what);
  }

  int64_t heads_, buckets_, width_, each_;  // columns of all heads, of one
  double factor_;
  std::vector<double> bias_sums_;  // {samples, buckets, heads}
};
}  // namespace

template <class T>
Runner<T> make(const Attention& op, const Setup& setup) {
  return std::make_unique<AttentionRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Attention);

}  // namespace nn::ref

// SPDX-License-Identifier: MIT
// Channels seen as {groups, C/groups}, transposed: channel j of group i goes to place j * groups + i.
#include <algorithm>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class ShuffleRunner final : public SampleRunner<T> {
 public:
  ShuffleRunner(const Shuffle& op, const Setup& setup)
      : groups_(op.groups), channels_(setup.in()[0]), space_(elements_from(setup.in(), 1)) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_plane(begin, end, [&](int64_t from, int64_t to) { std::copy_n(d.x[0] + from, space_, d.y + to); });
  }
  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    each_plane(begin, end, [&](int64_t from, int64_t to) {
      for (int64_t i = 0; i < space_; ++i) d.dx[0][from + i] += d.dy[to + i];
    });
  }

 private:
  template <class Visit>
  void each_plane(int64_t begin, int64_t end, Visit&& visit) const {
    const int64_t each = channels_ / groups_;
    for (int64_t n = begin; n < end; ++n)
      for (int64_t c = 0; c < channels_; ++c)
        visit((n * channels_ + c) * space_, (n * channels_ + c % each * groups_ + c / each) * space_);
  }
  int64_t groups_, channels_, space_;
};
}  // namespace

template <class T>
Runner<T> make(const Shuffle& op, const Setup& setup) {
  return std::make_unique<ShuffleRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Shuffle);

}  // namespace nn::ref

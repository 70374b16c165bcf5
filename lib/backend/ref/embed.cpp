// SPDX-License-Identifier: MIT
// Ids to rows: the row of the word, of the position in the sample, and of type 0.
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class EmbedRunner final : public SampleRunner<T> {
 public:
  explicit EmbedRunner(const Embed& op) : op_(op) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t s = begin; s < end; ++s)
      for (int64_t r = d.start[s]; r < d.start[s + 1]; ++r) {
        const T* word = d.param[0] + checked_id(d.ids, r, op_.vocabulary) * op_.width;
        const T* position = op_.positions ? d.param[1] + (op_.first + r - d.start[s]) * op_.width : nullptr;
        const T* type = op_.types ? d.param[types()] : nullptr;
        for (int64_t i = 0; i < op_.width; ++i)
          d.y[r * op_.width + i] = word[i] + (type ? type[i] : T(0)) + (position ? position[i] : T(0));
      }
  }
  void input_gradient(const OpData<T>&, int64_t, int64_t) override {}

  /// A part of the rows of each table; what is added to one of them, in the order of the rows of y.
  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    const auto add = [&](T* table, int64_t extent, int64_t at, int64_t r) {
      if (!table || at < extent * part / parts || at >= extent * (part + 1) / parts) return;
      for (int64_t i = 0; i < op_.width; ++i) table[at * op_.width + i] += d.dy[r * op_.width + i];
    };
    for (int64_t s = 0; s < d.samples; ++s)
      for (int64_t r = d.start[s]; r < d.start[s + 1]; ++r) {
        add(d.dparam[0], op_.vocabulary, d.ids[r], r);
        if (op_.positions) add(d.dparam[1], op_.positions, op_.first + r - d.start[s], r);
        if (op_.types) add(d.dparam[types()], op_.types, 0, r);
      }
  }

 private:
  size_t types() const { return op_.positions ? 2 : 1; }
  Embed op_;
};
}  // namespace

template <class T>
Runner<T> make(const Embed& op, const Setup&) {
  return std::make_unique<EmbedRunner<T>>(op);
}
NN_REF_INSTANTIATE(Embed);

}  // namespace nn::ref

// SPDX-License-Identifier: MIT
#include "backend/cuda/gather.h"

#include "backend/cuda/rows.h"

namespace nn::cuda {
namespace gather {

NN_KERNEL bytes(RowsPlace rows, int64_t count, int64_t area, const uint8_t* from, const float* values, float* x) {
  const int64_t i = me();
  if (i >= rows.batch * count) return;
  const int64_t k = i % count;
  x[i] = values[k / area * 256 + from[row_of(rows, i / count) * count + k]];
}
NN_KERNEL copy(RowsPlace rows, int64_t count, const float* from, float* to) {
  const int64_t i = me();
  if (i < rows.batch * count) to[i] = from[row_of(rows, i / count) * count + i % count];
}

/// Of one sample; of targets: how many of its outputs.
NN_DEVICE int64_t hits_of(const OutcomePlace& o, int64_t n) {
  const float* y = o.outputs + n * o.width;
  int64_t count = 0;
  if (o.rule == HitRule::targets) {
    for (int64_t k = 0; k < o.width; ++k) count += (y[k] > 0) == (o.targets[n * o.width + k] > 0.5f);
  } else if (o.rule == HitRule::threshold) {
    count = y[0] == y[0] && (y[0] > 0) == (label_of(o.labels, n) == 1);
  } else if (o.rule == HitRule::first_maximum) {
    int64_t best = 0;
    bool numbers = true;
    for (int64_t k = 0; k < o.width; ++k) {
      numbers = numbers && y[k] == y[k];
      if (y[k] > y[best]) best = k;
    }
    count = numbers && best == label_of(o.labels, n);
  }
  return count;
}
NN_KERNEL outcome(OutcomePlace o, bool last) {
  NN_SHARED(double, scratch);
  double hits = 0, loss = 0;
  for (int64_t n = threadIdx.x; n < o.batch; n += blockDim.x) {
    hits += static_cast<double>(hits_of(o, n));
    if (o.sample_loss) loss += o.sample_loss[n];
  }
  hits = sum_of_block(hits, scratch);
  loss = sum_of_block(loss, scratch);
  if (threadIdx.x != 0) return;
  if (o.sample_loss) *o.loss = loss / static_cast<double>(o.batch);
  StepOutcome& to = o.outcomes[*o.step];
  to.loss = o.loss ? *o.loss : 0;
  to.hits = static_cast<int64_t>(hits);
  if (last) ++*o.step;
}

}  // namespace gather

void launch_bytes(Device& device, const RowsPlace& rows, int64_t count, int64_t channels, const uint8_t* bytes,
                  const float* values, float* x) {
  launch(device, &gather::bytes, each(rows.batch * count), rows, count, count / channels, bytes, values, x);
}
void launch_floats(Device& device, const RowsPlace& rows, int64_t count, const float* from, float* to) {
  launch(device, &gather::copy, each(rows.batch * count), rows, count, from, to);
}
void launch_outcome(Device& device, const OutcomePlace& place, bool last) {
  launch(device, &gather::outcome, blocks(1), place, last);
}

}  // namespace nn::cuda

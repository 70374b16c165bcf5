// SPDX-License-Identifier: MIT
// Rows and labels of a batch, as kernels find them. Device code.
#pragma once

#include "backend/cuda/launch.h"
#include "backend/cuda/step.h"

namespace nn::cuda {

NN_DEVICE int64_t row_of(const RowsPlace& r, int64_t n) { return r.rows ? r.rows[*r.step * r.batch + n] : n; }
NN_DEVICE int64_t label_of(const LabelsPlace& l, int64_t n) { return l.labels[row_of(l.rows, n)]; }

}  // namespace nn::cuda

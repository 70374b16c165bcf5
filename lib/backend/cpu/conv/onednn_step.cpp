// SPDX-License-Identifier: MIT
// Convolution by oneDNN, where the build has it and it may run beside the kernels in use.
#include "backend/cpu/plan/pattern.h"

#ifdef NN_HAVE_ONEDNN
#include "backend/cpu/conv/onednn/onednn.h"
#endif

namespace nn::cpu {

extern const Pattern conv_columns_pattern, conv_onednn_pattern;

int library_major([[maybe_unused]] const Kernels& kernels) {
#ifdef NN_HAVE_ONEDNN
  return onednn::usable_major(kernels.isa, &kernels == usable_kernels().front());
#else
  return 0;
#endif
}

namespace {

size_t match(const Chain& c) {
  const Conv* op = c.as<Conv>(0);
  return op && op->groups == 1 && library_major(c.kernels) > 0 ? 1 : 0;
}

StepPointer make(StepData data) {
#ifdef NN_HAVE_ONEDNN
  if (StepPointer step = onednn::make_conv(data)) return step;
#endif
  return conv_columns_pattern.make(std::move(data));
}

}  // namespace

const Pattern conv_onednn_pattern{"conv_onednn", &match, only(Layout::nchw), only(Layout::nchw), false, &make};

}  // namespace nn::cpu

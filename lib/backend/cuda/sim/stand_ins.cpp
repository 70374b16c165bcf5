// SPDX-License-Identifier: MIT
#include "backend/cuda/sim/stand_ins.h"

#include <cstring>
#include <stdexcept>
#include <vector>

namespace nn::cuda {
namespace {

constexpr size_t workspace_bytes = 64;

void use(void* workspace) {
  if (!workspace) throw std::runtime_error("a library was given no workspace");
  std::memset(workspace, 0xFF, workspace_bytes);
}

class StandInGemm final : public Routine {
 public:
  StandInGemm(const GemmRequest& r, Later later) : r_(r), later_(std::move(later)) {}
  std::string name() const override { return "cuBLASLt"; }
  size_t workspace() const override { return workspace_bytes; }
  void launch(const float* a, const float* b, float* c, const float* bias, bool add, void* workspace) const override {
    later_([=, r = r_] {
      use(workspace);
      const bool forward = r.pass == Pass::forward, input = r.pass == Pass::input_gradient;
      const int64_t m = r.pass == Pass::weight_gradient ? r.out : r.rows, n = forward ? r.out : r.in,
                    k = forward ? r.in
                        : input ? r.out
                                : r.rows;
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          double sum = r.bias ? static_cast<double>(bias[j]) : 0;
          for (int64_t t = 0; t < k; ++t)
            sum += forward ? static_cast<double>(a[i * r.in + t]) * static_cast<double>(b[j * r.in + t])
                   : input ? static_cast<double>(a[i * r.out + t]) * static_cast<double>(b[t * r.in + j])
                           : static_cast<double>(b[t * r.out + i]) * static_cast<double>(a[t * r.in + j]);
          float& to = c[i * n + j];
          to = static_cast<float>(sum) + (add ? to : 0.0F);
        }
    });
  }

 private:
  GemmRequest r_;
  Later later_;
};

class StandInConv final : public Routine {
 public:
  StandInConv(const ConvRequest& r, Later later) : r_(r), later_(std::move(later)) {}
  std::string name() const override { return "cuDNN"; }
  size_t workspace() const override { return workspace_bytes; }
  void launch(const float* x, const float* w, float* y, const float*, bool, void* workspace) const override {
    later_([=, r = r_] {
      use(workspace);
      run(r, const_cast<float*>(x), const_cast<float*>(w), y);
    });
  }

 private:
  /// Every product of a pixel, a weight and an output, added to whichever is asked for.
  static void run(const ConvRequest& r, float* x, float* w, float* y) {
    const size_t sizes[3] = {static_cast<size_t>(r.n * r.k * r.p * r.q), static_cast<size_t>(r.n * r.c * r.h * r.w),
                             static_cast<size_t>(r.k * r.c * r.kernel_h * r.kernel_w)};
    std::vector<double> sums(sizes[static_cast<size_t>(r.pass)]);
    for (int64_t n = 0; n < r.n; ++n)
      for (int64_t k = 0; k < r.k; ++k)
        for (int64_t c = 0; c < r.c; ++c)
          for (int64_t at = 0; at < r.p * r.q; ++at)
            for (int64_t tap = 0; tap < r.kernel_h * r.kernel_w; ++tap) {
              const int64_t row = at / r.q * r.stride_h + tap / r.kernel_w * r.dilation_h - r.pad_top;
              const int64_t column = at % r.q * r.stride_w + tap % r.kernel_w * r.dilation_w - r.pad_left;
              if (row < 0 || row >= r.h || column < 0 || column >= r.w) continue;
              const auto xi = static_cast<size_t>(((n * r.c + c) * r.h + row) * r.w + column);
              const auto wi = static_cast<size_t>((k * r.c + c) * r.kernel_h * r.kernel_w + tap);
              const auto yi = static_cast<size_t>((n * r.k + k) * r.p * r.q + at);
              if (r.pass == Pass::forward)
                sums[yi] += static_cast<double>(x[xi]) * static_cast<double>(w[wi]);
              else if (r.pass == Pass::input_gradient)
                sums[xi] += static_cast<double>(y[yi]) * static_cast<double>(w[wi]);
              else
                sums[wi] += static_cast<double>(y[yi]) * static_cast<double>(x[xi]);
            }
    float* const to = r.pass == Pass::forward ? y : r.pass == Pass::input_gradient ? x : w;
    for (size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<float>(sums[i]);
  }
  ConvRequest r_;
  Later later_;
};

}  // namespace

std::unique_ptr<Routine> stand_in(const GemmRequest& request, Later later) {
  return std::make_unique<StandInGemm>(request, std::move(later));
}
std::unique_ptr<Routine> stand_in(const ConvRequest& request, Later later) {
  return std::make_unique<StandInConv>(request, std::move(later));
}

}  // namespace nn::cuda

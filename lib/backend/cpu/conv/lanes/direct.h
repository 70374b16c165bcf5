// SPDX-License-Identifier: MIT
// The sums as they are defined, for any kernel, stride and padding. A method that does better in one place only is a
// subclass.
#pragma once

#include "backend/cpu/conv/lanes/lanes_step.h"

namespace nn::cpu {

class ConvLanesDirectStep : public ConvLanesStep {
 public:
  explicit ConvLanesDirectStep(StepData data) : ConvLanesDirectStep(std::move(data), {}) {}
  std::string kernel() const override { return "lanes, direct"; }

 protected:
  /// What a subclass needs beyond this class.
  struct More {
    int64_t frame_w = 0;  ///< at least
    int64_t packed = 0;   ///< floats behind packed_size()
  };
  ConvLanesDirectStep(StepData data, const More& more);

  void pack(const Tile& tile, const float* weights, float* packed) override;
  void forward_vector(const Tile& tile, int64_t v, const Planes& x, const float* packed, const Planes& y,
                      const LanesAfter& after) override;
  void go_back(const Tile& tile, const Planes& dy, const Planes& dx, const float* packed, float* gradient) final;
  void collect(int64_t begin, int64_t end, float* gradient) const final;

  int64_t packed_size() const { return weights_ * (d.training ? 2 : 1); }

  const int64_t weights_;

 private:
  void plan_gradient();
  /// The weights' gradient is taken from what is stored behind the pooling.
  bool windows() const { return pool_ && k_.window_weights && s_.stride_h == 1 && s_.stride_w == 1; }
  void add_products(const Tile& tile, int64_t v, const Planes& dy, const Planes& g, float* sums) const;

  bool g_has_holes_ = false;
  int64_t step_h_ = 1, step_w_ = 1, g_top_ = 0, g_left_ = 0, g_h_ = 0, g_w_ = 0;
  int64_t g_part_ = 0, sums_part_ = 0;
};

}  // namespace nn::cpu

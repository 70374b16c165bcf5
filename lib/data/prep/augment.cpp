// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/options.h"
#include "data/prep/step.h"

namespace nn {
namespace {

struct AugmentOptions {
  int64_t shift = 0, erase = 0;
  double rotate = 0;
  std::string flip;

  explicit AugmentOptions(const std::string& argument) {
    OptionSet set;
    set.add("shift", shift, "PIXELS", "shift by up to PIXELS in both directions");
    set.add("flip", flip, "h|v|hv", "mirror half of the samples: h, v or hv");
    set.add("rotate", rotate, "DEGREES", "rotate by up to DEGREES");
    set.add("erase", erase, "PIXELS", "erase a square of PIXELS at a random place");
    apply_spec(parse_spec("augment," + argument, ','), set);
    if (shift < 0 || erase < 0 || !(rotate >= 0 && rotate <= 180))
      throw UsageError(fmt::format("augment: '{}' is out of range", argument));
    if (!flip.empty() && flip != "h" && flip != "v" && flip != "hv")
      throw UsageError(fmt::format("augment: flip is h, v or hv, found '{}'", flip));
    if (shift == 0 && erase == 0 && rotate == 0 && flip.empty())
      throw UsageError("augment: nothing to do; give some of shift=PIXELS, flip=h, rotate=DEGREES, erase=PIXELS");
  }
};

/// Even in 0..n-1 from one word.
int64_t pick(uint32_t word, int64_t n) {
  return static_cast<int64_t>(static_cast<uint64_t>(word) * static_cast<uint64_t>(n) >> 32);
}

/// Where the image is read for a place of the output.
struct View {
  int64_t dx = 0, dy = 0;
  bool mirror_x = false, mirror_y = false;
  double cos = 1, sin = 0;
};

/// Six words per sample, whatever is asked for: x, y, flips, angle, place to erase x, y.
class Augment final : public PrepStep {
 public:
  Augment(const std::string& argument, const StepContext& context)
      : options_(argument), shape_(context.shape), background_(context.background()) {
    if (shape_.rank() != 3) throw Error(fmt::format("augment is for images, the samples have shape {}", shape_.text()));
    const int64_t side = std::min(shape_[1], shape_[2]);
    if (options_.shift >= side || options_.erase > side)
      throw Error(fmt::format("augment: shift={},erase={} does not fit images of {}", options_.shift, options_.erase,
                              shape_.text()));
  }
  Shape output_shape() const override { return shape_; }
  bool augments() const override { return true; }
  size_t words() const override { return 6; }
  void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t> random) const override {
    View view;
    view.dx = pick(random[0], 2 * options_.shift + 1) - options_.shift;
    view.dy = pick(random[1], 2 * options_.shift + 1) - options_.shift;
    view.mirror_x = (random[2] & 1) != 0 && options_.flip.find('h') != std::string::npos;
    view.mirror_y = (random[2] & 2) != 0 && options_.flip.find('v') != std::string::npos;
    const auto area = static_cast<size_t>(shape_[1] * shape_[2]);
    if (options_.rotate > 0) {
      const double angle = options_.rotate * std::numbers::pi / 180 * (static_cast<double>(random[3]) * 0x1p-31 - 1);
      view.cos = std::cos(angle);
      view.sin = std::sin(angle);
    }
    for (size_t c = 0; c < static_cast<size_t>(shape_[0]); ++c) {
      if (options_.rotate > 0)
        turn(in.subspan(c * area, area), out.subspan(c * area, area), view);
      else
        move(in.subspan(c * area, area), out.subspan(c * area, area), view);
    }
    if (options_.erase > 0)
      erase(out, pick(random[4], shape_[2] - options_.erase + 1), pick(random[5], shape_[1] - options_.erase + 1));
  }

 private:
  float pixel(std::span<const float> in, int64_t x, int64_t y) const {
    const int64_t h = shape_[1], w = shape_[2];
    return x < 0 || y < 0 || x >= w || y >= h ? background_ : in[static_cast<size_t>(y * w + x)];
  }
  void move(std::span<const float> in, std::span<float> out, const View& v) const {
    const int64_t h = shape_[1], w = shape_[2];
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) {
        const int64_t fx = x - v.dx, fy = y - v.dy;
        out[static_cast<size_t>(y * w + x)] = pixel(in, v.mirror_x ? w - 1 - fx : fx, v.mirror_y ? h - 1 - fy : fy);
      }
  }
  /// About the middle of the image, between pixels by their two-way mean.
  void turn(std::span<const float> in, std::span<float> out, const View& v) const {
    const int64_t h = shape_[1], w = shape_[2];
    const double mx = static_cast<double>(w - 1) / 2, my = static_cast<double>(h - 1) / 2;
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) {
        const double px = static_cast<double>(x - v.dx) - mx, py = static_cast<double>(y - v.dy) - my;
        double fx = mx + v.cos * px + v.sin * py, fy = my - v.sin * px + v.cos * py;
        if (v.mirror_x) fx = static_cast<double>(w - 1) - fx;
        if (v.mirror_y) fy = static_cast<double>(h - 1) - fy;
        const double x0 = std::floor(fx), y0 = std::floor(fy), ax = fx - x0, ay = fy - y0;
        const auto ix = static_cast<int64_t>(x0), iy = static_cast<int64_t>(y0);
        const double top = (1 - ax) * pixel(in, ix, iy) + ax * pixel(in, ix + 1, iy);
        const double bottom = (1 - ax) * pixel(in, ix, iy + 1) + ax * pixel(in, ix + 1, iy + 1);
        out[static_cast<size_t>(y * w + x)] = static_cast<float>((1 - ay) * top + ay * bottom);
      }
  }
  void erase(std::span<float> out, int64_t left, int64_t top) const {
    for (int64_t c = 0; c < shape_[0]; ++c)
      for (int64_t y = top; y < top + options_.erase; ++y)
        std::fill_n(out.data() + (c * shape_[1] + y) * shape_[2] + left, options_.erase, background_);
  }
  AugmentOptions options_;
  Shape shape_;
  float background_;
};

}  // namespace

extern const PrepStepType augment_step;
const PrepStepType augment_step{
    "augment", "HOW", "vary images in training: shift=PIXELS, flip=h|v|hv, rotate=DEGREES, erase=PIXELS",
    "shift=2,flip=h,rotate=10,erase=2",
    [](const std::string& argument, const StepContext& context) -> std::unique_ptr<PrepStep> {
      return std::make_unique<Augment>(argument, context);
    }};

}  // namespace nn

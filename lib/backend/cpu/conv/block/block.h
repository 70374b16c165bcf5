// SPDX-License-Identifier: MIT
// A convolution block: a convolution and what may follow it (batch norm, the sum with another value, relu, 2x2 max
// pooling), as one step in the pixels layout (block.cpp). A 3x3 convolution with stride 1 and a border of 0 or 1 is
// done by Winograd's method (winograd.cpp), directly (direct.cpp) or by products of bf16 numbers (bf16_tiles.cpp); one
// of a single cell or with strides as a product of its pixels and the weights (product.cpp); one of each channel by
// itself in depthwise.cpp. The convolution asks its block for each sample and hands each sample back while it is in the
// cache. The bias is left to what follows.
#pragma once

#include <memory>
#include <vector>

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/plan/step.h"

namespace nn::cpu {

struct BlockShape {
  BlockShape(const StepData& d, int64_t lanes);
  bool tiles = false;      ///< it is done by products of bf16 numbers
  bool winograd = false;   ///< by Winograd's method
  bool product = false;    ///< by one product of pixels and weights
  bool depthwise = false;  ///< each channel by itself
  bool rounded = false;    ///< what is multiplied is rounded to bf16 before, as floats
  bool in_place = false;   ///< it reads samples where they lie; Winograd's method and tiles write gradients there, too
  bool dx_in_place = false;  ///< products and depthwise convolutions do that
  bool x_pixels = false;     ///< samples and their gradients lie pixel by pixel
  bool y_pixels = false;     ///< so do results
  int64_t h, w, c;           ///< a sample
  int64_t oh, ow, k;         ///< the convolution of it
  int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  int64_t top, left;         ///< border
  int64_t cp, kp;            ///< channels in whole vectors
  int64_t frame_h, frame_w;  ///< a sample with its border, which tiles and depthwise convolutions have no need of
  int64_t pixel;             ///< floats of a pixel there: c for direct convolution and products, else cp
  int64_t dx_pixel;          ///< of a pixel of the gradient that the convolution hands back
  int64_t together = 1;      ///< samples whose convolutions are put side by side before they are handed back
  int64_t row() const { return frame_w * pixel; }
  int64_t frame() const { return frame_h * row(); }
  int64_t inside() const { return tiles || depthwise ? 0 : top * row() + left * pixel; }  ///< where the sample begins
  int64_t made() const { return oh * ow * kp; }
  int64_t taps() const { return kernel_h * kernel_w; }
  int64_t inputs() const { return depthwise ? 1 : c; }  ///< of an output
  int64_t weights() const { return inputs() * taps() * kp; }
};

/// What a convolution asks its block for, sample by sample.
class BlockSamples {
 public:
  /// The sample into {frame_h, frame_w, pixel}; its border and channels beyond c are 0 already.
  virtual void input(int64_t sample, float* frame) = 0;
  virtual const float* input(int64_t sample) = 0;  ///< {h, w, cp}: in place
  virtual float* output(int64_t sample) = 0;       ///< where the convolution {oh, ow, kp} shall be put
  virtual float* outputs(Range samples) = 0;       ///< the same of BlockShape::together of them at most, side by side
  virtual void made(int64_t sample) = 0;           ///< it is there
  virtual bool forgotten() const = 0;              ///< it must be put there again before gradient() is called
  /// Of these rows of the convolution, `row` floats apart. Rows are asked for in order and begin at even ones.
  virtual void gradient(int64_t sample, Range rows, float* dc, int64_t row) = 0;
  virtual void input_gradient(int64_t sample, Range rows, const float* dx,
                              int64_t row) = 0;                           ///< {rows, w, cp}, `row` floats apart
  virtual float* input_gradient(int64_t sample) = 0;                      ///< {h, w, cp}: in place
  virtual void gradient_made(int64_t sample) = 0;                         ///< that of the input is there
  virtual void ahead(Range samples, bool backward, Prefetch&) const = 0;  ///< adds what they will read and write

  /// The same for a few rows of some samples, which begin at even ones: where the convolution of a sample is kept, null
  /// if it is not; there it is, c_sample floats apart; its gradient, as numbers, which may be null, and as pairs
  /// (bf16_conv.h).
  virtual float* kept_output(int64_t sample) = 0;
  virtual void made(Range samples, Range rows, const float* c, int64_t c_sample) = 0;
  virtual void gradient(Range samples, Range rows, const float* c, int64_t c_sample, uint32_t* numbers,
                        uint32_t* pairs) = 0;

 protected:
  ~BlockSamples() = default;
};

class Convolution {
 public:
  virtual ~Convolution() = default;
  virtual void forward(const Tile& tile, float* scratch, BlockSamples& samples) = 0;
  /// dw{inputs, taps, kp}: of the samples of the tile; null where it is not wanted.
  virtual void backward(const Tile& tile, float* scratch, float* dw, bool input_gradient, BlockSamples& samples) = 0;
  virtual int64_t scratch() const = 0;
  virtual size_t bytes() const = 0;
  virtual const char* name() const = 0;
};

/// True where Winograd's method is faster than direct convolution.
bool winograd_pays(const BlockShape& shape);
/// True where doing a convolution again is faster than reading it again from a far cache.
inline bool again_pays(const BlockShape& shape) { return shape.c <= 4 && !shape.product && !shape.depthwise; }
std::unique_ptr<Convolution> make_winograd(const StepData& data, const BlockShape& shape);
std::unique_ptr<Convolution> make_direct(const StepData& data, const BlockShape& shape);
std::unique_ptr<Convolution> make_tiles(const StepData& data, const BlockShape& shape);
std::unique_ptr<Convolution> make_product(const StepData& data, const BlockShape& shape);
std::unique_ptr<Convolution> make_depthwise(const StepData& data, const BlockShape& shape);
/// The one that the shape asks for.
std::unique_ptr<Convolution> make_convolution(const StepData& data, const BlockShape& shape);

/// The ops of a convolution block: their place in the step, 0 for none.
struct BlockOps {
  size_t norm = 0, add = 0, relu = 0, pool = 0, count = 1;
  bool relu6 = false;  ///< in the place of relu
};
/// updater.done() for every parameter but the weights of the convolution.
void tell_others(const StepData& data, const Updater& updater);
StepPointer make_block(StepData data, const BlockOps& ops);
/// The block as one step for few input planes and pooling; null where it is none of that kind.
StepPointer make_first_block(StepData& data, const BlockOps& ops);

/// Weights made ready for a kernel: a copy for each worker, since lines that another core wrote come slowly; made again
/// when the weights have changed.
class ReadyWeights {
 public:
  ReadyWeights(const StepData& data, int64_t size);
  /// The copy of this tile's worker; make(to) fills it if it is old.
  template <class Make>
  const float* get(const StepData& d, const Tile& t, Make make) {
    Copy& copy = copies_[static_cast<size_t>(d.workers <= d.tiles ? t.worker : t.index)];
    if (copy.version != d.memory.version()) {
      make(copy.values.get());
      copy.version = d.memory.version();
    }
    return copy.values.get();
  }
  size_t bytes() const { return copies_.empty() ? 0 : copies_.size() * copies_[0].values.bytes(); }

 private:
  struct Copy {
    Floats values;
    uint64_t version = 0;
  };
  std::vector<Copy> copies_;
};

/// w{k, inputs, taps} as {inputs, taps, kp}, and w{k, c, 3, 3} as {k, 9, cp}; columns beyond stay as they are.
void weights_by_input(const StepData& data, const BlockShape& shape, float* to);
void weights_by_output(const StepData& data, const BlockShape& shape, float* to);

inline int64_t whole(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace nn::cpu

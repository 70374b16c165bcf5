// SPDX-License-Identifier: MIT
// Products and convolutions by NVIDIA's libraries, as a device offers them (device.h). Each is made once, with its
// algorithm: a function of shape, device and version of the library, never of a measurement. Only algorithms that give
// the same bits in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nn::cuda {

enum class Pass { forward, input_gradient, weight_gradient };
/// float32: products of floats. tf32: on tensor cores, of floats rounded to 11 bits.
enum class Math { float32, tf32 };

/// Of a dense layer, row-major: y{rows,out} = x{rows,in} w{out,in}^T (+ bias), dx = dy w, dw = dy^T x.
struct GemmRequest {
  Pass pass;
  int64_t rows, in, out;
  Math math = Math::float32;
  bool bias = false;  ///< of forward
};

/// Of a convolution, dense N,C,H,W, in one group.
struct ConvRequest {
  Pass pass;
  int64_t n, c, h, w, k, p, q;  ///< samples; channels and image of x; channels and image of y
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, pad_bottom, pad_right, dilation_h, dilation_w;
  Math math = Math::float32;
  bool exact = false;  ///< no algorithm that adds rounding error for speed (Winograd, FFT)
};

class Routine {
 public:
  virtual ~Routine() = default;
  virtual std::string name() const = 0;  ///< "cuBLASLt", "cuDNN"
  virtual size_t workspace() const = 0;  ///< bytes that launch() wants
  /// Products: forward(x, w, y), input_gradient(dy, w, dx), weight_gradient(x, dy, dw); bias {out} of forward only.
  /// Convolutions: x, w and y, whichever of them the pass writes.
  /// add: to what stands there, of products only.
  virtual void launch(const float* a, const float* b, float* c, const float* bias, bool add, void* workspace) const = 0;
};

}  // namespace nn::cuda

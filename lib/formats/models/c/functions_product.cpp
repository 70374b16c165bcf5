// SPDX-License-Identifier: MIT
// Dense layers and convolutions. Both add up rows times numbers: the inner loops run along memory, so that compilers
// make vectors of them, and the sums are taken in blocks, which keeps their rounding errors small in float.
#include "formats/models/c/c_functions.h"

namespace nn {

std::span<const CFunction> c_product_functions() {
  static const CFunction functions[] = {
      {"window",
       {},
       R"(/* A window that moves over images: sizes of input and output, and of the window. */
typedef struct {
  int channels, height, width;
  int out_channels, out_height, out_width;
  int kernel_height, kernel_width, stride_height, stride_width;
  int pad_top, pad_left, dilation_height, dilation_width, groups;
} window;
)"},
      {"multiply_add",
       {},
       R"(#define BLOCK_TERMS 32
#define BLOCK_COLUMNS 64

/* y[j] += sum over k of c[k] * m[k * stride + j], for j < n. Sums of a block are added up before they join y, so that
   rounding errors stay small. */
static void multiply_add(float *restrict y, const float *restrict c, const float *restrict m, int terms, int stride,
                         int n)
{
  float sum[BLOCK_COLUMNS];
  int first, begin, end, j, k;
  for (first = 0; first < n; first += BLOCK_COLUMNS) {
    const int width = n - first < BLOCK_COLUMNS ? n - first : BLOCK_COLUMNS;
    for (begin = 0; begin < terms; begin = end) {
      end = terms - begin < BLOCK_TERMS ? terms : begin + BLOCK_TERMS;
      for (j = 0; j < width; ++j) sum[j] = 0.0f;
      for (k = begin; k + 4 <= end; k += 4) {
        const float c0 = c[k], c1 = c[k + 1], c2 = c[k + 2], c3 = c[k + 3];
        const float *m0 = m + (size_t)k * (size_t)stride + first;
        const float *m1 = m0 + stride, *m2 = m1 + stride, *m3 = m2 + stride;
        for (j = 0; j < width; ++j) sum[j] += (c0 * m0[j] + c1 * m1[j]) + (c2 * m2[j] + c3 * m3[j]);
      }
      for (; k < end; ++k) {
        const float *row = m + (size_t)k * (size_t)stride + first;
        for (j = 0; j < width; ++j) sum[j] += c[k] * row[j];
      }
      for (j = 0; j < width; ++j) y[first + j] += sum[j];
    }
  }
}
)"},
      {"dense",
       {"multiply_add"},
       R"(/* y[o] = bias[o] + sum over i of x[i] * weight[i][o], for each row of x. */
static void dense(const float *x, float *y, const float *weight, const float *bias, int rows, int in, int out)
{
  int r, o;
  for (r = 0; r < rows; ++r, x += in, y += out) {
    for (o = 0; o < out; ++o) y[o] = bias ? bias[o] : 0.0f;
    multiply_add(y, x, weight, in, out, out);
  }
}
)"},
      {"fill_planes",
       {},
       R"(/* Planes of their bias, or of 0. */
static void fill_planes(float *y, const float *bias, int planes, int area)
{
  int o, i;
  for (o = 0; o < planes; ++o)
    for (i = 0; i < area; ++i) *y++ = bias ? bias[o] : 0.0f;
}
)"},
      {"conv",
       {"window", "multiply_add", "fill_planes"},
       R"(/* What a cell of the window sees for n places of the output from `first` on, in order. */
static void take_cell(const float *x, const window *s, int kernel_row, int kernel_column, int first, int n, float *to)
{
  const int stride = s->stride_width, shift = kernel_column * s->dilation_width - s->pad_left;
  const int room = s->width - 1 - shift; /* columns from `inside` to before `outside` lie in the image */
  const int inside = shift < 0 ? (stride - 1 - shift) / stride : 0, outside = room < 0 ? 0 : room / stride + 1;
  int p = first / s->out_width, q = first % s->out_width;
  for (; n > 0; q = 0, ++p) {
    const int row = p * s->stride_height + kernel_row * s->dilation_height - s->pad_top;
    const int count = s->out_width - q < n ? s->out_width - q : n, at = row * s->width + q * stride + shift;
    int begin = inside > q ? inside - q : 0, end = outside - q < count ? outside - q : count, j = 0;
    if (row < 0 || row >= s->height || end < begin) begin = end = count;
    for (; j < begin; ++j) to[j] = 0.0f;
    if (stride == 1)
      for (; j < end; ++j) to[j] = x[at + j];
    else
      for (; j < end; ++j) to[j] = x[at + j * stride];
    for (; j < count; ++j) to[j] = 0.0f;
    to += count, n -= count;
  }
}

/* Cross-correlation; weight {out_channels, channels / groups, kernel_height, kernel_width}. */
static void conv(const float *x, float *y, const float *weight, const float *bias, const window *s)
{
  static float cells[BLOCK_TERMS * BLOCK_COLUMNS];
  const int area = s->height * s->width, out_area = s->out_height * s->out_width;
  const int group_in = s->channels / s->groups, group_out = s->out_channels / s->groups;
  const int kernel = s->kernel_height * s->kernel_width, terms = group_in * kernel;
  int g, o, first, begin, k;
  fill_planes(y, bias, s->out_channels, out_area);
  for (g = 0; g < s->groups; ++g)
    for (first = 0; first < out_area; first += BLOCK_COLUMNS) {
      const int n = out_area - first < BLOCK_COLUMNS ? out_area - first : BLOCK_COLUMNS;
      for (begin = 0; begin < terms; begin += BLOCK_TERMS) {
        const int count = terms - begin < BLOCK_TERMS ? terms - begin : BLOCK_TERMS;
        for (k = 0; k < count; ++k) {
          const int cell = (begin + k) % kernel;
          take_cell(x + (g * group_in + (begin + k) / kernel) * area, s, cell / s->kernel_width,
                    cell % s->kernel_width, first, n, cells + k * BLOCK_COLUMNS);
        }
        for (o = g * group_out; o < (g + 1) * group_out; ++o)
          multiply_add(y + o * out_area + first, weight + o * terms + begin, cells, count, BLOCK_COLUMNS, n);
      }
    }
}
)",
       32 * 64 * 4},
      {"depthwise_conv",
       {"window", "fill_planes"},
       R"(/* Cross-correlation of each channel by itself; weight {channels, kernel_height, kernel_width}. */
static void depthwise_conv(const float *x, float *y, const float *weight, const float *bias, const window *s)
{
  const int stride = s->stride_width;
  int c, p, q, i, j;
  fill_planes(y, bias, s->channels, s->out_height * s->out_width);
  for (c = 0; c < s->channels; ++c, x += s->height * s->width)
    for (p = 0; p < s->out_height; ++p, y += s->out_width)
      for (i = 0; i < s->kernel_height; ++i) {
        const int row = p * s->stride_height + i * s->dilation_height - s->pad_top;
        const float *from = x + row * s->width;
        if (row < 0 || row >= s->height) continue;
        for (j = 0; j < s->kernel_width; ++j) {
          const float w = weight[(c * s->kernel_height + i) * s->kernel_width + j];
          const int shift = j * s->dilation_width - s->pad_left, room = s->width - 1 - shift;
          const int begin = shift < 0 ? (stride - 1 - shift) / stride : 0;
          const int end = room < 0 ? 0 : room / stride + 1 < s->out_width ? room / stride + 1 : s->out_width;
          if (stride == 1)
            for (q = begin; q < end; ++q) y[q] += w * from[q + shift];
          else
            for (q = begin; q < end; ++q) y[q] += w * from[q * stride + shift];
        }
      }
}
)"},
      {"deconv",
       {"window", "fill_planes"},
       R"(/* Transposed convolution: each cell of x adds its window, times the weights {channels, out_channels / groups,
   kernel_height, kernel_width}, to y. */
static void deconv(const float *x, float *y, const float *weight, const float *bias, const window *s)
{
  const int out_area = s->out_height * s->out_width, stride = s->stride_width;
  const int group_in = s->channels / s->groups, group_out = s->out_channels / s->groups;
  int c, o, i, j, p, q;
  fill_planes(y, bias, s->out_channels, out_area);
  for (c = 0; c < s->channels; ++c, x += s->height * s->width)
    for (o = 0; o < group_out; ++o) {
      float *plane = y + (c / group_in * group_out + o) * out_area;
      for (i = 0; i < s->kernel_height; ++i)
        for (j = 0; j < s->kernel_width; ++j) {
          const float w = *weight++;
          const int shift = j * s->dilation_width - s->pad_left, room = s->out_width - 1 - shift;
          const int begin = shift < 0 ? (stride - 1 - shift) / stride : 0;
          const int end = room < 0 ? 0 : room / stride + 1 < s->width ? room / stride + 1 : s->width;
          for (p = 0; p < s->height; ++p) {
            const int row = p * s->stride_height + i * s->dilation_height - s->pad_top;
            if (row < 0 || row >= s->out_height) continue;
            for (q = begin; q < end; ++q)
              plane[row * s->out_width + q * stride + shift] += w * x[p * s->width + q];
          }
        }
    }
}
)"},
  };
  return functions;
}

}  // namespace nn

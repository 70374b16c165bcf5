// SPDX-License-Identifier: MIT
// Pooling and upsampling.
#include "formats/models/c/c_functions.h"

namespace nn {

std::span<const CFunction> c_window_functions() {
  static const CFunction functions[] = {
      {"max_pool",
       {"window"},
       R"(/* The greatest value in each window; what lies outside the image never wins, a NaN does. */
static void max_pool(const float *x, float *y, const window *s)
{
  int c, p, q, i, j;
  for (c = 0; c < s->channels; ++c, x += s->height * s->width)
    for (p = 0; p < s->out_height; ++p)
      for (q = 0; q < s->out_width; ++q) {
        const int top = p * s->stride_height - s->pad_top, left = q * s->stride_width - s->pad_left;
        float best = -INFINITY;
        for (i = 0; i < s->kernel_height; ++i) {
          const int row = top + i * s->dilation_height;
          if (row < 0 || row >= s->height) continue;
          for (j = 0; j < s->kernel_width; ++j) {
            const int column = left + j * s->dilation_width;
            if (column >= 0 && column < s->width) {
              const float v = x[row * s->width + column];
              best = v > best || v != v ? v : best;
            }
          }
        }
        *y++ = best;
      }
}
)"},
      {"average_pool",
       {"window"},
       R"(/* The mean of each window. counted_height and counted_width: rows and columns of the image with the padding below
   and at the right that counts; 0: only cells inside the image count. */
static void average_pool(const float *x, float *y, const window *s, int counted_height, int counted_width)
{
  int c, p, q, row, column;
  for (c = 0; c < s->channels; ++c, x += s->height * s->width)
    for (p = 0; p < s->out_height; ++p)
      for (q = 0; q < s->out_width; ++q) {
        const int top = p * s->stride_height - s->pad_top, left = q * s->stride_width - s->pad_left;
        const int bottom = top + s->kernel_height, right = left + s->kernel_width;
        const int first_row = top > 0 ? top : 0, last_row = bottom < s->height ? bottom : s->height;
        const int first = left > 0 ? left : 0, last = right < s->width ? right : s->width;
        int rows = last_row - first_row, columns = last - first;
        float sum = 0.0f;
        for (row = first_row; row < last_row; ++row) {
          float row_sum = 0.0f;
          for (column = first; column < last; ++column) row_sum += x[row * s->width + column];
          sum += row_sum;
        }
        if (counted_height > 0) {
          rows = (bottom < counted_height ? bottom : counted_height) - top;
          columns = (right < counted_width ? right : counted_width) - left;
        }
        *y++ = sum / (float)(rows * columns);
      }
}
)"},
      {"upsample_nearest",
       {},
       R"(/* Each pixel becomes factor_height x factor_width. */
static void upsample_nearest(const float *x, float *y, int channels, int height, int width, int factor_height,
                             int factor_width)
{
  int c, p, q;
  for (c = 0; c < channels; ++c, x += height * width)
    for (p = 0; p < height * factor_height; ++p)
      for (q = 0; q < width * factor_width; ++q) *y++ = x[p / factor_height * width + q / factor_width];
}
)"},
      {"upsample_bilinear",
       {},
       R"(/* The two places of an axis that a place of the larger axis lies between, and the share of the second. */
static float between(int place, int factor, int size, int *first, int *second)
{
  const int twice = 2 * place + 1 - factor > 0 ? 2 * place + 1 - factor : 0; /* in units of 1 / (2 * factor) */
  *first = twice / (2 * factor);
  *second = *first + 1 < size ? *first + 1 : size - 1;
  return (float)(twice % (2 * factor)) / (float)(2 * factor);
}

/* Between the centres of pixels, the outermost continued. */
static void upsample_bilinear(const float *x, float *y, int channels, int height, int width, int factor_height,
                              int factor_width)
{
  int c, p, q, top, bottom, left, right;
  for (c = 0; c < channels; ++c, x += height * width)
    for (p = 0; p < height * factor_height; ++p) {
      const float down = between(p, factor_height, height, &top, &bottom);
      for (q = 0; q < width * factor_width; ++q) {
        const float across = between(q, factor_width, width, &left, &right);
        const float *upper = x + top * width, *lower = x + bottom * width;
        const float above = upper[left] + across * (upper[right] - upper[left]);
        const float below = lower[left] + across * (lower[right] - lower[left]);
        *y++ = above + down * (below - above);
      }
    }
}
)"},
  };
  return functions;
}

}  // namespace nn

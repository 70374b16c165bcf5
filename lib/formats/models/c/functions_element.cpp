// SPDX-License-Identifier: MIT
// What takes values one by one, in rows or in groups, and what only moves them. x and y may be the same array where the
// op keeps places.
#include "formats/models/c/c_functions.h"

namespace nn {

std::span<const CFunction> c_element_functions() {
  static const CFunction functions[] = {
      {"scale",
       {},
       R"(/* y = weight[k] * x + bias[k], k the place along the axis behind which there are `area` values. */
static void scale(const float *x, float *y, const float *weight, const float *bias, int rows, int extent, int area)
{
  int r, k, i;
  for (r = 0; r < rows; ++r)
    for (k = 0; k < extent; ++k, x += area, y += area)
      for (i = 0; i < area; ++i) y[i] = weight[k] * x[i] + (bias ? bias[k] : 0.0f);
}
)"},
      {"sum_of",
       {},
       R"(/* Of x[0], x[step], ..., or of the squares of their differences from `mean`, in blocks. */
static float sum_of(const float *x, int count, int step)
{
  float sum = 0.0f;
  int i = 0;
  while (i < count) {
    const int end = count - i < 64 ? count : i + 64;
    float block = 0.0f;
    for (; i < end; ++i) block += x[i * step];
    sum += block;
  }
  return sum;
}

static float squares_of(const float *x, int count, int step, float mean)
{
  float sum = 0.0f;
  int i = 0;
  while (i < count) {
    const int end = count - i < 64 ? count : i + 64;
    float block = 0.0f;
    for (; i < end; ++i) block += (x[i * step] - mean) * (x[i * step] - mean);
    sum += block;
  }
  return sum;
}
)"},
      {"layer_norm",
       {"sum_of"},
       R"(/* Over `count` values with `step` between them, for each of the rows and of the places between. */
static void layer_norm(const float *x, float *y, const float *weight, const float *bias, int rows, int count, int step,
                       float epsilon)
{
  int r, s, i;
  for (r = 0; r < rows; ++r, x += count * step, y += count * step)
    for (s = 0; s < step; ++s) {
      const float mean = sum_of(x + s, count, step) / (float)count;
      const float factor = 1.0f / sqrtf(squares_of(x + s, count, step, mean) / (float)count + epsilon);
      for (i = 0; i < count; ++i) y[s + i * step] = (x[s + i * step] - mean) * factor * weight[i] + bias[i];
    }
}
)"},
      {"group_norm",
       {"sum_of"},
       R"(/* Over each group of channels; weight and bias by channel. */
static void group_norm(const float *x, float *y, const float *weight, const float *bias, int groups, int channels,
                       int area, float epsilon)
{
  const int each = channels / groups, count = each * area;
  int g, c, i;
  for (g = 0; g < groups; ++g) {
    const float mean = sum_of(x, count, 1) / (float)count;
    const float factor = 1.0f / sqrtf(squares_of(x, count, 1, mean) / (float)count + epsilon);
    for (c = g * each; c < (g + 1) * each; ++c, x += area, y += area)
      for (i = 0; i < area; ++i) y[i] = (x[i] - mean) * factor * weight[c] + bias[c];
  }
}
)"},
      {"prelu",
       {},
       R"(/* Values not above 0 times the slope of their row. */
static void prelu(const float *x, float *y, const float *slope, int rows, int count)
{
  int r, i;
  for (r = 0; r < rows; ++r, x += count, y += count)
    for (i = 0; i < count; ++i) y[i] = x[i] > 0.0f ? x[i] : slope[r] * x[i];
}
)"},
      {"softmax",
       {},
       R"(/* Along an axis of `count` values with `step` between them. */
static void softmax(const float *x, float *y, int rows, int count, int step)
{
  int r, s, k;
  for (r = 0; r < rows; ++r, x += count * step, y += count * step)
    for (s = 0; s < step; ++s) {
      float largest = x[s], sum = 0.0f;
      for (k = 1; k < count; ++k) largest = x[s + k * step] > largest ? x[s + k * step] : largest;
      for (k = 0; k < count; ++k) sum += y[s + k * step] = expf(x[s + k * step] - largest);
      for (k = 0; k < count; ++k) y[s + k * step] /= sum;
    }
}
)"},
      {"l2norm",
       {},
       R"(static void l2norm(const float *x, float *y, int count, float epsilon)
{
  int i;
  double sum = 0;
  float length;
  for (i = 0; i < count; ++i) sum += (double)x[i] * (double)x[i];
  length = (float)sqrt(sum);
  if (length < epsilon) length = epsilon;
  for (i = 0; i < count; ++i) y[i] = x[i] / length;
}
)"},
      {"add",
       {},
       R"(static void add(const float *a, const float *b, float *y, int n)
{
  int i;
  for (i = 0; i < n; ++i) y[i] = a[i] + b[i];
}
)"},
      {"multiply",
       {},
       R"(static void multiply(const float *a, const float *b, float *y, int n)
{
  int i;
  for (i = 0; i < n; ++i) y[i] = a[i] * b[i];
}
)"},
      {"multiply_channels",
       {},
       R"(/* Each channel times its factor. */
static void multiply_channels(const float *x, const float *factor, float *y, int channels, int area)
{
  int c, i;
  for (c = 0; c < channels; ++c, x += area, y += area)
    for (i = 0; i < area; ++i) y[i] = factor[c] * x[i];
}
)"},
      {"multiply_cells",
       {"multiply"},
       R"(/* Each cell, in all channels, times its factor. */
static void multiply_cells(const float *x, const float *factor, float *y, int channels, int area)
{
  int c;
  for (c = 0; c < channels; ++c) multiply(x + c * area, factor, y + c * area, area);
}
)"},
      {"copy_rows",
       {},
       R"(/* Of each of the rows, `count` values. */
static void copy_rows(const float *x, int from_step, float *y, int to_step, int rows, int count)
{
  int r;
  for (r = 0; r < rows; ++r) memcpy(y + r * to_step, x + r * from_step, (size_t)count * sizeof(float));
}
)"},
      {"shuffle",
       {},
       R"(/* Channels seen as {groups, channels / groups} are transposed. */
static void shuffle(const float *x, float *y, int groups, int channels, int area)
{
  const int each = channels / groups;
  int c;
  for (c = 0; c < channels; ++c)
    memcpy(y + (c % each * groups + c / each) * area, x + c * area, (size_t)area * sizeof(float));
}
)"},
      {"largest",
       {},
       R"(/* The place of the first largest value; -1 when one is not a number. */
static int largest(const float *x, int n)
{
  int i, best = 0;
  for (i = 0; i < n; ++i) {
    if (x[i] != x[i]) return -1;
    if (x[i] > x[best]) best = i;
  }
  return best;
}
)"},
  };
  return functions;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "formats/datasets/numpy/npy_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/log.h"
#include "formats/datasets/csv/csv_text.h"
#include "formats/datasets/narrowing.h"

namespace nn {
namespace {
using Kind = NpyArray::Kind;
constexpr size_t most_float_classes = 1000;

/// Where {N,H,W}, {N,C,H,W} and {N,H,W,C} hold their channels.
struct Axes {
  int64_t n = 0, c = 1, h = 0, w = 0;
  bool last = false;
};

bool is_possible(int64_t channels) { return channels >= 1 && channels <= 4; }

Axes axes_of(const Shape& s, Layout layout) {
  if (s.rank() == 3) return {s[0], 1, s[1], s[2], false};
  const auto usual = [](int64_t c) { return c == 1 || c == 3; };
  bool last = layout == Layout::channels_last;
  if (layout == Layout::unknown) {
    const bool first = is_possible(s[1]);
    if (!first && !is_possible(s[3]))
      throw Error("images of shape " + s.text() +
                  ": expected {N,H,W}, or {N,C,H,W} or {N,H,W,C} with 1 to 4 channels; --layout NCHW or --layout NHWC "
                  "takes them with more");
    if (first && is_possible(s[3]) && !usual(s[1]) && !usual(s[3]))
      throw Error("images of shape " + s.text() +
                  ": both {N,C,H,W} and {N,H,W,C} fit; say which with --layout NCHW or --layout NHWC");
    last = !usual(s[1]) && (usual(s[3]) || !first);
  }
  return last ? Axes{s[0], s[3], s[1], s[2], true} : Axes{s[0], s[1], s[2], s[3], false};
}

/// What was guessed where both readings fit.
void note_axes(const std::string& name, const Shape& shape, Layout layout, const FormatOptions& options) {
  if (shape.rank() != 4 || layout != Layout::unknown || !is_possible(shape[1]) || !is_possible(shape[3])) return;
  const bool last = axes_of(shape, layout).last;
  options.note(name + ": shape " + shape.text() + " is taken as " +
               (last ? "{N,H,W,C}, channels last; --layout NCHW takes it as {N,C,H,W}"
                     : "{N,C,H,W}, channels first; --layout NHWC takes it as {N,H,W,C}"));
}

/// The values in order of channels first, by a function of the place in the array.
template <class T, class Value>
h5::Array images_of(const NpyArray& a, const Axes& axes, const FormatOptions& options, Value value) {
  options.budget.ask_product({a.count(), sizeof(T)}, "images of shape " + a.shape().text());
  h5::Array images = h5::Array::unfilled(h5::type_of<T>(), {axes.n, axes.c, axes.h, axes.w});
  const auto out = images.as<T>();
  if (!axes.last) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = value(i);
    return images;
  }
  const auto planes = static_cast<size_t>(axes.h * axes.w), channels = static_cast<size_t>(axes.c);
  size_t at = 0;
  for (size_t i = 0; i < static_cast<size_t>(axes.n); ++i)
    for (size_t k = 0; k < channels; ++k)
      for (size_t p = 0; p < planes; ++p) out[at++] = value((i * planes + p) * channels + k);
  return images;
}

float narrow(double value, size_t row, size_t column, Narrowing& narrowing) {
  if (!fits_float32(value))
    throw Error("row " + std::to_string(row) + ", column " + std::to_string(column) + ": " + value_text(value) +
                ", expected finite float32 values");
  narrowing.see(column, row, value);
  return static_cast<float>(value);
}

h5::Array table_of(const std::string& name, const NpyArray& a, const std::vector<std::string>& columns,
                   const FormatOptions& options) {
  const int64_t n = a.shape()[0], width = n ? a.shape().count() / n : 0;
  options.budget.ask_product({a.count(), sizeof(float)}, name + " as float32 of shape " + a.shape().text());
  h5::Array table = h5::Array::unfilled(h5::Type::f32, {n, width});
  Narrowing narrowing;
  const auto out = table.as<float>();
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = narrow(a.number(i), i / static_cast<size_t>(width), i % static_cast<size_t>(width), narrowing);
  const bool named = columns.size() == static_cast<size_t>(width);
  in_context(name, [&] {
    narrowing.report(options, out, static_cast<size_t>(width), named ? columns : std::vector<std::string>{});
  });
  return table;
}

bool all_whole_bytes(const NpyArray& a) {
  bool above_one = false;
  for (size_t i = 0; i < a.count(); ++i) {
    const double v = a.number(i);
    if (!(v >= 0 && v <= 255 && v == std::floor(v))) return false;
    above_one = above_one || v > 1;
  }
  return above_one;
}

bool is_one_hot(const NpyArray& a) {
  if (a.shape().rank() != 2 || a.shape()[1] < 2) return false;
  const auto width = static_cast<size_t>(a.shape()[1]);
  for (size_t i = 0; i < a.count(); i += width) {
    size_t ones = 0;
    for (size_t k = 0; k < width; ++k) {
      const double v = a.number(i + k);
      if (v != 0 && v != 1) return false;
      ones += v == 1;
    }
    if (ones != 1) return false;
  }
  return true;
}

/// Whole floats of a few different values, as scikit-learn takes them for classes.
bool are_whole(const NpyArray& a, size_t most) {
  std::set<double> seen;
  for (size_t i = 0; i < a.count(); ++i) {
    const double v = a.number(i);
    if (!(std::fabs(v) < 0x1p53) || v != std::floor(v)) return false;
    if (seen.size() <= most) seen.insert(v);
  }
  return seen.size() <= most;
}

std::vector<std::string> words_of(const NpyArray& a, const FormatOptions& options) {
  std::vector<std::string> words = a.texts();
  for (size_t i = 0; i < words.size(); ++i)
    if (is_missing(words[i]) && std::ranges::find(options.class_names, words[i]) == options.class_names.end())
      throw Error("row " + std::to_string(i) + ": the label '" + printable(words[i]) +
                  "' says that it is missing; drop such rows, or list it with --classes");
  return words;
}
}  // namespace

Layout layout_named(const std::string& axes) {
  return axes == "NCHW" ? Layout::channels_first : axes == "NHWC" ? Layout::channels_last : Layout::unknown;
}

h5::Array samples_of(const std::string& name, const NpyArray& a, const std::vector<std::string>& columns, Layout layout,
                     const FormatOptions& options) {
  return in_context(name, [&] {
    const size_t rank = a.shape().rank();
    if (a.kind() == Kind::text) throw Error("text, expected numbers");
    if (rank < 2)
      throw Error("shape " + a.shape().text() + ", expected one row a sample: {N,D} features or {N,H,W} images");
    if (a.count() == 0) throw Error("shape " + a.shape().text() + " holds nothing");
    if (rank == 3 || rank == 4) {
      const Axes axes = axes_of(a.shape(), layout);
      note_axes(name, a.shape(), layout, options);
      if (a.is_bytes() || a.kind() == Kind::boolean)
        return images_of<uint8_t>(a, axes, options, [&](size_t i) { return a.byte(i); });
      if (all_whole_bytes(a)) {
        options.note(name + ": " + a.type() +
                     " values are whole numbers from 0 to 255 and become pixels of uint8 (save them with another type "
                     "for other numbers)");
        return images_of<uint8_t>(a, axes, options, [&](size_t i) { return static_cast<uint8_t>(a.number(i)); });
      }
      Narrowing narrowing;
      const auto channels = static_cast<size_t>(axes.c), plane = static_cast<size_t>(axes.h * axes.w),
                 pixels = channels * plane;
      const auto place = [&](size_t i) { return axes.last ? i % channels * plane + i / channels : i; };
      h5::Array images = images_of<float>(
          a, axes, options, [&](size_t i) { return narrow(a.number(i), i / pixels, place(i % pixels), narrowing); });
      narrowing.report(options, std::as_const(images).as<float>(), pixels, {}, "pixel");
      options.note(name + ": " + a.type() + " values of shape " + a.shape().text() +
                   " become images of float32, taken as they are (uint8 pixels are scaled by nn-prep)");
      return images;
    }
    if (rank > 4)
      options.warning(name + ": " + a.type() + " values of shape " + a.shape().text() + " become " +
                      std::to_string(a.shape().without_first().count()) + " features a sample");
    return table_of(name, a, columns, options);
  });
}

bool holds_fractions(const NpyArray& a) {
  const Shape& shape = a.shape();
  if (a.kind() != Kind::real || shape.rank() < 1 || shape.rank() > 2 || (shape.rank() == 2 && shape[1] != 1))
    return false;
  for (size_t i = 0; i < a.count(); ++i)
    if (a.number(i) != std::floor(a.number(i))) return true;
  return false;
}

Truth truth_of(const std::string& name, const NpyArray& a, bool only_targets, const std::vector<std::string>& columns,
               const NumpyOptions& options) {
  return in_context(name, [&] {
    Truth truth;
    const Shape& shape = a.shape();
    if (shape.rank() < 1 || shape.rank() > 2)
      throw Error("shape " + shape.text() + ", expected {N} labels or {N,K} targets");
    const bool single = shape.rank() == 1 || shape[1] == 1, real = a.kind() == Kind::real;
    const bool wants_labels = options.y == "labels",
               wants_targets = options.y == "targets" || (only_targets && real && !wants_labels);
    if (a.kind() == Kind::text) {
      if (!single) throw Error("text of shape " + shape.text() + ", expected {N}");
      if (wants_targets) throw Error("text, expected numbers for --y targets");
      truth.words = words_of(a, options);
    } else if (single && !wants_targets && (!real || are_whole(a, wants_labels ? a.count() : most_float_classes))) {
      truth.numbers.reserve(a.count());
      for (size_t i = 0; i < a.count(); ++i)
        truth.numbers.push_back(real ? static_cast<int64_t>(a.number(i)) : a.integer(i));
      if (real && !wants_labels)
        options.note(name + ": " + a.type() + " values are whole numbers: classes (--y targets keeps them as numbers)");
    } else if (wants_labels && !single && is_one_hot(a)) {
      const auto width = static_cast<size_t>(shape[1]);
      for (size_t i = 0; i < a.count(); ++i)
        if (a.number(i) == 1) truth.numbers.push_back(static_cast<int64_t>(i % width));
    } else if (wants_labels) {
      throw Error(a.type() + " values of shape " + shape.text() +
                  ", expected whole numbers or one-hot rows for --y labels");
    } else {
      if (!wants_targets && is_one_hot(a))
        options.note(name + ": one-hot rows are kept as " + std::to_string(shape[1]) +
                     " targets (--y labels makes them labels)");
      truth.targets = table_of(name, a, columns, options);
    }
    return truth;
  });
}

}  // namespace nn

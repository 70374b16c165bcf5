// SPDX-License-Identifier: MIT
// What can be computed when the file is read: constants, and the arithmetic on shapes that exporters leave in a graph.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"

namespace nn {
namespace {

constexpr int64_t most_grown = int64_t{1} << 22;  ///< values of a constant that is larger than what it is made of

int64_t as_integer(double value) {
  constexpr double limit = 9.2e18;
  if (std::isnan(value)) return 0;
  if (value >= limit) return std::numeric_limits<int64_t>::max();
  if (value <= -limit) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

OnnxTensor like(const OnnxTensor& x, std::vector<int64_t> dims) {
  OnnxTensor y;
  y.dims = std::move(dims), y.is_float = x.is_float, y.stored = x.stored;
  const int64_t count = y.count();
  if (count > std::max(most_grown, x.count())) throw Error(fmt::format("a constant of {} values", count));
  (y.is_float ? y.floats.resize(static_cast<size_t>(count)) : y.ints.resize(static_cast<size_t>(count)));
  return y;
}

void put(OnnxTensor& y, int64_t at, const OnnxTensor& x, int64_t from) {
  if (y.is_float)
    y.floats[static_cast<size_t>(at)] = x.real(from);
  else
    y.ints[static_cast<size_t>(at)] = x.is_float ? as_integer(x.number(from)) : x.ints[x.place(from)];
}
void put(OnnxTensor& y, int64_t at, double value) {
  if (y.is_float)
    y.floats[static_cast<size_t>(at)] = static_cast<float>(value);
  else
    y.ints[static_cast<size_t>(at)] = as_integer(value);
}

size_t axis_in(int64_t axis, size_t rank) {
  const auto r = static_cast<int64_t>(rank);
  if (axis < -r || axis >= r) throw Error(fmt::format("axis {} of a value of {} axes", axis, rank));
  return static_cast<size_t>(axis < 0 ? axis + r : axis);
}

std::vector<int64_t> steps_of(const std::vector<int64_t>& dims) {
  std::vector<int64_t> steps(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) steps[i - 1] = steps[i] * dims[i];
  return steps;
}

/// Fills y, each of whose values comes from the place in x that steps and start tell.
void gather_steps(OnnxTensor& y, const OnnxTensor& x, int64_t start, const std::vector<int64_t>& steps) {
  std::vector<int64_t> at(y.dims.size(), 0);
  int64_t from = start;
  const int64_t count = y.count();
  for (int64_t i = 0; i < count; ++i) {
    put(y, i, x, from);
    for (size_t a = y.dims.size(); a-- > 0;) {
      from += steps[a];
      if (++at[a] < y.dims[a]) break;
      from -= steps[a] * y.dims[a];
      at[a] = 0;
    }
  }
}

std::vector<int64_t> broadcast_dims(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  std::vector<int64_t> dims(std::max(a.size(), b.size()), 1);
  for (const auto* x : {&a, &b})
    for (size_t i = 0; i < x->size(); ++i) {
      int64_t& d = dims[dims.size() - x->size() + i];
      const int64_t own = (*x)[i];
      if (d != 1 && own != 1 && d != own)
        throw Error("shapes that do not fit: " + Shape(a).text() + ", " + Shape(b).text());
      if (own != 1) d = own;
    }
  return dims;
}

OnnxTensor expanded(const OnnxTensor& x, const std::vector<int64_t>& dims) {
  OnnxTensor y = like(x, dims);
  std::vector<int64_t> steps(dims.size(), 0);
  const std::vector<int64_t> own = steps_of(x.dims);
  for (size_t i = 0; i < x.dims.size(); ++i)
    if (x.dims[i] != 1) steps[dims.size() - x.dims.size() + i] = own[i];
  gather_steps(y, x, 0, steps);
  return y;
}

struct Folding {
  GraphReader& reader;
  OnnxNode& node;
  const OnnxTensor& in(int i) const { return reader.constant(node.input(i), "an input"); }
  bool given(int i) const { return !node.input(i).empty(); }
  /// An attribute that later opsets made an input.
  std::vector<int64_t> list(const char* name, int i) const {
    std::vector<int64_t> values = node.integers(name);
    if (given(i)) values = in(i).ints;
    return values;
  }
};

OnnxTensor concat(Folding& f) {
  OnnxTensor first = f.in(0);
  const size_t axis = axis_in(f.node.integer("axis", 0), first.dims.size());
  std::vector<int64_t> dims = first.dims;
  for (int i = 1; i < f.node.inputs(); ++i) {
    const OnnxTensor& x = f.in(i);
    if (x.dims.size() != dims.size()) throw Error("values of different ranks");
    dims[axis] += x.dims[axis];
  }
  OnnxTensor y = like(first, dims);
  const std::vector<int64_t> all = steps_of(dims);
  const int64_t block = dims[axis] * all[axis];
  int64_t offset = 0;
  for (int i = 0; i < f.node.inputs(); ++i) {
    const OnnxTensor& x = f.in(i);
    const int64_t own = x.dims[axis] * all[axis], count = x.count();
    if (own == 0) continue;
    if (count / own * block > y.count()) throw Error("values of different shapes");
    for (int64_t k = 0; k < count; ++k) put(y, k / own * block + offset + k % own, x, k);
    offset += own;
  }
  return y;
}

OnnxTensor gather(Folding& f) {
  const OnnxTensor &x = f.in(0), &index = f.in(1);
  const size_t axis = axis_in(f.node.integer("axis", 0), x.dims.size());
  std::vector<int64_t> dims(x.dims.begin(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), index.dims.begin(), index.dims.end());
  dims.insert(dims.end(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.dims.end());
  OnnxTensor y = like(x, dims);
  const int64_t behind = steps_of(x.dims)[axis], n = x.dims[axis], count = index.count();
  const int64_t blocks = n * behind == 0 ? 0 : x.count() / (n * behind);
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t i = 0; i < count; ++i) {
      int64_t at = as_integer(index.number(i));
      if (at < 0) at += n;
      if (at < 0 || at >= n) throw Error(fmt::format("index {} of an axis of {}", at, n));
      for (int64_t k = 0; k < behind; ++k) put(y, (b * count + i) * behind + k, x, (b * n + at) * behind + k);
    }
  return y;
}

OnnxTensor slice(Folding& f) {
  const OnnxTensor& x = f.in(0);
  const std::vector<int64_t> starts = f.list("starts", 1), ends = f.list("ends", 2), strides = f.list("", 4);
  std::vector<int64_t> axes = f.list("axes", 3), dims = x.dims, steps = steps_of(x.dims);
  if (axes.empty()) axes.resize(starts.size()), std::iota(axes.begin(), axes.end(), int64_t{0});
  if (ends.size() != starts.size() || axes.size() != starts.size())
    throw Error("starts, ends and axes of different sizes");
  int64_t offset = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    const size_t axis = axis_in(axes[i], dims.size());
    const int64_t n = x.dims[axis], longest = std::max<int64_t>(n, 1);
    const int64_t stride = std::clamp(i < strides.size() ? strides[i] : int64_t{1}, -longest, longest);
    if (stride == 0) throw Error("a step of 0");
    const int64_t least = stride > 0 ? 0 : -1, most = stride > 0 ? n : n - 1;  // of starts and ends
    const auto place = [&](int64_t at) { return std::clamp(at < 0 ? at + n : at, least, most); };
    const int64_t start = place(starts[i]), end = place(ends[i]), length = stride > 0 ? end - start : start - end;
    dims[axis] = n == 0 || length <= 0 ? 0 : (length + std::abs(stride) - 1) / std::abs(stride);
    offset += std::max<int64_t>(start, 0) * steps[axis], steps[axis] *= stride;
  }
  OnnxTensor y = like(x, dims);
  gather_steps(y, x, offset, steps);
  return y;
}

OnnxTensor in_dims(const OnnxTensor& x, std::vector<int64_t> dims) {
  if (Shape(dims).count() != x.count())
    throw Error(Shape(x.dims).text() + " does not fit the shape " + Shape(dims).text());
  OnnxTensor y = x;
  y.name.clear();
  y.dims = std::move(dims);
  return y;
}

OnnxTensor reshape(Folding& f) {
  const OnnxTensor& x = f.in(0);
  return in_dims(x, reshaped_dims(x.dims, f.in(1).ints, f.node.integer("allowzero", 0) != 0));
}

OnnxTensor unsqueeze(Folding& f) {
  const OnnxTensor& x = f.in(0);
  return in_dims(x, unsqueezed_dims(x.dims, f.list("axes", 1)));
}
OnnxTensor squeeze(Folding& f) {
  const OnnxTensor& x = f.in(0);
  return in_dims(x, squeezed_dims(x.dims, f.list("axes", 1)));
}

OnnxTensor transpose(Folding& f) {
  const OnnxTensor& x = f.in(0);
  std::vector<int64_t> order = f.node.integers("perm");
  if (order.empty())
    for (size_t i = x.dims.size(); i-- > 0;) order.push_back(static_cast<int64_t>(i));
  if (order.size() != x.dims.size()) throw Error("perm of another number of axes");
  const std::vector<int64_t> own = steps_of(x.dims);
  std::vector<int64_t> dims, steps;
  for (const int64_t a : order) {
    const size_t axis = axis_in(a, x.dims.size());
    dims.push_back(x.dims[axis]), steps.push_back(own[axis]);
  }
  OnnxTensor y = like(x, dims);
  if (y.count() != x.count()) throw Error("perm names an axis twice");
  gather_steps(y, x, 0, steps);
  return y;
}

OnnxTensor cast(Folding& f) {
  const Element to = onnx_element(static_cast<int>(f.node.integer("to", 1)));
  f.node.ignore("saturate");
  const OnnxTensor& x = f.in(0);
  OnnxTensor y = x;
  y.stored = to;
  y.is_float = to == Element::f32 || to == Element::f16 || to == Element::bf16 || to == Element::f64;
  if (y.is_float == x.is_float) return y;
  y.floats.clear(), y.ints.clear();
  y = like(y, x.dims);
  for (int64_t i = 0; i < x.count(); ++i) put(y, i, x, i);
  return y;
}

OnnxTensor constant_node(Folding& f) {
  OnnxNode& node = f.node;
  if (node.has("value")) return node.tensor("value");
  OnnxTensor y;
  if (node.has("value_float")) return y.floats = {static_cast<float>(node.number("value_float", 0))}, y;
  if (node.has("value_floats"))
    return y.floats = node.numbers("value_floats"), y.dims = {static_cast<int64_t>(y.floats.size())}, y;
  y.is_float = false, y.stored = Element::i64;
  if (node.has("value_int")) return y.ints = {node.integer("value_int", 0)}, y;
  if (node.has("value_ints"))
    return y.ints = node.integers("value_ints"), y.dims = {static_cast<int64_t>(y.ints.size())}, y;
  throw Error("a constant that is neither numbers nor a tensor");
}

OnnxTensor constant_of_shape(Folding& f) {
  OnnxTensor value;
  if (f.node.has("value"))
    value = f.node.tensor("value");
  else
    value.floats = {0};
  if (value.count() != 1) throw Error("its value has more than one number");
  OnnxTensor y = like(value, f.in(0).ints);
  for (int64_t i = 0; i < y.count(); ++i) put(y, i, value, 0);
  return y;
}

OnnxTensor range(Folding& f) {
  const OnnxTensor& start = f.in(0);
  const double first = start.number(0), step = f.in(2).number(0), n = std::ceil((f.in(1).number(0) - first) / step);
  if (!(n >= 0 && n <= 1e8)) throw Error("a range without an end");
  OnnxTensor y = like(start, {static_cast<int64_t>(n)});
  for (int64_t i = 0; i < y.count(); ++i) put(y, i, first + static_cast<double>(i) * step);
  return y;
}

OnnxTensor expand(Folding& f) {
  const OnnxTensor& x = f.in(0);
  return expanded(x, broadcast_dims(x.dims, f.in(1).ints));
}

OnnxTensor reduce_product(Folding& f) {
  const OnnxTensor& x = f.in(0);
  const std::vector<int64_t> axes = f.list("axes", 1);
  f.node.ignore("noop_with_empty_axes");
  if (axes.size() > 1 || x.dims.size() > 1) throw Error("of a value of several axes");
  OnnxTensor y =
      like(x, f.node.integer("keepdims", 1) ? std::vector<int64_t>(x.dims.size(), 1) : std::vector<int64_t>{});
  double product = 1;
  for (int64_t i = 0; i < x.count(); ++i) product *= x.number(i);
  put(y, 0, product);
  return y;
}

/// Comparisons and choices, which arithmetic on shapes uses.
OnnxTensor equal(Folding& f) {
  const std::vector<int64_t> dims = broadcast_dims(f.in(0).dims, f.in(1).dims);
  const OnnxTensor a = expanded(f.in(0), dims), b = expanded(f.in(1), dims);
  OnnxTensor flags;
  flags.is_float = false, flags.stored = Element::boolean;
  OnnxTensor y = like(flags, dims);
  for (int64_t i = 0; i < y.count(); ++i) put(y, i, a.number(i) == b.number(i) ? 1.0 : 0.0);
  return y;
}
OnnxTensor where(Folding& f) {
  const std::vector<int64_t> dims = broadcast_dims(broadcast_dims(f.in(0).dims, f.in(1).dims), f.in(2).dims);
  const OnnxTensor choice = expanded(f.in(0), dims), a = expanded(f.in(1), dims), b = expanded(f.in(2), dims);
  OnnxTensor y = like(a, dims);
  for (int64_t i = 0; i < y.count(); ++i) put(y, i, choice.number(i) != 0 ? a : b, i);
  return y;
}
struct Folder {
  const char* type;
  OnnxTensor (*of)(Folding&);
};
constexpr std::array<Folder, 15> folders{{{"Constant", constant_node},
                                          {"ConstantOfShape", constant_of_shape},

                                          {"Concat", concat},
                                          {"Gather", gather},
                                          {"Slice", slice},
                                          {"Reshape", reshape},
                                          {"Unsqueeze", unsqueeze},
                                          {"Squeeze", squeeze},
                                          {"Transpose", transpose},
                                          {"Cast", cast},
                                          {"Range", range},
                                          {"Expand", expand},
                                          {"ReduceProd", reduce_product},
                                          {"Equal", equal},
                                          {"Where", where}}};

OnnxTensor element_wise(Folding& f, const ElementFunction& function) {
  const OnnxTensor& a = f.in(0);
  if (!function.of_two) {
    OnnxTensor y = like(a, a.dims);
    for (int64_t i = 0; i < y.count(); ++i) put(y, i, function.f(a.number(i), 0));
    return y;
  }
  const OnnxTensor& b = f.in(1);
  const std::vector<int64_t> dims = broadcast_dims(a.dims, b.dims);
  const OnnxTensor left = expanded(a, dims), right = expanded(b, dims);
  OnnxTensor y = like(left, dims);
  for (int64_t i = 0; i < y.count(); ++i) {
    if (function.type == "Div" && !y.is_float && right.number(i) == 0) throw Error("divides by 0");
    put(y, i, function.f(left.number(i), right.number(i)));
  }
  return y;
}

bool fold_shape(GraphReader& reader, OnnxNode& node) {
  const bool size = node.type() == "Size";
  if (node.type() != "Shape" && !size) return false;
  const std::vector<int64_t> dims = reader.value(node.input(0)).dims;
  const auto rank = static_cast<int64_t>(dims.size());
  const auto place = [&](int64_t at) { return std::clamp(at < 0 ? at + rank : at, int64_t{0}, rank); };
  const int64_t start = place(node.integer("start", 0)), end = std::max(start, place(node.integer("end", rank)));
  OnnxTensor y;
  y.is_float = false, y.stored = Element::i64;
  if (size)
    y.ints = {Shape(dims).count()};
  else
    y.ints.assign(dims.begin() + start, dims.begin() + end), y.dims = {end - start};
  reader.define_constant(node.output(0), std::move(y));
  return true;
}

}  // namespace

bool fold(GraphReader& reader, OnnxNode& node) {
  if (fold_shape(reader, node)) return true;
  for (int i = 0; i < node.inputs(); ++i)
    if (!node.input(i).empty() && !reader.value(node.input(i)).constant) return false;
  if (node.type() == "Identity") {
    reader.define(node.output(0), GraphValue(reader.value(node.input(0))));
    return true;
  }
  Folding folding{reader, node};
  const auto known = std::ranges::find_if(folders, [&](const Folder& f) { return node.type() == f.type; });
  if (known != folders.end()) {
    reader.define_constant(node.output(0), known->of(folding));
    return true;
  }
  if (node.inputs() < 1) return false;
  const auto function = element_function(node);
  if (!function) return false;
  if (function->of_two && node.inputs() != 2) throw Error("of other than two values");
  reader.define_constant(node.output(0), element_wise(folding, *function));
  return true;
}

}  // namespace nn

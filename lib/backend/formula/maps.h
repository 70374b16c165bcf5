// SPDX-License-Identifier: MIT
// Element-wise functions: f(x, c) and df(x, y, c) = dy/dx where y = f(x, c); c are the constants of the op Map, as many
// as `constants` says, at most max_map_constants. from_y: df reads y only, so that a backend need not keep x. At a kink
// the derivative is torch's (relu'(0) = 0, leaky_relu'(0) = c[0], elu'(0) = c[0]). Selections are written so that a NaN
// goes through. To add one: a struct here, a line in maps.def, values in tests/backend/ref_maps.cpp.
#pragma once

#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "backend/formula/math.h"
#include "base/error.h"
#include "base/registry.h"

namespace nn::formula {

constexpr int max_map_constants = 3;

template <class T, class M = Math<T>>
struct Relu {
  static constexpr bool from_y = true;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return at_least<M>(x, M::constant(0)); }
  static constexpr T df(T, T y, const T*) { return M::select(y <= M::constant(0), M::constant(0), M::constant(1)); }
};

template <class T, class M = Math<T>>
struct Relu6 {
  static constexpr bool from_y = true;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return at_most<M>(at_least<M>(x, M::constant(0)), M::constant(6)); }
  static constexpr T df(T, T y, const T*) {
    const T below = M::select(y >= M::constant(6), M::constant(0), M::constant(1));
    return M::select(y <= M::constant(0), M::constant(0), below);
  }
};

template <class T, class M = Math<T>>
struct LeakyRelu {  // c[0]: slope below 0
  static constexpr bool from_y = false;
  static constexpr int constants = 1;
  static constexpr T f(T x, const T* c) { return M::select(x > M::constant(0), x, x * c[0]); }
  static constexpr T df(T x, T, const T* c) { return M::select(x > M::constant(0), M::constant(1), c[0]); }
};

template <class T, class M = Math<T>>
struct Elu {  // c[0]: limit below 0 is -c[0]
  static constexpr bool from_y = false;
  static constexpr int constants = 1;
  static constexpr T f(T x, const T* c) { return M::select(x > M::constant(0), x, c[0] * M::expm1(x)); }
  static constexpr T df(T x, T y, const T* c) { return M::select(x > M::constant(0), M::constant(1), y + c[0]); }
};

template <class T, class M = Math<T>>
struct Selu {
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  static constexpr T f(T x, const T*) {
    return M::select(x > M::constant(0), M::constant(scale) * x, M::constant(scale * alpha) * M::expm1(x));
  }
  static constexpr T df(T x, T y, const T*) {
    return M::select(x > M::constant(0), M::constant(scale), y + M::constant(scale * alpha));
  }
};

template <class T, class M = Math<T>>
struct Gelu {  // x * Phi(x), exact
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T phi_sum(T x) {
    return M::constant(0.5) * (M::constant(1) + M::erf(x * M::constant(0.70710678118654752440)));
  }
  static constexpr T f(T x, const T*) { return x * phi_sum(x); }
  static constexpr T df(T x, T, const T*) {
    const T density = M::constant(0.39894228040143267794) * M::exp(M::constant(-0.5) * x * x);
    return phi_sum(x) + x * density;
  }
};

template <class T, class M = Math<T>>
struct GeluTanh {
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr double root = 0.79788456080286535588, cubic = 0.044715;  // sqrt(2/pi)
  static constexpr T inner(T x) { return M::tanh(M::constant(root) * (x + M::constant(cubic) * x * x * x)); }
  static constexpr T f(T x, const T*) { return M::constant(0.5) * x * (M::constant(1) + inner(x)); }
  static constexpr T df(T x, T, const T*) {
    const T t = inner(x), one = M::constant(1);
    const T slope = M::constant(root) * (one + M::constant(3 * cubic) * x * x);
    return M::constant(0.5) * (one + t + x * (one - t * t) * slope);
  }
};

template <class T, class M = Math<T>>
struct Sigmoid {
  static constexpr bool from_y = true;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return M::sigmoid(x); }
  static constexpr T df(T, T y, const T*) { return y * (M::constant(1) - y); }
};

template <class T, class M = Math<T>>
struct HardSigmoid {  // relu6(x+3)/6
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) {
    return at_most<M>(at_least<M>(x + M::constant(3), M::constant(0)), M::constant(6)) * M::constant(1.0 / 6);
  }
  static constexpr T df(T x, T, const T*) {
    const T below = M::select(x >= M::constant(3), M::constant(0), M::constant(1.0 / 6));
    return M::select(x <= M::constant(-3), M::constant(0), below);
  }
};

template <class T, class M = Math<T>>
struct Tanh {
  static constexpr bool from_y = true;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return M::tanh(x); }
  static constexpr T df(T, T y, const T*) { return M::constant(1) - y * y; }
};

template <class T, class M = Math<T>>
struct HardTanh {  // c[0], c[1]: limits; c[2]: derivative at them
  static constexpr bool from_y = false;
  static constexpr int constants = 3;
  static constexpr T f(T x, const T* c) { return at_most<M>(at_least<M>(x, c[0]), c[1]); }
  static constexpr T df(T x, T, const T* c) {
    const T from_low = M::select(x <= c[0], M::select(x < c[0], M::constant(0), c[2]), M::constant(1));
    return M::select(x >= c[1], M::select(x > c[1], M::constant(0), c[2]), from_low);
  }
};

template <class T, class M = Math<T>>
struct Silu {
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return x * M::sigmoid(x); }
  static constexpr T df(T x, T, const T*) {
    const T s = M::sigmoid(x), one = M::constant(1);
    return s * (one + x * (one - s));
  }
};

template <class T, class M = Math<T>>
struct HardSwish {  // x * hard_sigmoid(x); torch's derivative at -3 is 0, at 3 it is 1
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T* c) { return x * HardSigmoid<T, M>::f(x, c); }
  static constexpr T df(T x, T, const T*) {
    const T middle = x * M::constant(1.0 / 3) + M::constant(0.5);
    const T below = M::select(x >= M::constant(3), M::constant(1), middle);
    return M::select(x <= M::constant(-3), M::constant(0), below);
  }
};

template <class T, class M = Math<T>>
struct Softplus {  // log(1 + exp(x)) without overflow
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return at_least<M>(x, M::constant(0)) + M::log1p(M::exp(-M::abs(x))); }
  static constexpr T df(T x, T, const T*) { return M::sigmoid(x); }
};

template <class T, class M = Math<T>>
struct Softsign {
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T*) { return x / (M::constant(1) + M::abs(x)); }
  static constexpr T df(T x, T, const T*) {
    const T d = M::constant(1) + M::abs(x);
    return M::constant(1) / (d * d);
  }
};

template <class T, class M = Math<T>>
struct Mish {  // x * tanh(softplus(x))
  static constexpr bool from_y = false;
  static constexpr int constants = 0;
  static constexpr T f(T x, const T* c) { return x * M::tanh(Softplus<T, M>::f(x, c)); }
  static constexpr T df(T x, T, const T* c) {
    const T t = M::tanh(Softplus<T, M>::f(x, c));
    return t + x * (M::constant(1) - t * t) * M::sigmoid(x);
  }
};

/// The names of maps.def.
inline std::span<const std::string> map_names() {
  static const std::string names[] = {
#define MAP(name, Type) #name,
#include "backend/formula/maps.def"
#undef MAP
  };
  return names;
}

/// Calls visit.template operator()<F>() with the template F of that name, F<T, M>::f. UsageError for an unknown name.
template <class Visit>
decltype(auto) visit_map(std::string_view name, Visit&& visit) {
#define MAP(known, Type) \
  if (name == #known) return visit.template operator()<Type>();
#include "backend/formula/maps.def"
#undef MAP
  throw UsageError(unknown_name("function", name, map_names()));
}

/// How many constants the function of that name has.
inline int map_constants(std::string_view name) {
  return visit_map(name, []<template <class, class> class F>() { return F<double, Math<double>>::constants; });
}

/// The constants of an op Map in the element type of a backend. logic_error when they are not as many as the function
/// has.
template <class T>
std::array<T, max_map_constants> constants_of(std::string_view name, std::span<const double> constants) {
  if (static_cast<int>(constants.size()) != map_constants(name))
    throw std::logic_error("a Map with other constants than " + std::string(name) + " has");
  std::array<T, max_map_constants> all{};
  for (size_t i = 0; i < constants.size(); ++i) all[i] = static_cast<T>(constants[i]);
  return all;
}

}  // namespace nn::formula

// SPDX-License-Identifier: MIT
// Optimizer updates: step(w, g, s, c) changes one weight w with its gradient g, its slots s[0..slots) and the
// constants c[0..constants) of this step, which optim/ computes in double. Every list of constants begins with
//   c[0]  weight_decay  lambda of the coupled form, g += lambda w (0: none)
//   c[1]  keep          factor of the decoupled form, w *= keep before the update (1: none, else 1 - rate lambda)
// and the forms of PyTorch and Keras differ in the other constants only; t counts from 1, eta is the learning rate.
//
//   sgd                        c[2] eta                                                                   no slots
//   sgd_momentum, sgd_nesterov c[2] momentum  c[3] inner  c[4] outer                                      slot: b
//       b = momentum b + inner g;  w -= outer b   (nesterov: w -= outer (inner g + momentum b))
//       PyTorch: inner = 1 - dampening (1 at t = 1), outer = eta.  Keras: inner = eta, outer = 1 (its velocity is -b).
//   adam                       c[2] 1-beta1  c[3] beta2  c[4] 1-beta2  c[5] step_size  c[6] root  c[7] epsilon
//       m += (1-beta1)(g - m);  v = beta2 v + (1-beta2) g^2;  w -= step_size m / (sqrt(v) root + epsilon)  slots: m, v
//       PyTorch: step_size = eta/(1-beta1^t), root = 1/sqrt(1-beta2^t).
//       Keras: step_size = eta sqrt(1-beta2^t)/(1-beta1^t), root = 1.
//       adamw is adam with weight_decay = 0 and keep = 1 - eta lambda.
//   adam_amsgrad               the same; sqrt of the largest v so far                          slots: m, v, largest v
//   rmsprop                    c[2] alpha  c[3] 1-alpha  c[4] epsilon_inside  c[5] epsilon_outside  c[6] inner
//                              c[7] outer                                                                 slot: v
//       v = alpha v + (1-alpha) g^2;  d = sqrt(v + epsilon_inside) + epsilon_outside;  w -= outer inner g / d
//       PyTorch: epsilon_inside = 0, inner = 1, outer = eta.  Keras: epsilon_outside = 0, inner = eta, outer = 1.
//   rmsprop_momentum           the same and c[8] momentum: b = momentum b + inner g/d;  w -= outer b   slots: v, b
//   rmsprop_centered           as rmsprop with a += (1-alpha)(g - a) and v - a^2 under the root        slots: v, a
//   rmsprop_centered_momentum  both                                                                 slots: v, a, b
//   adagrad                    c[2] rate  c[3] epsilon_inside  c[4] epsilon_outside                       slot: a
//       a += g^2;  w -= rate g / (sqrt(a + epsilon_inside) + epsilon_outside);  rate = eta/(1+(t-1) lr_decay);
//       Keras starts with a = 0.1 (written into the slot by the caller).
//   nadam                      c[2] 1-beta1  c[3] beta2  c[4] 1-beta2  c[5] gradient_size  c[6] moment_size
//                              c[7] root  c[8] epsilon                                                    slots: m, v
//       w -= (gradient_size g + moment_size m) / (sqrt(v) root + epsilon);  root = 1/sqrt(1-beta2^t),
//       gradient_size = eta (1-u_t)/(1-U_t), moment_size = eta u_(t+1)/(1-U_t u_(t+1)), U_t = u_1 ... u_t.
//
// An epsilon of 0 divides 0 by 0 where a gradient was always 0: optim/ refuses it.
// To add one: a struct here and a line in updates.def.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "backend/formula/limits.h"
#include "backend/formula/math.h"
#include "base/error.h"
#include "base/registry.h"

namespace nn::formula {

template <class T, class M = Math<T>>
struct Sgd {
  static constexpr int slots = 0, constants = 3;
  static constexpr void step(T& w, T g, T*, const T* c) {
    g = g + c[0] * w;
    w = w * c[1] - c[2] * g;
  }
};

template <class T, class M = Math<T>>
struct SgdMomentum {
  static constexpr int slots = 1, constants = 5;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    g = g + c[0] * w;
    s[0] = c[2] * s[0] + c[3] * g;
    w = w * c[1] - c[4] * s[0];
  }
};

template <class T, class M = Math<T>>
struct SgdNesterov {
  static constexpr int slots = 1, constants = 5;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    g = g + c[0] * w;
    s[0] = c[2] * s[0] + c[3] * g;
    w = w * c[1] - c[4] * (c[3] * g + c[2] * s[0]);
  }
};

/// The two running moments that adam and nadam share.
template <class T>
constexpr void follow_moments(T g, T* s, const T* c) {
  s[0] = s[0] + (g - s[0]) * c[2];
  s[1] = c[3] * s[1] + c[4] * g * g;
}

template <class T, class M = Math<T>>
struct Adam {
  static constexpr int slots = 2, constants = 8;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    follow_moments(g + c[0] * w, s, c);
    w = w * c[1] - M::quotient(c[5] * s[0], M::sqrt(s[1]) * c[6] + c[7]);
  }
};

template <class T, class M = Math<T>>
struct AdamAmsgrad {
  static constexpr int slots = 3, constants = 8;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    follow_moments(g + c[0] * w, s, c);
    s[2] = M::select(s[1] <= s[2], s[2], s[1]);
    w = w * c[1] - M::quotient(c[5] * s[0], M::sqrt(s[2]) * c[6] + c[7]);
  }
};

template <class T, class M, bool centered, bool momentum>
struct RmspropForm {
  static constexpr int slots = 1 + centered + momentum, constants = 8 + momentum;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    g = g + c[0] * w;
    s[0] = c[2] * s[0] + c[3] * g * g;
    T spread = s[0];
    if constexpr (centered) {
      s[1] = s[1] + (g - s[1]) * c[3];
      spread = at_least<M>(s[0] - s[1] * s[1], M::constant(0));  // rounding may leave it a little below 0
    }
    T move = M::quotient(c[6] * g, M::sqrt(spread + c[4]) + c[5]);
    if constexpr (momentum) {
      T& b = s[1 + centered];
      b = c[8] * b + move;
      move = b;
    }
    w = w * c[1] - c[7] * move;
  }
};
template <class T, class M = Math<T>>
struct Rmsprop : RmspropForm<T, M, false, false> {};
template <class T, class M = Math<T>>
struct RmspropMomentum : RmspropForm<T, M, false, true> {};
template <class T, class M = Math<T>>
struct RmspropCentered : RmspropForm<T, M, true, false> {};
template <class T, class M = Math<T>>
struct RmspropCenteredMomentum : RmspropForm<T, M, true, true> {};

template <class T, class M = Math<T>>
struct Adagrad {
  static constexpr int slots = 1, constants = 5;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    g = g + c[0] * w;
    s[0] = s[0] + g * g;
    w = w * c[1] - M::quotient(c[2] * g, M::sqrt(s[0] + c[3]) + c[4]);
  }
};

template <class T, class M = Math<T>>
struct Nadam {
  static constexpr int slots = 2, constants = 9;
  static constexpr void step(T& w, T g, T* s, const T* c) {
    g = g + c[0] * w;
    follow_moments(g, s, c);
    w = w * c[1] - M::quotient(c[5] * g + c[6] * s[0], M::sqrt(s[1]) * c[7] + c[8]);
  }
};

/// The names of updates.def.
inline std::span<const std::string> update_names() {
  static const std::string names[] = {
#define UPDATE(name, Type) #name,
#include "backend/formula/updates.def"
#undef UPDATE
  };
  return names;
}

/// Calls visit.template operator()<F>() with the template F of that name. UsageError for an unknown name.
template <class Visit>
decltype(auto) visit_update(std::string_view name, Visit&& visit) {
#define UPDATE(known, Type) \
  if (name == #known) return visit.template operator()<Type>();
#include "backend/formula/updates.def"
#undef UPDATE
  throw UsageError(unknown_name("update formula", name, update_names()));
}

/// What a formula expects, for checks.
struct UpdateNeeds {
  int slots, constants;
};
inline UpdateNeeds update_needs(std::string_view name) {
  return visit_update(name, []<template <class, class> class F>() {
    return UpdateNeeds{F<double, Math<double>>::slots, F<double, Math<double>>::constants};
  });
}

}  // namespace nn::formula

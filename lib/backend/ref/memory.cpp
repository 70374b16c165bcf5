// SPDX-License-Identifier: MIT
#include "backend/ref/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "backend/formula/updates.h"
#include "base/error.h"

namespace nn::ref {

Arena::Arena(int64_t count)
    : count_(count),
      data_(static_cast<double*>(
          ::operator new[](static_cast<size_t>(std::max<int64_t>(count, 1)) * sizeof(double), std::align_val_t(64)))) {
  std::fill_n(data_.get(), count_, 0.0);
}

RefMemory::RefMemory(const Graph& graph, int slots)
    : graph_(graph),
      layout_(layout_of(graph)),
      weights_(layout_.trainable),
      gradients_(layout_.trainable),
      buffers_(layout_.buffers) {
  for (int i = 0; i < slots; ++i) slots_.emplace_back(layout_.trainable);
}

size_t RefMemory::bytes() const {
  const int64_t arenas = 2 + static_cast<int64_t>(slots_.size());
  return static_cast<size_t>(arenas * layout_.trainable + layout_.buffers) * sizeof(double);
}

const double* RefMemory::place(Part part, ParamId param, int slot, size_t count) const {
  const Param& p = graph_.params.at(static_cast<size_t>(param));
  const int64_t offset = layout_.offset[static_cast<size_t>(param)];
  if (static_cast<int64_t>(count) != p.shape.count())
    throw Error(fmt::format("{}: {} values for the shape {}", p.path(), count, p.shape.text()));
  if (!p.trainable) {
    if (part == Part::weights || part == Part::buffers) return buffers_.data() + offset;
    throw Error(fmt::format("{} is not trained: it has no gradient and no optimizer state", p.path()));
  }
  switch (part) {
    case Part::weights:
      return weights_.data() + offset;
    case Part::gradients:
      if (used_up_) throw std::logic_error("gradients are read that an update has used up");
      return gradients_.data() + offset;
    case Part::slot:
      if (slot >= 0 && slot < slots()) return slots_[static_cast<size_t>(slot)].data() + offset;
      throw Error(fmt::format("{}: optimizer slot {} of {} slots", p.path(), slot, slots()));
    case Part::buffers:
      break;
  }
  throw Error(fmt::format("{} is trained: it is not a buffer", p.path()));
}

void RefMemory::read(Part part, ParamId param, std::span<double> out, int slot) const {
  std::copy_n(place(part, param, slot, out.size()), out.size(), out.data());
}

void RefMemory::write(Part part, ParamId param, std::span<const double> in, int slot) {
  if (part == Part::gradients) used_up_ = false;
  std::copy_n(in.data(), in.size(), const_cast<double*>(place(part, param, slot, in.size())));
}

double* RefMemory::values(ParamId param) {
  const size_t i = static_cast<size_t>(param);
  return (graph_.params[i].trainable ? weights_ : buffers_).data() + layout_.offset[i];
}

double* RefMemory::gradients(ParamId param) {
  const size_t i = static_cast<size_t>(param);
  return graph_.params[i].trainable ? gradients_.data() + layout_.offset[i] : nullptr;
}

void RefMemory::zero_gradients() { std::fill_n(gradients_.data(), gradients_.size(), 0.0); }

std::span<std::byte> RefMemory::raw(ArenaId id) {
  Arena& a = id.part == Part::buffers ? buffers_ : arena(id);
  return {reinterpret_cast<std::byte*>(a.data()), static_cast<size_t>(a.size()) * sizeof(double)};
}

double RefMemory::penalty() const {
  double penalty = 0;
  for (size_t i = 0; i < graph_.params.size(); ++i) {
    const Param& p = graph_.params[i];
    if (!p.trainable || (p.l1 == 0 && p.l2 == 0)) continue;
    const double* w = weights_.data() + layout_.offset[i];
    double sum = 0, squares = 0;
    for (int64_t k = 0; k < p.shape.count(); ++k) {
      sum += std::fabs(w[k]);
      squares += w[k] * w[k];
    }
    penalty += p.l1 * sum + p.l2 * squares;
  }
  return penalty;
}

double RefMemory::add_penalties() {
  for (size_t i = 0; i < graph_.params.size(); ++i) {
    const Param& p = graph_.params[i];
    if (!p.trainable || (p.l1 == 0 && p.l2 == 0)) continue;
    const double* w = weights_.data() + layout_.offset[i];
    double* g = gradients_.data() + layout_.offset[i];
    for (int64_t k = 0; k < p.shape.count(); ++k) g[k] += 2 * p.l2 * w[k] + (w[k] > 0 ? p.l1 : w[k] < 0 ? -p.l1 : 0.0);
  }
  return penalty();
}

Arena& RefMemory::arena(ArenaId id) { return arena_of(id, weights_, gradients_, used_up_, slots_); }

double RefMemory::norm(ArenaId id) const {
  const Arena& a = const_cast<RefMemory*>(this)->arena(id);
  double squares = 0;
  for (int64_t i = 0; i < a.size(); ++i) squares += a.data()[i] * a.data()[i];
  return std::sqrt(squares);
}

bool RefMemory::all_finite(ArenaId id) const {
  const Arena& a = const_cast<RefMemory*>(this)->arena(id);
  return std::all_of(a.data(), a.data() + a.size(), [](double x) { return std::isfinite(x); });
}

void RefMemory::blend(ArenaId to, double a, ArenaId from, double b) {
  Arena& t = arena(to);
  const Arena& f = arena(from);
  for (int64_t i = 0; i < t.size(); ++i) t.data()[i] = (a == 0 ? 0 : a * t.data()[i]) + b * f.data()[i];
}

void RefMemory::swap(ArenaId one, ArenaId other) {
  Arena &a = arena(one), &b = arena(other);
  std::swap_ranges(a.data(), a.data() + a.size(), b.data());
}

void RefMemory::scale_gradients(double factor) {
  for (int64_t i = 0; i < gradients_.size(); ++i) gradients_.data()[i] *= factor;
}

void RefMemory::clip_gradients(double limit) {
  for (int64_t i = 0; i < gradients_.size(); ++i) {
    double& g = gradients_.data()[i];
    g = g > limit ? limit : g < -limit ? -limit : g;  // a NaN stays
  }
}

void RefMemory::update(const UpdateRule& rule) {
  const auto& [formula, constants] = rule;
  const formula::UpdateNeeds needs = formula::update_needs(formula);
  if (needs.slots > slots() || needs.constants != static_cast<int>(constants.size()))
    throw Error(fmt::format("update formula {}: {} slots and {} constants given, {} and {} wanted", formula, slots(),
                            constants.size(), needs.slots, needs.constants));
  formula::visit_update(formula, [&]<template <class, class> class F>() {
    for (size_t i = 0; i < graph_.params.size(); ++i) {
      if (!graph_.params[i].trainable) continue;
      const int64_t first = layout_.offset[i], end = first + graph_.params[i].shape.count();
      for (int64_t k = first; k < end; ++k) {
        double s[formula::max_slots] = {};
        for (size_t j = 0; j < static_cast<size_t>(needs.slots); ++j) s[j] = slots_[j].data()[k];
        F<double, formula::Math<double>>::step(weights_.data()[k], gradients_.data()[k], s, constants.data());
        for (size_t j = 0; j < static_cast<size_t>(needs.slots); ++j) slots_[j].data()[k] = s[j];
      }
    }
  });
}

}  // namespace nn::ref

// SPDX-License-Identifier: MIT
#include "backend/cpu/plan/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace nn::cpu {
namespace {
constexpr int64_t part_elements = 16384;  // a part's weight, gradient and moments stay in the second-level cache

int parts_of(int64_t n) { return static_cast<int>((n + part_elements - 1) / part_elements); }
Range part_at(int64_t n, int part) { return {part * part_elements, std::min(n, (part + 1) * part_elements)}; }
}  // namespace

CpuMemory::CpuMemory(const Graph& graph, int slots, const Kernels& kernels, Team& team)
    : graph_(graph),
      layout_(layout_of(graph)),
      kernels_(kernels),
      team_(team),
      weights_(layout_.trainable),
      gradients_(layout_.trainable),
      buffers_(layout_.buffers),
      part_sums_(std::max(1, parts_of(layout_.trainable))) {
  for (int i = 0; i < slots; ++i) slots_.emplace_back(layout_.trainable);
}

size_t CpuMemory::bytes() const { return weights_.bytes() * (2 + slots_.size()) + buffers_.bytes(); }

float* CpuMemory::values(ParamId param) const {
  const size_t p = static_cast<size_t>(param);
  return (graph_.params[p].trainable ? weights_ : buffers_).get() + layout_.offset[p];
}

float* CpuMemory::gradient(ParamId param) const {
  const size_t p = static_cast<size_t>(param);
  return graph_.params[p].trainable ? gradients_.get() + layout_.offset[p] : nullptr;
}

void CpuMemory::check_gradients() const {
  if (used_up_) throw std::logic_error("gradients are read that an update has used up");
}

float* CpuMemory::place(Part part, ParamId param, int slot) const {
  const Param& p = graph_.params.at(static_cast<size_t>(param));
  const int64_t offset = layout_.offset[static_cast<size_t>(param)];
  if (part == Part::weights || part == Part::buffers) return values(param);
  if (!p.trainable) throw Error(fmt::format("{} is not trained: it has no gradient and no optimizer slots", p.path()));
  if (part == Part::gradients) return gradients_.get() + offset;
  return slots_.at(static_cast<size_t>(slot)).get() + offset;
}

void CpuMemory::read(Part part, ParamId param, std::span<double> out, int slot) const {
  if (part == Part::gradients) check_gradients();
  const float* from = place(part, param, slot);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(from[i]);
}

void CpuMemory::write(Part part, ParamId param, std::span<const double> in, int slot) {
  if (part == Part::gradients) used_up_ = false;
  float* to = place(part, param, slot);
  for (size_t i = 0; i < in.size(); ++i) to[i] = static_cast<float>(in[i]);
  ++version_;
}

double CpuMemory::penalty() const {
  double penalty = 0;
  for (size_t p = 0; p < graph_.params.size(); ++p) {
    const Param& param = graph_.params[p];
    if (!param.trainable || (param.l1 == 0 && param.l2 == 0)) continue;
    const float* w = weights_.get() + layout_.offset[p];
    double absolute = 0, squares = 0;
    for (int64_t i = 0; i < param.shape.count(); ++i) {
      const double v = static_cast<double>(w[i]);
      absolute += std::fabs(v);
      squares += v * v;
    }
    penalty += param.l1 * absolute + param.l2 * squares;
  }
  return penalty;
}

double CpuMemory::add_penalties() {
  for (size_t p = 0; p < graph_.params.size(); ++p) {
    const Param& param = graph_.params[p];
    if (!param.trainable || (param.l1 == 0 && param.l2 == 0)) continue;
    const float* w = weights_.get() + layout_.offset[p];
    float* g = gradients_.get() + layout_.offset[p];
    for (int64_t i = 0; i < param.shape.count(); ++i) {
      const double v = static_cast<double>(w[i]);
      g[i] += static_cast<float>(2 * param.l2 * v + (v > 0 ? param.l1 : v < 0 ? -param.l1 : 0.0));
    }
  }
  return penalty();
}

const Floats& CpuMemory::arena(ArenaId id) const { return arena_of(id, weights_, gradients_, used_up_, slots_); }

double CpuMemory::norm(ArenaId id) const {
  const Floats& a = arena(id);
  const int64_t n = a.size();
  team_.run(parts_of(n), [&](int part, int) {
    const auto [begin, end] = part_at(n, part);
    part_sums_[part] = kernels_.sum_squares(a.get() + begin, 0, end - begin);
  });
  double squares = 0;
  for (int part = 0; part < parts_of(n); ++part) squares += part_sums_[part];
  return std::sqrt(squares);
}

bool CpuMemory::all_finite(ArenaId id) const {
  const Floats& a = arena(id);
  return std::all_of(a.get(), a.get() + a.size(), [](float x) { return std::isfinite(x); });
}

void CpuMemory::blend(ArenaId to, double a, ArenaId from, double b) {
  float* t = arena(to).get();
  const float* f = arena(from).get();
  const int64_t n = layout_.trainable;
  team_.run(parts_of(n), [&](int part, int) {
    const FlushDenormals flush;
    const auto [begin, end] = part_at(n, part);
    const float bf = static_cast<float>(b);
    if (a == 0)
      kernels_.affine(f + begin, bf, 0, t + begin, end - begin);
    else
      kernels_.affine2(t + begin, static_cast<float>(a), f + begin, bf, 0, t + begin, end - begin);
  });
  if (to.part == Part::weights) ++version_;
}

void CpuMemory::swap(ArenaId one, ArenaId other) {
  float *a = arena(one).get(), *b = arena(other).get();
  std::swap_ranges(a, a + layout_.trainable, b);
  ++version_;
}

void CpuMemory::scale_gradients(double factor) {
  kernels_.scale(gradients_.get(), static_cast<float>(factor), gradients_.size());
}

void CpuMemory::clip_gradients(double limit) {
  kernels_.clip(gradients_.get(), static_cast<float>(limit), gradients_.size());
}

/// Weights are taken for changed: whoever asks may write them.
std::span<std::byte> CpuMemory::raw(ArenaId id) {
  const Floats& a = id.part == Part::buffers ? buffers_ : arena(id);
  ++version_;
  return {reinterpret_cast<std::byte*>(a.get()), a.bytes()};
}

CpuMemory::PreparedUpdate CpuMemory::prepare(const UpdateRule& rule) const {
  const auto needs = formula::update_needs(rule.formula);
  if (needs.slots > slots() || static_cast<size_t>(needs.constants) != rule.constants.size())
    throw std::logic_error(fmt::format("update {} wants {} slots and {} constants, has {} and {}", rule.formula,
                                       needs.slots, needs.constants, slots(), rule.constants.size()));
  PreparedUpdate prepared{kernels_.update(rule.formula).update, static_cast<size_t>(needs.slots)};
  for (size_t i = 0; i < rule.constants.size(); ++i) prepared.constants[i] = static_cast<float>(rule.constants[i]);
  return prepared;
}

UpdateArrays CpuMemory::arrays_at(const PreparedUpdate& update, int64_t begin, const float* gradient) const {
  UpdateArrays arrays{weights_.get() + begin, {}, gradient};
  for (size_t i = 0; i < update.slots; ++i) arrays.slots[i] = slots_[i].get() + begin;
  return arrays;
}

void CpuMemory::update(const UpdateRule& rule) {
  const PreparedUpdate prepared = prepare(rule);
  const int64_t n = weights_.size();
  team_.run(parts_of(n), [&](int part, int) {
    const FlushDenormals flush;
    const auto [begin, end] = part_at(n, part);
    prepared.update(arrays_at(prepared, begin, gradients_.get() + begin), prepared.constants.data(), 1, end - begin);
  });
  ++version_;
}

void CpuMemory::update_part(const PreparedUpdate& update, ParamId param, int64_t begin, int64_t end) {
  const int64_t first = layout_.offset[static_cast<size_t>(param)] + begin;
  update.update(arrays_at(update, first, gradients_.get() + first), update.constants.data(), 1, end - begin);
}

void CpuMemory::update_block(const PreparedUpdate& update, ParamId param, const Block& block, const float* gradient,
                             int64_t gradient_row) {
  UpdateArrays arrays = arrays_of(update, param, block.begin);
  arrays.g = gradient;
  arrays.row = block.row;
  arrays.g_row = gradient_row;
  update.update(arrays, update.constants.data(), block.rows, block.columns);
}

}  // namespace nn::cpu

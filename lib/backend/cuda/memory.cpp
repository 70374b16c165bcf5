// SPDX-License-Identifier: MIT
#include "backend/cuda/memory.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "backend/formula/updates.h"
#include "base/error.h"

namespace nn::cuda {
namespace {

std::vector<UpdatePart> parts_of(const Graph& graph, const ArenaLayout& layout) {
  std::vector<UpdatePart> parts;
  for (size_t i = 0; i < graph.params.size(); ++i) {
    if (!graph.params[i].trainable) continue;
    const int64_t count = graph.params[i].shape.count();
    for (int64_t k = 0; k < count; k += largest_part)
      parts.push_back({layout.offset[i] + k, std::min(largest_part, count - k)});
  }
  return parts;
}

}  // namespace

CudaMemory::CudaMemory(Device& device, const Graph& graph, int slots)
    : device_(device),
      graph_(graph),
      layout_(layout_of(graph)),
      weights_(make(layout_.trainable)),
      gradients_(make(layout_.trainable)),
      buffers_(make(layout_.buffers)),
      parts_(device, parts_of(graph_, layout_)),
      constants_(device, formula::max_constants),
      step_0_(device, 1),
      sums_(device, static_cast<size_t>(sum_blocks + 1)),
      penalties_(device, graph.params.size()) {
  for (int i = 0; i < slots; ++i) slots_.push_back(make(layout_.trainable));
  step_0_.zero();
}

Array<float> CudaMemory::make(int64_t count) {
  Array<float> array(device_, static_cast<size_t>(count));
  array.zero();
  return array;
}

size_t CudaMemory::bytes() const { return (2 + slots_.size()) * weights_.bytes() + buffers_.bytes(); }

const Array<float>& CudaMemory::arena(ArenaId id) const { return arena_of(id, weights_, gradients_, used_up_, slots_); }

const Array<float>& CudaMemory::place(Part part, ParamId param, int slot, size_t count) const {
  const Param& p = graph_.params.at(static_cast<size_t>(param));
  if (static_cast<int64_t>(count) != p.shape.count())
    throw Error(fmt::format("{}: {} values for the shape {}", p.path(), count, p.shape.text()));
  if (!p.trainable) {
    if (part == Part::weights || part == Part::buffers) return buffers_;
    throw Error(fmt::format("{} is not trained: it has no gradient and no optimizer state", p.path()));
  }
  if (part == Part::buffers) throw Error(fmt::format("{} is trained: it is not a buffer", p.path()));
  if (part == Part::slot && (slot < 0 || slot >= slots()))
    throw Error(fmt::format("{}: optimizer slot {} of {} slots", p.path(), slot, slots()));
  return arena({part, slot});
}

const std::vector<float>& CudaMemory::mirror(const Array<float>& arena) const {
  for (const Mirror& m : mirrors_)
    if (m.of == &arena) return m.values;
  mirrors_.push_back({&arena, std::vector<float>(arena.size())});
  arena.read(mirrors_.back().values);
  return mirrors_.back().values;
}

void CudaMemory::read(Part part, ParamId param, std::span<double> out, int slot) const {
  const std::vector<float>& all = mirror(place(part, param, slot, out.size()));
  std::copy_n(all.begin() + layout_.offset[static_cast<size_t>(param)], out.size(), out.begin());
}

void CudaMemory::write(Part part, ParamId param, std::span<const double> in, int slot) {
  if (part == Part::gradients) used_up_ = false;
  const Array<float>& to = place(part, param, slot, in.size());
  std::vector<float> values(in.size());
  std::transform(in.begin(), in.end(), values.begin(), [](double v) { return static_cast<float>(v); });
  device_.upload(to.get() + layout_.offset[static_cast<size_t>(param)], values.data(), values.size() * sizeof(float));
  changed();
}

float* CudaMemory::values(ParamId param) const {
  const auto i = static_cast<size_t>(param);
  return (graph_.params[i].trainable ? weights_ : buffers_).get() + layout_.offset[i];
}

float* CudaMemory::gradient(ParamId param) const {
  const auto i = static_cast<size_t>(param);
  return graph_.params[i].trainable ? gradients_.get() + layout_.offset[i] : nullptr;
}

Slots CudaMemory::slots_of(ParamId param) const {
  Slots slots{};
  for (size_t i = 0; i < slots_.size() && i < formula::max_slots; ++i)
    slots.at[i] = slots_[i].get() + layout_.offset[static_cast<size_t>(param)];
  return slots;
}

std::span<std::byte> CudaMemory::raw(ArenaId id) {
  const Array<float>& a = id.part == Part::buffers ? buffers_ : arena(id);
  device_.synchronize();
  changed();
  return {reinterpret_cast<std::byte*>(a.get()), a.bytes()};
}

double CudaMemory::penalties(bool to_gradients) const {
  bool any = false;
  for (size_t i = 0; i < graph_.params.size(); ++i) {
    const Param& p = graph_.params[i];
    if (!p.trainable || (p.l1 == 0 && p.l2 == 0)) continue;
    if (!any) device_.fill_zero(penalties_.get(), penalties_.bytes());
    any = true;
    const ParamId id = static_cast<ParamId>(i);
    launch_penalty(device_, p.shape.count(), values(id), to_gradients ? gradient(id) : nullptr, p.l1, p.l2,
                   penalties_.get() + i);
  }
  if (!any) return 0;
  std::vector<double> each(graph_.params.size());
  penalties_.read(each);
  double sum = 0;
  for (const double one : each) sum += one;
  return sum;
}

double CudaMemory::add_penalties() {
  changed();
  return penalties(true);
}
double CudaMemory::penalty() const { return penalties(false); }

double CudaMemory::summed() const {
  double sum = 0;
  device_.download(&sum, sums_.get() + sum_blocks, sizeof sum);
  device_.synchronize();
  return sum;
}

double CudaMemory::norm(ArenaId id) const {
  const Array<float>& a = arena(id);
  launch_squares(device_, static_cast<int64_t>(a.size()), a.get(), sums_.get());
  return std::sqrt(summed());
}

bool CudaMemory::all_finite(ArenaId id) const {
  const Array<float>& a = arena(id);
  launch_not_finite(device_, static_cast<int64_t>(a.size()), a.get(), sums_.get());
  return summed() == 0;
}

void CudaMemory::blend(ArenaId to, double a, ArenaId from, double b) {
  launch_blend(device_, layout_.trainable, arena(to).get(), a, arena(from).get(), b);
  changed();
}

void CudaMemory::swap(ArenaId one, ArenaId other) {  // plans know the places: the values change theirs
  launch_swap(device_, layout_.trainable, arena(one).get(), arena(other).get());
  changed();
}

void CudaMemory::scale_gradients(double factor) {
  launch_scale(device_, layout_.trainable, gradients_.get(), static_cast<float>(factor));
  changed();
}

void CudaMemory::clip_gradients(double limit) {
  launch_clip(device_, layout_.trainable, gradients_.get(), static_cast<float>(limit));
  changed();
}

void CudaMemory::check(const UpdateRule& rule) const {
  const formula::UpdateNeeds needs = formula::update_needs(rule.formula);
  if (needs.slots > slots() || needs.constants != static_cast<int>(rule.constants.size()))
    throw Error(fmt::format("update formula {}: {} slots and {} constants given, {} and {} wanted", rule.formula,
                            slots(), rule.constants.size(), needs.slots, needs.constants));
}

void CudaMemory::launch_update(std::string_view formula, const ConstantsPlace& constants) const {
  Slots slots{};
  for (size_t i = 0; i < slots_.size() && i < formula::max_slots; ++i) slots.at[i] = slots_[i].get();
  cuda::launch_update(device_, formula, {parts_.get(), parts_.size()}, weights_.get(), gradients_.get(), slots,
                      constants);
}

void CudaMemory::update(const UpdateRule& rule) {
  check(rule);
  std::vector<float> constants(formula::max_constants);
  std::transform(rule.constants.begin(), rule.constants.end(), constants.begin(),
                 [](double v) { return static_cast<float>(v); });
  constants_.set(constants);
  device_.set_step(std::string(rule.formula));
  launch_update(rule.formula, {constants_.get(), step_0_.get()});
  changed();
}

}  // namespace nn::cuda

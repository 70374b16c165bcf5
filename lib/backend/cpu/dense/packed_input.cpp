// SPDX-License-Identifier: MIT
#include "backend/cpu/dense/packed_input.h"

#include <algorithm>
#include <span>

#include "backend/cpu/plan/prefetch.h"
#include "backend/pixels.h"

namespace nn::cpu {
namespace {

constexpr ByteMap byte_itself{.values = nullptr, .linear = true, .scale = 1};

}  // namespace

PackedInput::PackedInput(const StepData& data, const Bf16Packs& packs, int copies, bool panels)
    : d(data),
      k_(*d.kernels.in_bf16),
      packs_(&packs),
      in_(d.as<MatMul>().in),
      panels_(ceil_of(in_, k_.panel)),
      copies_(copies),
      has_panels_(panels),
      lanes_of_step_(static_cast<size_t>(copies)),
      columns_of_step_(lanes_of_step_) {
  allocate();
  if (in_lanes()) return;
  for (int64_t n = 0; n < d.batch; ++n) own_rows_.push_back(d.x[0] + n * in_);
  rows_ = own_rows_.data();
}

void PackedInput::allocate() {
  lanes_ = PackedBf16(d, packs_->parts, copies_ * lanes_size());
  if (has_panels_) columns_ = PackedBf16(d, packs_->parts, copies_ * panels_ * panel_size());
}

bool PackedInput::bind_pixels(const Pixels& pixels) {
  if (!reads_input(d)) return false;
  const int64_t planes = ceil_of(in_, pixels.area);
  const float factor = factor_of_bytes(std::span(pixels.values, static_cast<size_t>(planes * 256)));
  if (factor == 0 && pixels.area % k_.panel != 0 && pixels.area != in_) return false;
  pixels_ = pixels;
  if (factor == 0) {
    maps_ = maps_of(pixels.values, planes, d.kernels);
    return true;
  }
  scale_ = factor;
  pixels_.area = in_;
  maps_ = {byte_itself};
  if (packs_->parts > 1) packs_ = &k_.nearest, allocate();
  return true;
}

bool PackedInput::bind_rows(const float* const* rows) {
  if (!reads_input(d)) return false;
  rows_ = rows;
  return true;
}

WordMatrix PackedInput::lanes_of(int copy, int64_t tile) const {
  return lanes_.at(copy * lanes_size() + tile * words() * d.extent.width, d.extent.width);
}
WordMatrix PackedInput::panel_of(int copy, int64_t i, int tile) const {
  return columns_.at((copy * panels_ + i) * panel_size() + tile * d.extent.width / 2 * k_.panel, k_.panel);
}

void PackedInput::set_lanes(Bf16Gemm& g, int copy, Range tiles) const {
  const int64_t count = tiles.end - tiles.begin;
  set_b(g, packs_->parts, lanes_of(copy, tiles.begin));
  g.n = count * d.extent.width, g.k = words();
  if (count > 1) g.b_panel = g.k * d.extent.width;
}
void PackedInput::set_panels(Bf16Gemm& g, int copy, int64_t i) const {
  set_b(g, packs_->parts, panel_of(copy, i, 0));
  g.b_panel = panel_size(), g.k = sample_words();
}

void PackedInput::pack_own(Half half, int copy) {
  uint64_t& packed = (half == Half::lanes ? lanes_of_step_ : columns_of_step_)[static_cast<size_t>(copy)].step;
  const uint64_t step = half == Half::lanes ? step_ : step_ - 1;  // a gradient follows its forward pass
  if (packed == step) return;
  for (int u = 0; u < d.tiles; ++u) pack(half, u, copy);
  packed = step;
}

void PackedInput::pack(Half half, int tile, int copy) const {
  if (half == Half::panels && !has_panels_) return;
  if (in_lanes()) return pack_lanes(half, tile, copy);
  const Range s = d.extent.samples(tile);
  ask_for(s);
  if (half == Half::lanes)
    pack_to_lanes(s, lanes_of(copy, tile));
  else
    for (int64_t i = 0; i < panels_; ++i) pack_to_panel(s, i, panel_of(copy, i, tile));
}

void PackedInput::pack_lanes(Half half, int tile, int copy) const {
  const int64_t width = d.extent.width;
  const Range s = d.extent.samples(tile);
  const float* x = d.x[0] + tile * in_ * width;
  if (half == Half::lanes) return packs_->pack_rows(x, in_, width, width, lanes_of(copy, tile));
  for (int64_t i = 0; i < panels_; ++i)
    packs_->pack_turned(x + i * k_.panel * width, std::min(k_.panel, in_ - i * k_.panel), s.end - s.begin, width,
                        panel_of(copy, i, tile));
}

/// Rows of a shuffled batch lie anywhere: memory is asked for all of them first.
void PackedInput::ask_for(Range samples) const {
  const int64_t bytes = in_ * static_cast<int64_t>(pixels_.rows ? 1 : sizeof(float));
  for (int64_t s = samples.begin; s < samples.end; ++s) {
    const char* row =
        pixels_.rows ? reinterpret_cast<const char*>(pixels_.rows[s]) : reinterpret_cast<const char*>(rows_[s]);
    for (int64_t i = 0; i < bytes; i += Prefetch::line) __builtin_prefetch(row + i);
  }
}

void PackedInput::pack_to_lanes(Range s, WordMatrix to) const {
  const int64_t n = s.end - s.begin;
  if (!pixels_.rows) return packs_->values_to_lanes(rows_ + s.begin, n, 0, in_, to);
  for (int64_t i = 0; n > 0 && i < in_; i += pixels_.area, to.at += pixels_.area / 2 * to.row)
    packs_->bytes_to_lanes(pixels_.rows + s.begin, n, i, pixels_.area, map_at(i), to);
}

void PackedInput::pack_to_panel(Range s, int64_t i, const WordMatrix& to) const {
  const int64_t n = s.end - s.begin, first = i * k_.panel, count = std::min(k_.panel, in_ - first);
  if (pixels_.rows)
    packs_->bytes_to_panel(pixels_.rows + s.begin, n, first, count, map_at(first), to);
  else
    packs_->values_to_panel(rows_ + s.begin, n, first, count, to);
}

}  // namespace nn::cpu

// SPDX-License-Identifier: MIT
#include "backend/cpu/dense/dense_input.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

namespace nn::cpu {
namespace {

constexpr int64_t line = 64;           // bytes
constexpr int64_t most_at_once = 256;  // elements of a piece: 32 samples of it are 32 KiB
constexpr int64_t most_lanes = 16;     // of any instruction set

}  // namespace

ByteMap map_of(const float* values, const Kernels& kernels) {
  ByteMap map{values};
  const double step = (static_cast<double>(values[255]) - static_cast<double>(values[0])) / 255;
  map.scale = static_cast<float>(step);
  map.rest = static_cast<float>(step - static_cast<double>(map.scale));
  map.shift = values[0];
  map.linear = true;
  std::vector<uint8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  std::vector<float> made(static_cast<size_t>(kernels.panel));
  for (int64_t i = 0; i < 256; i += kernels.panel) {
    const uint8_t* row = bytes.data();
    kernels.bytes_to_panel(&row, nullptr, 1, i, kernels.panel, map, made.data());
    if (std::memcmp(made.data(), values + i, made.size() * sizeof(float)) != 0) map.linear = false;
  }
  return map;
}

std::vector<ByteMap> maps_of(const float* values, int64_t planes, const Kernels& kernels) {
  std::vector<ByteMap> maps;
  for (int64_t plane = 0; plane < planes; ++plane) maps.push_back(map_of(values + plane * 256, kernels));
  return maps;
}

DenseInput::DenseInput(const StepData& data, bool panels)
    : d(data), in_(d.as<MatMul>().in), piece_(round_up(ceil_of(in_, ceil_of(in_, most_at_once)), 16)) {
  if (in_lanes() && panels) packed_ = d.floats(this->panels() * panel_size() + 64);
  if (in_lanes()) return;
  for (int64_t n = 0; n < d.batch; ++n) own_rows_.push_back(d.x[0] + n * in_);
  rows_ = own_rows_.data();
}

bool DenseInput::bind_pixels(const Pixels& pixels) {
  if (!reads_input(d) || (pixels.area % d.kernels.panel != 0 && pixels.area != in_)) return false;
  pixels_ = pixels;
  maps_ = maps_of(pixels.values, ceil_of(in_, pixels.area), d.kernels);
  passes_zeros_ = std::all_of(maps_.begin(), maps_.end(), [](const ByteMap& map) { return map.values[0] == 0; });
  return true;
}

bool DenseInput::bind_rows(const float* const* rows) {
  if (!reads_input(d)) return false;
  rows_ = rows;
  return true;
}

Range DenseInput::samples_of(int64_t v) const {
  const Range all = samples(static_cast<int>(v / per_tile()));
  const int64_t first = std::min(all.begin + v % per_tile() * d.kernels.lanes, all.end);
  return {first, std::min(first + d.kernels.lanes, all.end)};
}

DenseInput::Lanes DenseInput::lanes(int64_t v, int64_t count, Range elements, float* scratch) const {
  const int64_t n = elements.end - elements.begin, panel = d.kernels.panel;
  if (in_lanes()) {
    const float* b = d.x[0] + place(v, in_) + elements.begin * d.extent.width;
    return {b, d.extent.width, half(v, count, in_), {}};
  }
  Lanes made{scratch, panel, d.kernels.lanes, {}};
  if (pixels_.rows) {
    made.taken = bytes_to_lanes(v, count, elements, scratch);
    return made;
  }
  for (int64_t j = 0; j < count; ++j) {
    const Range s = samples_of(v + j);
    d.kernels.values_to_lanes(rows_ + s.begin, s.end - s.begin, elements.begin, n, scratch + j * d.kernels.lanes,
                              panel);
  }
  return made;
}

void DenseInput::ask(Range vectors, Range elements, int64_t i, int64_t n) const {
  if (in_lanes() || vectors.begin >= vectors.end) return;
  const int64_t first = samples_of(vectors.begin).begin, count = samples_of(vectors.end - 1).end - first;
  const int64_t bytes = (elements.end - elements.begin) * static_cast<int64_t>(pixels_.rows ? 1 : sizeof(float));
  for (int64_t s = first + count * i / n; s < first + count * (i + 1) / n; ++s) {
    const char* from = pixels_.rows ? reinterpret_cast<const char*>(pixels_.rows[s] + elements.begin)
                                    : reinterpret_cast<const char*>(rows_[s] + elements.begin);
    for (int64_t at = 0; at < bytes; at += line) __builtin_prefetch(from + at, 0, 2);
    __builtin_prefetch(from + bytes - 1, 0, 2);
  }
}

DenseInput::Taken DenseInput::bytes_to_lanes(int64_t v, int64_t count, Range elements, float* to) const {
  std::array<const uint8_t*, 2 * most_lanes> rows;
  for (int64_t j = 0; j < count; ++j) {
    const int64_t first = samples_of(v + j).begin;
    for (int64_t k = 0; k < d.kernels.lanes; ++k)  // some row where there is no sample
      rows[static_cast<size_t>(j * d.kernels.lanes + k)] = pixels_.rows[std::min(first + k, d.batch - 1)];
  }
  int32_t* names = passes_zeros_ ? reinterpret_cast<int32_t*>(to + piece_ * d.kernels.panel) : nullptr;
  int64_t found = 0;
  for (int64_t e = elements.begin; e < elements.end;) {
    const int64_t plane = e / pixels_.area, end = std::min(elements.end, (plane + 1) * pixels_.area),
                  done = e - elements.begin;
    found += d.kernels.bytes_to_lanes(rows.data(), count, e, end - e, maps_[static_cast<size_t>(plane)],
                                      to + done * d.kernels.panel, names ? names + found : nullptr,
                                      static_cast<int32_t>(done / 4));
    e = end;
  }
  return {names, found};
}

DenseInput::Panel DenseInput::panel(int64_t i, bool naming, float* scratch) const {
  if (in_lanes()) return {packed_.get() + i * panel_size(), {}};
  const int64_t panel = d.kernels.panel, first = i * panel, count = std::min(panel, in_ - first);
  const ByteMap* map = pixels_.rows ? &maps_[static_cast<size_t>(first / pixels_.area)] : nullptr;
  if (naming) {
    int32_t* names = reinterpret_cast<int32_t*>(scratch + panel_size());
    const int64_t found = d.kernels.lit_samples(pixels_.rows, d.batch, first, count, names);
    d.kernels.bytes_to_panel(pixels_.rows, names, found, first, count, *map, scratch);
    return {scratch, {names, found}};
  }
  for (int tile = 0; tile < d.tiles; ++tile) {
    const Range s = samples(tile);
    float* to = scratch + tile * d.extent.width * panel;
    const int64_t n = s.end - s.begin;
    if (map)
      d.kernels.bytes_to_panel(pixels_.rows + s.begin, nullptr, n, first, count, *map, to);
    else
      d.kernels.values_to_panel(rows_ + s.begin, n, first, count, to);
    std::fill(to + n * panel, to + d.extent.width * panel, 0.0F);
  }
  return {scratch, {}};
}

void DenseInput::pack(const Tile& tile) {
  if (!packed_.size()) return;
  const int64_t panel = d.kernels.panel, width = d.extent.width;
  const float* x = d.x[0] + tile.index * in_ * width;
  for (int64_t i = 0; i < panels(); ++i)
    d.kernels.transpose(x + i * panel * width, std::min(panel, in_ - i * panel), tile.samples(), width,
                        packed_.get() + i * panel_size() + tile.index * width * panel, panel);
}

}  // namespace nn::cpu

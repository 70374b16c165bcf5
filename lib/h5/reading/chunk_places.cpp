// SPDX-License-Identifier: MIT
#include "h5/reading/chunk_places.h"

#include "h5/handle.h"

namespace nn::h5 {

ChunkPlaces::ChunkPlaces(hid_t dataset, Shape grid, Shape chunk)
    : dataset_(dataset), grid_(std::move(grid)), chunk_(std::move(chunk)), offset_(grid_.rank()) {}

std::vector<StoredChunk> ChunkPlaces::find() {
  const auto count = static_cast<size_t>(grid_.count());
  if (count == 0) return {};
  places_.resize(count);
  before_.assign(count + 1, 0);
  for (size_t i = 0; i < count; ++i) {
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(dataset_, at(i), &size) < 0 || size == 0) return {};
    places_[i].size = size;
    before_[i + 1] = before_[i] + size;
  }
  if (!look_up(0) || !look_up(count - 1) || !fill(0, count - 1)) return {};
  return std::move(places_);
}

const hsize_t* ChunkPlaces::at(size_t i) {
  for (size_t axis = grid_.rank(); axis-- > 0;) {
    const auto extent = static_cast<size_t>(grid_[axis]);
    offset_[axis] = i % extent * static_cast<hsize_t>(chunk_[axis]);
    i /= extent;
  }
  return offset_.data();
}

bool ChunkPlaces::look_up(size_t i) {
  unsigned mask = 0;
  hsize_t size = 0;
  haddr_t place = HADDR_UNDEF;
  if (H5Dget_chunk_info_by_coord(dataset_, at(i), &mask, &place, &size) < 0 || place == HADDR_UNDEF ||
      size != places_[i].size)
    return false;
  places_[i].place = place;
  places_[i].mask = mask;
  return true;
}

bool ChunkPlaces::fill(size_t first, size_t last) {
  if (last - first < 2) return true;
  if (places_[last].place - places_[first].place == before_[last] - before_[first]) {
    for (size_t i = first + 1; i < last; ++i) places_[i].place = places_[first].place + (before_[i] - before_[first]);
    return true;
  }
  const size_t middle = first + (last - first) / 2;
  return look_up(middle) && fill(first, middle) && fill(middle, last);
}

}  // namespace nn::h5

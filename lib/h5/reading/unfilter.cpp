// SPDX-License-Identifier: MIT
#include "h5/reading/unfilter.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "h5/reading/fletcher.h"

namespace nn::h5 {
namespace {

constexpr size_t sum_bytes = 4;

bool sum_agrees(std::span<const std::byte> bytes, std::span<const std::byte> stated) {
  uint32_t sum = 0;
  for (size_t i = 0; i < sum_bytes; ++i) sum |= std::to_integer<uint32_t>(stated[i]) << (8 * i);
  return fletcher32(bytes) == sum;
}

/// First bytes of all elements, then their second bytes, ...; what is left over at the end stands as it is.
void unshuffle(std::span<const std::byte> in, size_t element, std::span<std::byte> out) {
  const size_t count = in.size() / element;
  for (size_t byte = 0; byte < element; ++byte)
    for (size_t i = 0; i < count; ++i) out[i * element + byte] = in[byte * count + i];
  for (size_t i = count * element; i < in.size(); ++i) out[i] = in[i];
}

}  // namespace

uint64_t Unfilter::memory(const Object& dataset, uint64_t chunk) {
  uint64_t buffers = 0;  // for each filter that makes bytes and is not the last to be undone; two take turns
  for (size_t i = 1; i < dataset.filters.size(); ++i)
    if (dataset.filters[i] != fletcher32_filter) buffers = std::min<uint64_t>(buffers + 1, 2);
  return buffers * (chunk + dataset.filters.size() * sum_bytes);
}

const char* Unfilter::operator()(const Object& dataset, const StoredChunk& chunk, std::span<const std::byte> stored,
                                 std::span<std::byte> out) {
  const auto acts = [&](size_t filter) { return (chunk.mask >> filter & 1U) == 0; };
  std::span<const std::byte> now = stored;
  for (size_t i = dataset.filters.size(); i-- > 0;) {
    if (!acts(i)) continue;
    size_t sums = 0, earlier = 0;  // of the filters that are still to be undone
    for (size_t k = 0; k < i; ++k)
      if (acts(k)) ++earlier, sums += dataset.filters[k] == fletcher32_filter;
    if (dataset.filters[i] == fletcher32_filter) {
      if (now.size() < sum_bytes || !sum_agrees(now.first(now.size() - sum_bytes), now.last(sum_bytes)))
        return "its checksum (fletcher32) does not fit";
      now = now.first(now.size() - sum_bytes);
      continue;
    }
    const size_t size = dataset.filters[i] == deflate_filter ? out.size() + sums * sum_bytes : now.size();
    std::span<std::byte> to = out;
    if (earlier > 0 || size != out.size()) {
      std::vector<std::byte>& buffer = buffers_[now.data() == buffers_[0].data() ? 1 : 0];
      buffer.resize(size);
      to = buffer;
    }
    if (dataset.filters[i] == deflate_filter) {
      if (!inflater_) inflater_.reset(libdeflate_alloc_decompressor());
      if (!inflater_) throw std::bad_alloc();
      if (libdeflate_zlib_decompress(inflater_.get(), now.data(), now.size(), to.data(), to.size(), nullptr) !=
          LIBDEFLATE_SUCCESS)
        return "its compressed bytes are damaged";
    } else {
      unshuffle(now, size_of(dataset.type), to);
    }
    now = to;
  }
  if (now.size() != out.size()) return "it has not the size of its shape";
  if (now.data() != out.data()) std::memcpy(out.data(), now.data(), out.size());
  return nullptr;
}

}  // namespace nn::h5

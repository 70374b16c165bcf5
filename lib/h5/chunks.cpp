// SPDX-License-Identifier: MIT
#include "h5/chunks.h"

#include <libdeflate.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/threads.h"
#include "h5/handle.h"

namespace nn::h5 {
namespace {

constexpr size_t worth_it = size_t{1} << 22;  ///< bytes; starting threads costs more than it gains below
constexpr size_t checksum_bytes = 4;
constexpr size_t chunks_a_run = 64;

/// How our writer stores a dataset: rows a chunk (0: another way), deflated or plain.
struct Storage {
  hsize_t rows = 0;
  bool deflated = false;
};

bool is_filter(hid_t creation, int index, H5Z_filter_t wanted) {
  unsigned flags = 0, config = 0;
  size_t values = 0;
  return H5Pget_filter2(creation, static_cast<unsigned>(index), &flags, &values, nullptr, 0, nullptr, &config) == wanted;
}

Storage storage_of(hid_t creation, const Shape& shape) {
  if (H5Pget_layout(creation) != H5D_CHUNKED) return {};
  const int filters = H5Pget_nfilters(creation);
  const bool deflated = filters == 2 && is_filter(creation, 0, H5Z_FILTER_DEFLATE);
  if (filters < 1 || filters > 2 || (filters == 2 && !deflated) || !is_filter(creation, filters - 1, H5Z_FILTER_FLETCHER32)) return {};
  std::vector<hsize_t> chunk(shape.rank());
  if (H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(chunk.size())) return {};
  for (size_t i = 1; i < chunk.size(); ++i)
    if (chunk[i] != static_cast<hsize_t>(shape[i])) return {};
  if (chunk[0] > static_cast<hsize_t>(shape[0])) return {};
  return {chunk[0], deflated};
}

/// The two sums of Fletcher's, modulo 65535: folded, what is not 0 stays so.
struct FletcherSums {
  uint64_t one = 0, two = 0;
  void add(uint64_t word) { two += one += word; }
  void fold() {
    for (uint64_t* sum : {&one, &two})
      while (*sum >> 16) *sum = (*sum & 0xFFFFU) + (*sum >> 16);
  }
};

typedef uint16_t Words __attribute__((vector_size(16)));
typedef uint32_t Lanes __attribute__((vector_size(16)));
constexpr size_t word_lanes = 8;
constexpr size_t most_steps = 360;  // whose sums of sums fit into 32 bits

/// Eight words a step: lane l sums words l, l + 8, ..., and those sums, from which both sums of all words follow.
void add_steps(const std::byte* bytes, size_t steps, FletcherSums& sums) {
  const Words none{};
  Lanes low{}, high{}, lows{}, highs{};
  for (size_t i = 0; i < steps; ++i) {
    Words w;
    std::memcpy(&w, bytes + i * sizeof w, sizeof w);
    w = w << 8 | w >> 8;
    lows += low += reinterpret_cast<Lanes>(__builtin_shufflevector(w, none, 0, 8, 1, 9, 2, 10, 3, 11));
    highs += high += reinterpret_cast<Lanes>(__builtin_shufflevector(w, none, 4, 12, 5, 13, 6, 14, 7, 15));
  }
  sums.two += steps * word_lanes * sums.one;
  for (size_t l = 0; l < word_lanes; ++l) {
    const uint64_t one = l < 4 ? low[l] : high[l - 4], two = l < 4 ? lows[l] : highs[l - 4];
    sums.one += one;
    sums.two += two * word_lanes - l * one;
  }
  sums.fold();
}

/// HDF5's form of Fletcher's sum: 16-bit words, the upper byte first (H5checksum.c describes it; File Format, filter 3).
uint32_t fletcher32(std::span<const std::byte> bytes) {
  FletcherSums sums;
  for (size_t steps; (steps = std::min(bytes.size() / sizeof(Words), most_steps)) > 0; bytes = bytes.subspan(steps * sizeof(Words)))
    add_steps(bytes.data(), steps, sums);
  for (size_t i = 0; i < bytes.size(); i += 2)
    sums.add(std::to_integer<uint64_t>(bytes[i]) << 8 | (i + 1 < bytes.size() ? std::to_integer<uint64_t>(bytes[i + 1]) : 0));
  sums.fold();
  return static_cast<uint32_t>(sums.two << 16 | sums.one);
}

bool sum_agrees(std::span<const std::byte> stream, std::span<const std::byte> stated) {
  uint32_t sum = 0;
  for (size_t i = 0; i < checksum_bytes; ++i) sum |= std::to_integer<uint32_t>(stated[i]) << (8 * i);
  return fletcher32(stream) == sum;
}

/// Where the chunks of a dataset lie. HDF5 walks over all of them to look one up, which it does not for the size of one;
/// but a writer puts them one behind the other, with few gaps: between two whose distance is what lies between them,
/// none is looked up. A place that is wrong all the same shows by its chunk's sum.
class ChunkPlaces {
 public:
  ChunkPlaces(hid_t dataset, size_t rank, hsize_t rows, size_t count)
      : dataset_(dataset), rows_(rows), offset_(rank, 0), places_(count), before_(count + 1, 0) {}

  /// False when one is not plainly there.
  bool find() {
    const size_t count = places_.size();
    for (size_t i = 0; i < count; ++i) {
      hsize_t size = 0;
      if (H5Dget_chunk_storage_size(dataset_, at(i), &size) < 0 || size <= checksum_bytes) return false;
      before_[i + 1] = before_[i] + size;
    }
    return look_up(0) && look_up(count - 1) && fill(0, count - 1);
  }
  haddr_t place(size_t i) const { return places_[i]; }
  hsize_t size(size_t i) const { return before_[i + 1] - before_[i]; }

 private:
  const hsize_t* at(size_t i) {
    offset_[0] = i * rows_;
    return offset_.data();
  }
  bool look_up(size_t i) {
    unsigned mask = 0;
    hsize_t size = 0;
    return H5Dget_chunk_info_by_coord(dataset_, at(i), &mask, &places_[i], &size) >= 0 && mask == 0 && places_[i] != HADDR_UNDEF;
  }
  bool fill(size_t first, size_t last) {
    if (last - first < 2) return true;
    if (places_[last] - places_[first] == before_[last] - before_[first]) {
      for (size_t i = first + 1; i < last; ++i) places_[i] = places_[first] + (before_[i] - before_[first]);
      return true;
    }
    const size_t middle = first + (last - first) / 2;
    return look_up(middle) && fill(first, middle) && fill(middle, last);
  }

  hid_t dataset_;
  hsize_t rows_;
  std::vector<hsize_t> offset_;
  std::vector<haddr_t> places_;
  std::vector<hsize_t> before_;  // bytes of the chunks in front of each
};

/// Each chunk, its sum at the end, in the image; empty when one is not plainly there.
std::vector<std::span<const std::byte>> stored_chunks(hid_t dataset, const Shape& shape, hsize_t rows, std::span<const std::byte> image) {
  const auto all = static_cast<hsize_t>(shape[0]);
  ChunkPlaces found(dataset, shape.rank(), rows, static_cast<size_t>((all + rows - 1) / rows));
  if (all == 0 || !found.find()) return {};
  std::vector<std::span<const std::byte>> chunks;
  for (hsize_t i = 0; i * rows < all; ++i) {
    const haddr_t place = found.place(i);
    const hsize_t size = found.size(i);
    if (size > image.size() || place > image.size() - size) return {};
    chunks.push_back(image.subspan(static_cast<size_t>(place), static_cast<size_t>(size)));
  }
  return chunks;
}

struct FreeInflater {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};
using Inflater = std::unique_ptr<libdeflate_decompressor, FreeInflater>;

/// False unless the sum is right and the chunk holds exactly `out`.size() bytes. inflater: null where chunks are plain.
bool read_chunk(const Inflater& inflater, std::span<const std::byte> chunk, std::span<std::byte> out) {
  const auto stream = chunk.first(chunk.size() - checksum_bytes);
  if (!sum_agrees(stream, chunk.last(checksum_bytes))) return false;
  if (!inflater) {
    if (stream.size() != out.size()) return false;
    std::memcpy(out.data(), stream.data(), out.size());
    return true;
  }
  return libdeflate_zlib_decompress(inflater.get(), stream.data(), stream.size(), out.data(), out.size(), nullptr) == LIBDEFLATE_SUCCESS;
}

}  // namespace

bool read_chunks(hid_t dataset, const Shape& shape, std::span<const std::byte> image, std::span<std::byte> out, Sha256& sum) {
  if (std::endian::native != std::endian::little || out.size() < worth_it || shape.rank() == 0) return false;
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose, "creation properties");
  const Storage storage = storage_of(creation.id(), shape);
  if (storage.rows == 0) return false;
  const auto chunks = stored_chunks(dataset, shape, storage.rows, image);
  if (chunks.empty()) return false;
  const size_t chunk_bytes = out.size() / static_cast<size_t>(shape[0]) * static_cast<size_t>(storage.rows);
  Team team(usable_cpus());
  std::vector<Inflater> inflaters(static_cast<size_t>(team.size()));
  if (storage.deflated) {
    for (Inflater& i : inflaters) i.reset(libdeflate_alloc_decompressor());
    if (std::find(inflaters.begin(), inflaters.end(), nullptr) != inflaters.end()) return false;
  }
  const auto read = [&](size_t i, const Inflater& inflater) {
    const size_t begin = i * chunk_bytes, length = std::min(chunk_bytes, out.size() - begin);
    if (length == chunk_bytes) return read_chunk(inflater, chunks[i], out.subspan(begin, length));
    std::vector<std::byte> whole(chunk_bytes);  // the last chunk is stored whole, rows beyond the end too
    if (!read_chunk(inflater, chunks[i], whole)) return false;
    std::memcpy(out.data() + begin, whole.data(), length);
    return true;
  };
  std::atomic<bool> good{true};
  size_t summed = 0;
  for (size_t first = 0; first < chunks.size() && good; first += chunks_a_run) {
    const size_t count = std::min(chunks_a_run, chunks.size() - first), done = first * chunk_bytes;
    // What the run before has read is summed beside this one, by whoever takes tile 0.
    team.run(static_cast<int>(count) + 1, [&](int tile, int worker) {
      if (tile == 0) sum.add(out.subspan(summed, done - summed));
      else if (!read(first + static_cast<size_t>(tile) - 1, inflaters[static_cast<size_t>(worker)])) good = false;
    });
    summed = done;
  }
  if (good) sum.add(out.subspan(summed));
  return good;
}

}  // namespace nn::h5

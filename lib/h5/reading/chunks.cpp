// SPDX-License-Identifier: MIT
#include "h5/reading/chunks.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/system/threads.h"
#include "h5/reading/unfilter.h"

namespace nn::h5 {
namespace {

static_assert(std::endian::native == std::endian::little, "values are taken as they lie in the file");

constexpr size_t worth_it = size_t{1} << 22;  ///< bytes; starting threads costs more than it gains below
constexpr size_t chunks_a_run = 64;

/// Copies of one box into another, axis by axis; a run of the last one at a time.
struct BoxCopy {
  std::vector<size_t> extents, from_strides, to_strides;  // strides in bytes; the last extent counts bytes

  void run(const std::byte* from, std::byte* to, size_t axis = 0) const {
    if (axis + 1 == extents.size()) {
      std::memcpy(to, from, extents[axis]);
      return;
    }
    for (size_t i = 0; i < extents[axis]; ++i) run(from + i * from_strides[axis], to + i * to_strides[axis], axis + 1);
  }
};

/// Rows of a chunked dataset.
class ChunkReader {
 public:
  ChunkReader(const Object& set, const FileBytes& file, int64_t begin, int64_t end, std::span<std::byte> out)
      : set_(set),
        file_(file),
        begin_(begin),
        end_(end),
        out_(out),
        row_(out.size() / static_cast<size_t>(end - begin)),
        chunk_bytes_(static_cast<size_t>(bytes_of(set.chunk, set.type))) {
    const Shape grid = chunk_grid(set.shape, set.chunk);
    a_layer_ = static_cast<size_t>(grid.without_first().count());
    first_ = static_cast<size_t>(begin / set.chunk[0]) * a_layer_;
    last_ = (static_cast<size_t>((end - 1) / set.chunk[0]) + 1) * a_layer_;
    grid_ = grid.dims();
    whole_rows_ = a_layer_ == 1;
  }

  /// No more than there are chunks: each may need memory for a whole one.
  static size_t workers(uint64_t bytes, uint64_t chunks) {
    return bytes < worth_it ? 1 : static_cast<size_t>(std::min<uint64_t>(static_cast<uint64_t>(usable_cpus()), chunks));
  }

  void read(Sha256* sum) {
    std::vector<Unfilter> tools(workers(out_.size(), last_ - first_));
    if (tools.size() == 1) {
      for (size_t i = first_; i < last_ && bad_ == none; ++i) read_chunk(i, tools[0]);
      if (sum && bad_ == none) sum->add(out_);
    } else {
      by_all(tools, sum);
    }
    if (bad_ != none)
      throw Error("chunk " + std::to_string(bad_) + " of " + std::to_string(set_.chunks.size()) + ": " + why_.load());
  }

 private:
  static constexpr size_t none = ~size_t{0};

  void by_all(std::vector<Unfilter>& tools, Sha256* sum) {
    Team team(static_cast<int>(tools.size()));
    size_t summed = 0;
    for (size_t first = first_; first < last_ && bad_ == none; first += chunks_a_run) {
      const size_t count = std::min(chunks_a_run, last_ - first), done = bytes_before(first);
      // What the run before has read is summed beside this one, by whoever takes tile 0.
      team.run(static_cast<int>(count) + 1, [&](int tile, int worker) {
        if (tile > 0)
          read_chunk(first + static_cast<size_t>(tile) - 1, tools[static_cast<size_t>(worker)]);
        else if (sum)
          sum->add(out_.subspan(summed, done - summed));
      });
      summed = done;
    }
    if (sum && bad_ == none) sum->add(out_.subspan(summed));
  }

  /// Bytes of `out` that the chunks before this one fill without a gap.
  size_t bytes_before(size_t chunk) const {
    const int64_t row = static_cast<int64_t>(chunk / a_layer_) * set_.chunk[0];
    return static_cast<size_t>(std::clamp<int64_t>(row - begin_, 0, end_ - begin_)) * row_;
  }

  void read_chunk(size_t index, Unfilter& tool) {
    const StoredChunk& chunk = set_.chunks[index];
    const std::span<const std::byte> stored = file_.get(chunk.place, chunk.size, tool.stored());
    if (stored.size() != chunk.size) {
      why_ = "it cannot be read from the file";
      bad_ = index;
      return;
    }
    const int64_t row = static_cast<int64_t>(index / a_layer_) * set_.chunk[0];
    const bool whole = whole_rows_ && row >= begin_ && row + set_.chunk[0] <= end_ &&
                       chunk_bytes_ == row_ * static_cast<size_t>(set_.chunk[0]);
    if (!whole) tool.scratch().resize(chunk_bytes_);
    const std::span<std::byte> to =
        whole ? out_.subspan(static_cast<size_t>(row - begin_) * row_, chunk_bytes_) : std::span(tool.scratch());
    if (const char* wrong = tool(set_, chunk, stored, to)) {
      why_ = wrong;
      bad_ = index;
    } else if (!whole) {
      take_part(index, to);
    }
  }

  /// The part of a chunk that lies in the dataset and in the rows asked for: chunks at the edge are stored whole.
  void take_part(size_t index, std::span<const std::byte> chunk) {
    const size_t rank = set_.shape.rank(), element = size_of(set_.type);
    BoxCopy copy;
    copy.extents.resize(rank), copy.from_strides.resize(rank), copy.to_strides.resize(rank);
    size_t from_stride = element, to_stride = element, from = 0, to = 0;
    for (size_t axis = rank; axis-- > 0;) {
      const auto place = static_cast<int64_t>(index % static_cast<size_t>(grid_[axis])) * set_.chunk[axis];
      index /= static_cast<size_t>(grid_[axis]);
      const int64_t low = axis == 0 ? begin_ : 0, high = axis == 0 ? end_ : set_.shape[axis];
      const int64_t begin = std::max(place, low), end = std::min(place + set_.chunk[axis], high);
      copy.extents[axis] = static_cast<size_t>(end - begin);
      copy.from_strides[axis] = from_stride, copy.to_strides[axis] = to_stride;
      from += static_cast<size_t>(begin - place) * from_stride;
      to += static_cast<size_t>(begin - low) * to_stride;
      from_stride *= static_cast<size_t>(set_.chunk[axis]);
      to_stride *= static_cast<size_t>(high - low);
    }
    copy.extents.back() *= element;
    copy.run(chunk.data() + from, out_.data() + to);
  }

  const Object& set_;
  const FileBytes& file_;
  int64_t begin_, end_;
  std::span<std::byte> out_;
  size_t row_, chunk_bytes_, a_layer_ = 1, first_ = 0, last_ = 0;
  std::vector<int64_t> grid_;
  bool whole_rows_ = false;
  std::atomic<size_t> bad_{none};
  std::atomic<const char*> why_{""};
};

}  // namespace

uint64_t memory_to_read(const Object& set, int64_t begin, int64_t end) {
  if (set.layout != Layout::chunked || begin >= end) return 0;
  const uint64_t chunk = bytes_of(set.chunk, set.type), row = bytes_of(set.shape.without_first(), set.type);
  return ChunkReader::workers(row * static_cast<uint64_t>(end - begin), set.chunks.size()) *
         (2 * chunk + Unfilter::memory(set, chunk));
}

void read_rows_of(const Object& set, const FileBytes& file, int64_t begin, int64_t end, std::span<std::byte> out,
                  Sha256* sum) {
  if (out.empty()) return;
  if (set.layout == Layout::chunked) return ChunkReader(set, file, begin, end, out).read(sum);
  const size_t row = out.size() / static_cast<size_t>(end - begin), first = static_cast<size_t>(begin) * row;
  if (set.layout == Layout::compact)
    std::memcpy(out.data(), set.values.data() + first, out.size());
  else if (!file.read(set.run->place + first, out))
    throw Error("its values cannot be read from the file");
  if (sum) sum->add(out);
}

}  // namespace nn::h5

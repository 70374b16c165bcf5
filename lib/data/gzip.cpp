// SPDX-License-Identifier: MIT
#include "data/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace nn {
namespace {

constexpr int gzip_window = 15 + 16;  // largest window, gzip framing
constexpr size_t piece = size_t{1} << 30;

/// zlib counts in 32 bits; it is fed piece by piece.
class Inflater {
 public:
  explicit Inflater(std::span<const std::byte> bytes) : rest_(bytes) {
    if (inflateInit2(&stream_, gzip_window) != Z_OK) throw Error("gzip: zlib did not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `out` as far as content goes and returns how far.
  size_t fill(std::span<std::byte> out) {
    size_t done = 0;
    while (done < out.size() && !ended_) {
      if (stream_.avail_in == 0) feed();
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + done);
      const size_t room = std::min(out.size() - done, piece);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      done += room - stream_.avail_out;
      if (status == Z_STREAM_END) end_member();
      else if (status == Z_BUF_ERROR || (status == Z_OK && stream_.avail_in == 0 && rest_.empty() && stream_.avail_out > 0))
        throw Error("gzip data is cut short: the file was not copied whole");
      else if (status != Z_OK)
        throw Error(fmt::format("damaged gzip data ({})", stream_.msg ? stream_.msg : "zlib error"));
    }
    return done;
  }
  bool ended() const { return ended_; }
  size_t left_over() const { return stream_.avail_in + rest_.size(); }

 private:
  /// Another member may follow, as of bgzip and cat a.gz b.gz; zeros behind the last fill a block of a tape.
  void end_member() {
    ended_ = true;
    if (stream_.avail_in < 2 && !rest_.empty()) {
      rest_ = {rest_.data() - stream_.avail_in, rest_.size() + stream_.avail_in};
      feed();
    }
    if (stream_.avail_in >= 2 && stream_.next_in[0] == 0x1f && stream_.next_in[1] == 0x8b) ended_ = inflateReset(&stream_) != Z_OK;
    else if (std::all_of(stream_.next_in, stream_.next_in + stream_.avail_in, [](Bytef b) { return b == 0; }) && std::ranges::all_of(rest_, [](std::byte b) { return b == std::byte{0}; }))
      stream_.avail_in = 0, rest_ = {};
  }
  void feed() {
    const size_t n = std::min(rest_.size(), piece);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));
    stream_.avail_in = static_cast<uInt>(n);
    rest_ = rest_.subspan(n);
  }
  std::span<const std::byte> rest_;
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::vector<std::byte> gunzip(std::span<const std::byte> bytes, size_t limit) {
  Inflater inflater(bytes);
  std::vector<std::byte> out;
  // DEFLATE never exceeds 1032:1, so the first guess cannot be far beyond what a real file holds.
  size_t room = std::min(limit, bytes.size() * 4 + 4096);
  size_t used = 0;
  for (;;) {
    out.resize(room);
    used += inflater.fill(std::span(out).subspan(used));
    if (used < room) break;
    if (room == limit) break;
    room = room > limit / 2 ? limit : room * 2;
  }
  std::byte more{};
  if (!inflater.ended() && inflater.fill({&more, 1}) != 0)
    throw Error(fmt::format("gzip content is larger than the {} bytes expected", limit));
  if (inflater.left_over() != 0) throw Error(fmt::format("{} bytes after the end of the gzip data", inflater.left_over()));
  out.resize(used);
  return out;
}

std::vector<std::byte> gunzip_start(std::span<const std::byte> bytes, size_t count) {
  Inflater inflater(bytes);
  std::vector<std::byte> out(count);
  out.resize(inflater.fill(out));
  return out;
}

std::vector<std::byte> gzip(std::span<const std::byte> content, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw Error("gzip: zlib did not start");
  if (content.size() > std::numeric_limits<uInt>::max() / 2) {
    deflateEnd(&stream);
    throw Error(fmt::format("gzip: {} bytes are too many for one file", content.size()));
  }
  std::vector<std::byte> out(deflateBound(&stream, static_cast<uLong>(content.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw Error("gzip: compression failed");
  return out;
}

}  // namespace nn

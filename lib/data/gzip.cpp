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
constexpr size_t piece = size_t{1} << 18;

z_stream started() {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw Error("gzip: zlib did not start");
  return stream;
}

}  // namespace

struct Gunzip::Body {
  z_stream stream = started();
  std::vector<std::byte> out = std::vector<std::byte>(piece);
  bool ended = false, padded = false;  // a member; and zeros came after it

  Body() = default;
  ~Body() { inflateEnd(&stream); }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  /// behind: bytes that come after these. Another member may follow, as of bgzip and cat a.gz b.gz; zeros behind the
  /// last fill a block of a tape.
  void begin_member(size_t behind) {
    for (; stream.avail_in > 0 && *stream.next_in == 0; --stream.avail_in, ++stream.next_in) padded = true;
    if (stream.avail_in == 0) return;
    const bool member = *stream.next_in == 0x1f && (stream.avail_in == 1 || stream.next_in[1] == 0x8b);
    if (padded || !member)
      throw Error(fmt::format("{} bytes after the end of the gzip data", stream.avail_in + behind));
    ended = inflateReset(&stream) != Z_OK;
  }
};

Gunzip::Gunzip() : body_(std::make_unique<Body>()) {}
Gunzip::~Gunzip() = default;

bool Gunzip::take(std::span<const std::byte> packed, const Give& give) {
  Body& b = *body_;
  for (size_t at = 0; at < packed.size(); at += piece) {  // zlib counts in 32 bits
    b.stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + at));
    b.stream.avail_in = static_cast<uInt>(std::min(piece, packed.size() - at));
    bool full = false;
    while (b.stream.avail_in > 0 || full) {
      if (b.ended) b.begin_member(packed.size() - std::min(packed.size(), at + piece));
      if (b.ended) break;
      b.stream.next_out = reinterpret_cast<Bytef*>(b.out.data());
      b.stream.avail_out = static_cast<uInt>(b.out.size());
      const int status = inflate(&b.stream, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        throw Error(fmt::format("damaged gzip data ({})", b.stream.msg ? b.stream.msg : "zlib error"));
      full = b.stream.avail_out == 0;
      b.ended = status == Z_STREAM_END;
      const size_t made = b.out.size() - b.stream.avail_out;
      if (made > 0 && !give(std::span(b.out).first(made))) return false;
      if (b.ended) full = false;
    }
  }
  return true;
}

void Gunzip::end() const {
  if (!body_->ended) throw Error("gzip data is cut short: the file was not copied whole");
}

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::vector<std::byte> gunzip(std::span<const std::byte> bytes, size_t limit) {
  std::vector<std::byte> out;
  // DEFLATE never exceeds 1032:1, so the first guess cannot be far beyond what a real file holds.
  out.reserve(std::min(limit, bytes.size() * 4 + 4096));
  Gunzip gunzip;
  gunzip.take(bytes, [&](std::span<const std::byte> content) {
    if (content.size() > limit - out.size())
      throw Error(fmt::format("gzip content is larger than the {} bytes expected", limit));
    const size_t size = out.size() + content.size();
    if (size > out.capacity()) out.reserve(std::max(size, out.capacity() > limit / 2 ? limit : out.capacity() * 2));
    out.insert(out.end(), content.begin(), content.end());
    return true;
  });
  gunzip.end();
  return out;
}

std::vector<std::byte> gunzip_start(std::span<const std::byte> bytes, size_t count) {
  std::vector<std::byte> out;
  Gunzip().take(bytes, [&](std::span<const std::byte> content) {
    const auto some = content.first(std::min(content.size(), count - out.size()));
    out.insert(out.end(), some.begin(), some.end());
    return out.size() < count;
  });
  return out;
}

std::vector<std::byte> gzip(std::span<const std::byte> content, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error("gzip: zlib did not start");
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

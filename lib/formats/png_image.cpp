// SPDX-License-Identifier: MIT
#include "formats/png_image.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>

#include "base/error.h"

namespace nn {
namespace {
constexpr png_uint_32 widest = 16384;
constexpr size_t most_bytes = size_t{64} << 20;

/// libpng reports errors by a jump: everything it may jump over is plain data held here, owned by the caller.
struct PngRead {
  std::span<const std::byte> bytes;
  size_t at = 0;
  char message[160] = {};
  png_structp png = nullptr;
  png_infop info = nullptr;
  png_uint_32 width = 0, height = 0, channels = 0;
  ~PngRead() { png_destroy_read_struct(&png, &info, nullptr); }
};

extern "C" {
void png_failed(png_structp png, png_const_charp message) {
  std::strncpy(static_cast<PngRead*>(png_get_error_ptr(png))->message, message, 159);
  longjmp(png_jmpbuf(png), 1);
}
void png_warned(png_structp, png_const_charp) {}
void png_take(png_structp png, png_bytep to, size_t n) {
  auto* read = static_cast<PngRead*>(png_get_io_ptr(png));
  if (n > read->bytes.size() - read->at) png_error(png, "the file ends early");
  std::memcpy(to, read->bytes.data() + read->at, n);
  read->at += n;
}
}

/// False after an error. No object with a destructor lives in this frame.
bool read_header(PngRead& read) {
  if (setjmp(png_jmpbuf(read.png))) return false;
  png_set_user_limits(read.png, widest, widest);
  png_set_chunk_cache_max(read.png, 128);
  png_set_chunk_malloc_max(read.png, 8000000);
  png_set_read_fn(read.png, &read, png_take);
  png_read_info(read.png, read.info);
  png_set_expand(read.png);
  png_set_strip_16(read.png);
  png_set_strip_alpha(read.png);
  png_set_interlace_handling(read.png);
  png_read_update_info(read.png, read.info);
  read.width = png_get_image_width(read.png, read.info);
  read.height = png_get_image_height(read.png, read.info);
  read.channels = png_get_channels(read.png, read.info);
  return true;
}

bool read_rows(PngRead& read, png_bytepp rows) {
  if (setjmp(png_jmpbuf(read.png))) return false;
  png_read_image(read.png, rows);
  png_read_end(read.png, nullptr);
  return true;
}
}  // namespace

PngImage read_png(std::span<const std::byte> bytes) {
  if (bytes.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) != 0) throw Error("not a PNG picture");
  PngRead read;
  read.bytes = bytes;
  read.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &read, png_failed, png_warned);
  read.info = read.png ? png_create_info_struct(read.png) : nullptr;
  if (!read.info) throw Error("libpng: out of memory");
  if (!read_header(read)) throw Error(std::string("damaged PNG: ") + read.message);
  const size_t w = read.width, h = read.height, c = read.channels;
  if (c != 1 && c != 3) throw Error("PNG of " + std::to_string(c) + " channels");
  if (w * h * c > most_bytes) throw Error("PNG of " + std::to_string(w) + "x" + std::to_string(h) + " pixels, at most 64 Mi values are read");
  std::vector<uint8_t> last(w * h * c);
  std::vector<png_bytep> rows(h);
  for (size_t y = 0; y < h; ++y) rows[y] = last.data() + y * w * c;
  if (!read_rows(read, rows.data())) throw Error(std::string("damaged PNG: ") + read.message);
  PngImage image{{static_cast<int64_t>(c), static_cast<int64_t>(h), static_cast<int64_t>(w)}, std::vector<uint8_t>(last.size())};
  for (size_t k = 0; k < c; ++k)
    for (size_t p = 0; p < w * h; ++p) image.pixels[k * w * h + p] = last[p * c + k];
  return image;
}

std::vector<std::byte> write_png(const Shape& shape, std::span<const uint8_t> pixels) {
  const auto c = static_cast<size_t>(shape[0]), plane = static_cast<size_t>(shape[1] * shape[2]);
  if (c != 1 && c != 3) throw Error("images of " + std::to_string(c) + " channels cannot be PNG pictures (1 or 3)");
  std::vector<uint8_t> last(pixels.size());
  for (size_t k = 0; k < c; ++k)
    for (size_t p = 0; p < plane; ++p) last[p * c + k] = pixels[k * plane + p];
  png_image image;
  std::memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(shape[2]);
  image.height = static_cast<png_uint_32>(shape[1]);
  image.format = c == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> out(size);
  if (!png_image_write_to_memory(&image, out.data(), &size, 0, last.data(), 0, nullptr)) throw Error(std::string("libpng: ") + image.message);
  out.resize(size);
  return out;
}

}  // namespace nn

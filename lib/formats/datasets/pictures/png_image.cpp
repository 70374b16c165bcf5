// SPDX-License-Identifier: MIT
#include "formats/datasets/pictures/png_image.h"

#include <fmt/format.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/text/number.h"
#include "base/text/split.h"

namespace nn {
namespace {
constexpr png_uint_32 widest = 16384;
constexpr const char* range_key = "valid_range";

/// libpng reports errors by a jump: everything it may jump over is plain data held here, owned by the caller.
struct PngRead {
  std::span<const std::byte> bytes;
  size_t at = 0;
  char message[160] = {};
  char range[64] = {};  ///< text of range_key
  png_structp png = nullptr;
  png_infop info = nullptr;
  png_uint_32 width = 0, height = 0, channels = 0, depth = 0;
  size_t packed_row = 0;  ///< bytes of a row as the file holds it
  size_t row = 0;         ///< bytes of a row as it is read
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
  read.packed_row = png_get_rowbytes(read.png, read.info);
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(read.png, read.info, &texts, &count);
  for (int i = 0; i < count; ++i)
    if (std::strcmp(texts[i].key, range_key) == 0 && texts[i].text)
      std::strncpy(read.range, texts[i].text, sizeof read.range - 1);
  png_set_expand(read.png);
  if (std::endian::native == std::endian::little) png_set_swap(read.png);
  png_set_interlace_handling(read.png);
  png_read_update_info(read.png, read.info);
  read.width = png_get_image_width(read.png, read.info);
  read.height = png_get_image_height(read.png, read.info);
  read.channels = png_get_channels(read.png, read.info);
  read.depth = png_get_bit_depth(read.png, read.info);
  read.row = png_get_rowbytes(read.png, read.info);
  return true;
}

bool read_rows(PngRead& read, png_bytepp rows) {
  if (setjmp(png_jmpbuf(read.png))) return false;
  png_read_image(read.png, rows);
  png_read_end(read.png, nullptr);
  return true;
}

PixelRange range_of(const char* text) {
  if (!*text) return {};
  const auto parts = split_at(text, ' ');
  PixelRange range;
  try {
    if (parts.size() != 2) throw Error("");
    parse_value(parts[0], range.low);
    parse_value(parts[1], range.high);
    if (range.low < 0 || range.high > 255 || range.low >= range.high) throw Error("");
  } catch (const Error&) {
    throw Error(fmt::format("its text {} is '{}', expected two numbers from 0 to 255, the lower first", range_key,
                            printable(text)));
  }
  return range;
}

/// Values of one picture as libpng gives them: interleaved, the last of 2 or 4 channels is alpha.
template <class Value>
void take_values(std::span<const Value> values, size_t channels, const PngOptions& options, PngImage& image) {
  constexpr uint64_t full = sizeof(Value) == 1 ? 255 : 65535;
  const size_t colours = channels - (channels % 2 == 0), area = values.size() / channels;
  const bool has_alpha = colours != channels, scales = full > 255 && options.scale_to_8;
  for (size_t p = 0; p < area; ++p) {
    const uint64_t alpha = has_alpha && !options.ignore_alpha ? values[p * channels + colours] : full;
    if (alpha != full && !options.background)
      throw Error(
          "transparent pixels: --background COLOR says what shows through, --background none takes the colors as they "
          "are stored");
    for (size_t k = 0; k < colours; ++k) {
      uint64_t value = values[p * channels + k];
      if (alpha != full) {
        const uint64_t behind = (*options.background)[k] * (scales ? uint64_t{257} : 1);
        value = (value * alpha + behind * (full - alpha) + full / 2) / full;
      }
      if (scales) value = (value + 128) / 257;
      if (value > 255)
        throw Error(fmt::format(
            "a sample of 16 bits is {}, pixels are 0 to 255: --depth 8 divides all samples of 16 bits by 257", value));
      image.pixels[k * area + p] = static_cast<uint8_t>(value);
    }
  }
}

/// The chunk acTL, which stands before the first IDAT.
bool is_animated(std::span<const std::byte> bytes) {
  const auto at = [&](size_t i) { return std::to_integer<size_t>(bytes[i]); };
  for (size_t i = 8; i + 8 <= bytes.size();) {
    const std::string_view type(reinterpret_cast<const char*>(bytes.data()) + i + 4, 4);
    if (type == "acTL") return true;
    if (type == "IDAT") return false;
    i += 12 + (at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3));
  }
  return false;
}
}  // namespace

PngImage read_png(std::span<const std::byte> bytes, const PngOptions& options) {
  if (bytes.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) != 0)
    throw Error("not a PNG picture");
  PngRead read;
  read.bytes = bytes;
  read.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &read, png_failed, png_warned);
  read.info = read.png ? png_create_info_struct(read.png) : nullptr;
  if (!read.info) throw Error("libpng: out of memory");
  if (!read_header(read)) throw Error(std::string("damaged PNG: ") + read.message);
  const size_t w = read.width, h = read.height, c = read.channels;
  if (c < 1 || c > 4 || (read.depth != 8 && read.depth != 16) || read.row != w * c * (read.depth / 8))
    throw Error(fmt::format("PNG of {} channels of {} bits", c, read.depth));
  // Deflate cannot exceed 1032:1, so a size beyond that is a lie and is not allocated.
  if (read.packed_row * h / 1032 > bytes.size())
    throw Error(fmt::format("damaged PNG: {}x{} pixels do not fit into {} bytes", w, h, bytes.size()));
  options.budget.ask_product({2, h, read.row}, fmt::format("a PNG of {}x{} pixels", w, h));
  const size_t colours = c - (c % 2 == 0);
  if (options.background && colours == 1 && c == 2 &&
      ((*options.background)[0] != (*options.background)[1] || (*options.background)[1] != (*options.background)[2]))
    throw UsageError("--background is a color, the picture is gray: give one number");
  std::vector<uint16_t> last((h * read.row + 1) / 2);  // aligned for either depth
  std::vector<png_bytep> rows(h);
  for (size_t y = 0; y < h; ++y) rows[y] = reinterpret_cast<png_bytep>(last.data()) + y * read.row;
  if (!read_rows(read, rows.data())) throw Error(std::string("damaged PNG: ") + read.message);
  PngImage image{{static_cast<int64_t>(colours), static_cast<int64_t>(h), static_cast<int64_t>(w)},
                 std::vector<uint8_t>(colours * w * h),
                 read.depth == 16,
                 range_of(read.range),
                 c % 2 == 0,
                 is_animated(bytes)};
  if (image.is_16_bit)
    take_values(std::span<const uint16_t>(last).first(h * w * c), c, options, image);
  else
    take_values(std::span(reinterpret_cast<const uint8_t*>(last.data()), h * w * c), c, options, image);
  return image;
}

void change_channels(PngImage& image, int64_t channels) {
  if (image.shape[0] == channels) return;
  const auto area = static_cast<size_t>(image.shape[1] * image.shape[2]);
  image.shape = {channels, image.shape[1], image.shape[2]};
  if (channels == 1) {
    for (size_t p = 0; p < area; ++p)
      image.pixels[p] = static_cast<uint8_t>(
          (19595U * image.pixels[p] + 38470U * image.pixels[area + p] + 7471U * image.pixels[2 * area + p] + 0x8000U) >>
          16);
    image.pixels.resize(area);
    return;
  }
  image.pixels.resize(3 * area);
  for (size_t k = 1; k < 3; ++k)
    std::copy_n(image.pixels.begin(), area, image.pixels.begin() + static_cast<std::ptrdiff_t>(k * area));
}

namespace {
/// A chunk tEXt behind the header, which is always the first 33 bytes.
void add_range(std::vector<std::byte>& png, PixelRange range) {
  const std::string body = std::string("tEXt") + range_key + '\0' + fmt::format("{} {}", range.low, range.high);
  std::vector<std::byte> chunk;
  const auto put = [&](uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) chunk.push_back(static_cast<std::byte>(number >> shift & 0xff));
  };
  put(static_cast<uint32_t>(body.size() - 4));
  for (const char byte : body) chunk.push_back(static_cast<std::byte>(byte));
  put(static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
  png.insert(png.begin() + 33, chunk.begin(), chunk.end());
}
}  // namespace

std::vector<std::byte> write_png(const Shape& shape, std::span<const uint8_t> pixels, PixelRange range) {
  const auto c = static_cast<size_t>(shape[0]), plane = static_cast<size_t>(shape[1] * shape[2]);
  if (c != 1 && c != 3) throw Error("images of " + std::to_string(c) + " channels cannot be PNG pictures (1 or 3)");
  if (shape[1] > widest || shape[2] > widest)
    throw Error(
        fmt::format("images of {}x{} pixels: PNG pictures have at most {} a side here", shape[2], shape[1], widest));
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
  if (!png_image_write_to_memory(&image, out.data(), &size, 0, last.data(), 0, nullptr))
    throw Error(std::string("libpng: ") + image.message);
  out.resize(size);
  if (range != PixelRange{}) add_range(out, range);
  return out;
}

std::array<uint8_t, 3> parse_colour(std::string_view text) {
  const auto wrong = [&] {
    return UsageError("expected a color as white, #ff8000, 255,128,0 or 128, found '" + printable(std::string(text)) +
                      "'");
  };
  if (text == "white") return {255, 255, 255};
  if (text == "black") return {0, 0, 0};
  std::vector<int> parts;
  if (text.starts_with('#') && text.size() == 7) {
    if (text.find_first_not_of("0123456789abcdefABCDEF", 1) != std::string_view::npos) throw wrong();
    for (size_t at = 1; at < 7; at += 2) parts.push_back(std::stoi(std::string(text.substr(at, 2)), nullptr, 16));
  } else {
    for (const std::string_view part : split_at(text, ',')) {
      if (part.empty() || part.size() > 3 || part.find_first_not_of("0123456789") != std::string_view::npos)
        throw wrong();
      parts.push_back(std::stoi(std::string(part)));
    }
  }
  if (parts.size() == 1) parts.assign(3, parts[0]);
  if (parts.size() != 3 || *std::ranges::max_element(parts) > 255) throw wrong();
  return {static_cast<uint8_t>(parts[0]), static_cast<uint8_t>(parts[1]), static_cast<uint8_t>(parts[2])};
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>

#include "base/system/threads.h"
#include "data/source.h"
#include "data/sources/glyph_draw.h"

namespace nn {
namespace {

/// Images begin..begin+n-1 of the seed; the training images come first, so that a smaller set is a part of a larger.
/// drawn(n): so many more are done.
Split draw_split(const std::string& name, uint64_t seed, int64_t begin, int64_t n, Team& team,
                 const std::function<void(int64_t)>& drawn) {
  constexpr int64_t area = glyph_side * glyph_side, piece = 4096;
  Split split;
  split.name = name;
  h5::Array images(h5::Type::u8, Shape{n, 1, glyph_side, glyph_side});
  std::vector<int32_t> labels(static_cast<size_t>(n));
  const auto pixels = images.as<uint8_t>();
  constexpr int tiles = 64;
  for (int64_t first = 0; first < n; first += piece) {
    const int64_t count = std::min(piece, n - first);
    team.run(tiles, [&](int tile, int) {
      const Range part = part_of(count, tile, tiles);
      for (int64_t i = first + part.begin; i < first + part.end; ++i)
        labels[static_cast<size_t>(i)] =
            draw_glyph(seed, static_cast<uint64_t>(begin + i), pixels.subspan(static_cast<size_t>(i * area), area));
    });
    drawn(count);
  }
  split.set_samples(std::move(images));
  split.set("labels", labels);
  split.number_rows();
  return split;
}

/// Test images stand far behind any training image, whatever the sizes.
constexpr int64_t first_test_image = int64_t{1} << 32;

Dataset make_glyphs(const SourceContext& context, const CatalogueEntry&) {
  if (context.train < 1 || context.test < 1 || context.train > 10'000'000 || context.test > 10'000'000)
    throw UsageError("glyphs: sizes are 1 to 10,000,000");
  const int64_t total = context.train + context.test;
  context.budget.ask_product(
      {static_cast<uint64_t>(total), glyph_side * glyph_side + sizeof(int32_t) + sizeof(int64_t)},
      "glyphs: " + std::to_string(total) + " images");
  Team team(context.threads);
  int64_t done = 0;
  const auto drawn = [&](int64_t more) {
    done += more;
    if (context.fetch.interrupted && context.fetch.interrupted()) throw Error("interrupted");
    if (context.progress) context.progress(done, total);
  };
  Dataset data;
  data.splits.push_back(draw_split("train", context.seed, 0, context.train, team, drawn));
  data.splits.push_back(draw_split("test", context.seed, first_test_image, context.test, team, drawn));
  return data;
}

}  // namespace

extern const SourceType glyphs_source;
const SourceType glyphs_source{"glyphs", "60,000 + 10,000 drawn digits, 28x28, 10 classes; generated, no network", true,
                               make_glyphs};

}  // namespace nn

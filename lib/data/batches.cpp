// SPDX-License-Identifier: MIT
#include "data/batches.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "data/recipe.h"

namespace nn {

namespace {

constexpr int tiles_of_a_batch = 8;

/// The value every one of 256 pixel values has after the steps, per channel: {C,256}. Made by the steps themselves, so
/// the fast way gives the bits of the general one.
std::vector<float> pixel_table(const h5::PrepRecord& prep, const Shape& raw, double valid_min, double valid_max) {
  const int64_t channels = raw.rank() == 3 ? raw[0] : 1;
  const Shape shape = raw.rank() == 3 ? Shape{channels, 16, 16} : Shape{256};
  std::vector<float> values(static_cast<size_t>(channels) * 256);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 256);
  std::vector<float> next(values.size());
  for (const auto& step : make_steps(prep, shape, true, valid_min, valid_max, false)) {
    step->apply(values, next, {});
    values.swap(next);
  }
  return values;
}

}  // namespace

struct Batches::Body {
  const Split& split;
  const Column* samples;
  const Column *labels, *targets;  ///< null when there are none
  int64_t size;
  Shape raw, shape;
  std::vector<std::unique_ptr<PrepStep>> steps;
  std::vector<float> table;                 ///< when not empty, all there is to do
  size_t words = 0;                         ///< random words per sample
  size_t widest = 0;                        ///< values of a sample between any two steps
  std::vector<uint32_t> random;             ///< of the batch
  std::vector<std::vector<float>> scratch;  ///< two buffers per worker

  h5::Bytes staged;  ///< samples of the batch, where they stay in a file otherwise

  explicit Body(const Split& s)
      : split(s), samples(s.samples()), labels(s.column("labels")), targets(s.column("targets")), size(s.size()) {
    if (!samples && s.column("tokens")) return;
    if (!samples || samples->values.shape.rank() < 2) throw Error(fmt::format("/{}: samples without axes", s.name));
    raw = samples->values.shape.without_first();
  }
  bool is_pixels() const { return samples && samples->values.type == h5::Type::u8; }
  size_t row_bytes() const { return static_cast<size_t>(raw.count()) * h5::size_of(samples->values.type); }

  /// Before the samples of these rows are looked at: gets them, where they stay in a file.
  void stage(std::span<const int64_t> rows) {
    check(rows);
    if (!samples->stored) return;
    const size_t bytes = rows.size() * row_bytes();
    if (staged.size() < bytes) staged.resize(bytes);
    copy_rows(*samples, rows, std::span(staged).first(bytes));
  }

  /// The sample of row number i of the batch.
  template <class Value>
  const Value* sample(std::span<const int64_t> rows, size_t i) const {
    const auto count = static_cast<size_t>(raw.count());
    if (samples->stored) return reinterpret_cast<const Value*>(staged.data()) + i * count;
    return samples->values.as<Value>().data() + static_cast<size_t>(rows[i]) * count;
  }

  void check(std::span<const int64_t> rows) const {
    for (const int64_t row : rows)
      if (row < 0 || row >= size) throw Error(fmt::format("row {} of /{}, which has {}", row, split.name, size));
  }

  void by_table(std::span<const int64_t> rows, size_t row, std::span<float> out) const {
    const auto count = out.size();
    const uint8_t* in = sample<uint8_t>(rows, row);
    const size_t channels = table.size() / 256, area = count / channels;
    for (size_t c = 0; c < channels; ++c) {
      const float* values = table.data() + c * 256;
      float* to = out.data() + c * area;
      const uint8_t* from = in + c * area;
      for (size_t i = 0; i < area; ++i) to[i] = values[from[i]];
    }
  }

  void raw_values(std::span<const int64_t> rows, size_t row, std::span<float> out) const {
    if (is_pixels()) {
      const uint8_t* in = sample<uint8_t>(rows, row);
      std::transform(in, in + out.size(), out.begin(), [](uint8_t v) { return static_cast<float>(v); });
    } else {
      std::copy_n(sample<float>(rows, row), out.size(), out.begin());
    }
  }

  void by_steps(std::span<const int64_t> rows, size_t row, std::span<float> out, std::span<const uint32_t> words_here,
                std::span<float> buffers) const {
    if (steps.empty()) return raw_values(rows, row, out);
    std::span<float> now = buffers.first(static_cast<size_t>(raw.count())), other = buffers.subspan(widest);
    std::span<float> home = buffers.first(widest);
    raw_values(rows, row, now);
    for (size_t s = 0; s < steps.size(); ++s) {
      const bool last = s + 1 == steps.size();
      const size_t size = last ? out.size() : sizes[s];
      const std::span<float> to = last ? out : other.first(size);
      const size_t needs = steps[s]->words();
      steps[s]->apply(now, to, words_here.first(needs));
      words_here = words_here.subspan(needs);
      std::swap(home, other);
      now = to;
    }
  }
  std::vector<size_t> sizes;  ///< values after each step
};

Batches::Batches(const Split& split, const h5::PrepRecord& prep, double valid_min, double valid_max, bool augment)
    : body_(std::make_unique<Body>(split)) {
  Body& b = *body_;
  if (!b.samples) {
    if (!prep.recipe.empty())
      throw Error(fmt::format("/{}: the recipe changes images or features, and these samples are tokens", split.name));
    return;
  }
  const bool pixels = b.is_pixels();
  b.steps = make_steps(prep, b.raw, pixels, valid_min, valid_max, augment);
  b.shape = b.raw;
  b.widest = static_cast<size_t>(b.raw.count());
  // A table serves when every step changes values by channel, until the shape changes and nothing else follows.
  bool simple = pixels && b.raw.rank() == 3, reshaped = false;
  for (const auto& step : b.steps) {
    b.shape = step->output_shape();
    b.words += step->words();
    b.sizes.push_back(static_cast<size_t>(b.shape.count()));
    b.widest = std::max(b.widest, b.sizes.back());
    simple = simple && (step->reshapes() || (step->elementwise() && !reshaped));
    reshaped = reshaped || step->reshapes();
  }
  if (!simple) return;
  h5::PrepRecord values = prep;
  values.recipe.clear();
  for (const RecipeLine& line : recipe_lines(prep.recipe)) {
    const PrepStepType& type = find_in(prep_step_types(), line.name, "step");
    if (std::string_view(type.name) == "augment") continue;
    values.recipe += line.name + " " + line.argument + "\n";
  }
  b.table = pixel_table(values, b.raw, valid_min, valid_max);
}

Batches::~Batches() = default;

const Shape& Batches::sample_shape() const { return body_->shape; }
int64_t Batches::size() const { return body_->size; }
bool Batches::draws() const { return body_->words > 0; }

void Batches::fill(std::span<const int64_t> rows, std::span<float> x, Stream* stream, Team* team) {
  Body& b = *body_;
  const auto count = static_cast<size_t>(b.shape.count());
  if (x.size() != rows.size() * count)
    throw Error(fmt::format("a batch of {} samples {} needs {} values, given {}", rows.size(), b.shape.text(),
                            rows.size() * count, x.size()));
  b.stage(rows);
  if (b.words > 0) {
    if (!stream) throw Error("augmentation needs a random stream");
    if (b.random.size() < rows.size() * b.words) b.random.resize(rows.size() * b.words);
    stream->words(std::span(b.random).first(rows.size() * b.words));
  }
  const size_t workers = team ? static_cast<size_t>(team->size()) : 1;
  if (b.table.empty() && b.scratch.size() < workers) b.scratch.resize(workers, std::vector<float>(2 * b.widest));
  const int tiles = team ? tiles_of_a_batch : 1;
  auto work = [&](int tile, int worker) {
    const Range part = part_of(static_cast<int64_t>(rows.size()), tile, tiles);
    for (auto i = static_cast<size_t>(part.begin); i < static_cast<size_t>(part.end); ++i) {
      const std::span<float> out = x.subspan(i * count, count);
      if (!b.table.empty())
        b.by_table(rows, i, out);
      else
        b.by_steps(rows, i, out, std::span<const uint32_t>(b.random).subspan(i * b.words, b.words),
                   b.scratch[static_cast<size_t>(worker)]);
    }
  };
  if (team)
    team->run(tiles, work);
  else
    work(0, 0);
}

const std::vector<float>& Batches::byte_values() const { return body_->table; }

bool Batches::as_stored() const {
  return body_->samples && (!body_->table.empty() || (body_->steps.empty() && !body_->is_pixels()));
}

std::span<const std::byte> Batches::stored() const { return body_->samples->values.bytes; }

int64_t Batches::stored_bytes() const { return static_cast<int64_t>(body_->row_bytes()); }

void Batches::stored(std::span<const int64_t> rows, std::span<std::byte> out) const {
  body_->check(rows);
  copy_rows(*body_->samples, rows, out);
}

std::vector<BatchInput> Batches::inputs() const {
  std::vector<BatchInput> inputs;
  for (const Column& column : body_->split.columns) {
    if (column.name == "sample") continue;  // says where the others come from
    if (&column == body_->samples)
      inputs.push_back({column.name, h5::Type::f32, body_->shape, false});
    else
      inputs.push_back({column.name, column.values.type, column.values.shape.without_first(), column.is_ragged()});
  }
  return inputs;
}

void Batches::column(std::string_view name, std::span<const int64_t> rows, ColumnRows& out) const {
  const Column* column = body_->split.column(name);
  if (!column) throw Error(fmt::format("/{} has no column '{}'", body_->split.name, printable(std::string(name))));
  body_->check(rows);
  take_rows(*column, rows, out.values, out.start);
}

std::vector<int64_t> Batches::token_counts() const {
  const Column* tokens = body_->split.column("tokens");
  if (!tokens) throw Error(fmt::format("/{} has no tokens", body_->split.name));
  std::vector<int64_t> counts;
  for (int64_t i = 0; i < tokens->size(); ++i) counts.push_back(tokens->length(i));
  return counts;
}

void Batches::labels(std::span<const int64_t> rows, std::span<int32_t> out) const {
  if (!body_->labels) throw Error(fmt::format("/{} has no labels", body_->split.name));
  body_->check(rows);
  copy_rows(*body_->labels, rows, std::as_writable_bytes(out));
}

void Batches::targets(std::span<const int64_t> rows, std::span<float> out) const {
  if (!body_->targets) throw Error(fmt::format("/{} has no targets", body_->split.name));
  body_->check(rows);
  copy_rows(*body_->targets, rows, std::as_writable_bytes(out));
}

std::span<const int32_t> Batches::labels() const { return body_->split.labels(); }

std::span<const float> Batches::targets() const {
  return body_->targets ? body_->targets->values.as<float>() : std::span<const float>();
}

Shape prepared_shape(const h5::PrepRecord& prep, const Shape& raw) {
  const auto steps = make_steps(prep, raw, true, 0, 255, false);
  return steps.empty() ? raw : steps.back()->output_shape();
}

bool is_unscaled(const h5::PrepRecord& prep, const Split& split) {
  if (!split.has_samples() || split.x().type != h5::Type::u8) return false;
  const auto steps = make_steps(prep, split.x().shape.without_first(), true, 0, 255, false);
  return std::none_of(steps.begin(), steps.end(), [](const auto& step) { return step->elementwise(); });
}

}  // namespace nn

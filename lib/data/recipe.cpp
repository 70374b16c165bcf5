// SPDX-License-Identifier: MIT
#include "data/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/log.h"
#include "data/batches.h"

namespace nn {
namespace {

size_t step_rank(const std::string& name) {
  const auto table = prep_step_types();
  const auto found = std::find_if(table.begin(), table.end(), [&](const PrepStepType* t) { return name == t->name; });
  return static_cast<size_t>(found - table.begin());
}

std::string text_of(const std::vector<RecipeLine>& lines) {
  std::string text;
  for (const RecipeLine& line : lines) {
    if (!text.empty()) text += '\n';
    text += line.argument.empty() ? line.name : line.name + " " + line.argument;
  }
  return text;
}

/// The lines that change values before standardize does.
h5::PrepRecord before_standardize(const h5::PrepRecord& prep) {
  std::vector<RecipeLine> kept;
  for (const RecipeLine& line : recipe_lines(prep.recipe))
    if (step_rank(line.name) > step_rank("pad") && step_rank(line.name) < step_rank("standardize"))
      kept.push_back(line);
  return {text_of(kept), {}, {}};
}

/// Calls take(channel, value) for every prepared value of the split.
template <class Take>
void for_each_value(const Batches& batches, Take&& take) {
  const int64_t piece = 256, count = batches.sample_shape().count();
  const int64_t channels = channels_of(batches.sample_shape()), area = count / channels;
  std::vector<float> x(static_cast<size_t>(piece * count));
  std::vector<int64_t> rows(static_cast<size_t>(piece));
  for (int64_t begin = 0; begin < batches.size(); begin += piece) {
    const int64_t n = std::min(piece, batches.size() - begin);
    std::iota(rows.begin(), rows.begin() + n, begin);
    const std::span<float> out = std::span(x).first(static_cast<size_t>(n * count));
    const_cast<Batches&>(batches).fill(std::span(rows).first(static_cast<size_t>(n)), out, nullptr, nullptr);
    for (int64_t i = 0; i < n * count; ++i)
      take(static_cast<size_t>(i / area % channels), static_cast<double>(out[static_cast<size_t>(i)]));
  }
}

void fit_statistics(Dataset& data) {
  (void)data.sample_shape();
  const Split& train = data.at("train");
  if (train.size() == 0) throw Error("standardize: the training split is empty");
  Batches batches(train, before_standardize(data.prep), data.valid_min, data.valid_max, false);
  const auto channels = static_cast<size_t>(channels_of(batches.sample_shape()));
  const double n = static_cast<double>(train.x().shape.count()) / static_cast<double>(channels);
  std::vector<double> mean(channels, 0.0), square(channels, 0.0);
  for_each_value(batches, [&](size_t c, double v) { mean[c] += v; });
  for (double& m : mean) m /= n;
  for_each_value(batches, [&](size_t c, double v) { square[c] += (v - mean[c]) * (v - mean[c]); });
  data.prep.mean.resize(channels);
  data.prep.std.resize(channels);
  for (size_t c = 0; c < channels; ++c) {
    const double deviation = std::sqrt(square[c] / n);
    data.prep.mean[c] = static_cast<float>(mean[c]);
    data.prep.std[c] = static_cast<float>(deviation) > 0 ? static_cast<float>(deviation) : 1.0F;
  }
}

void check_steps(const Dataset& data) {
  const Split& first = data.splits.front();
  if (!first.has_samples() && data.prep.empty()) return;
  (void)make_steps(data.prep, data.sample_shape(), first.x().type == h5::Type::u8, data.valid_min, data.valid_max,
                   true);
}

/// UsageError for an argument that fits no samples at all. What depends on them is found later.
void check_step(const PrepStepType& type, const std::string& argument) {
  try {
    (void)type.make(argument, StepContext{Shape{3, 4096, 4096}, true, 0, 255, {}, {}});
  } catch (const Error& e) {
    if (e.status() == Exit::usage) throw;
  }
}

}  // namespace

std::vector<RecipeLine> recipe_lines(const std::string& recipe) {
  std::vector<RecipeLine> lines;
  for (size_t begin = 0; begin < recipe.size();) {
    const size_t end = std::min(recipe.find('\n', begin), recipe.size());
    const std::string line = recipe.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    const size_t blank = std::min(line.find(' '), line.size());
    lines.push_back({line.substr(0, blank), blank < line.size() ? line.substr(blank + 1) : ""});
  }
  return lines;
}

std::vector<std::unique_ptr<PrepStep>> make_steps(const h5::PrepRecord& prep, const Shape& raw, bool integer_pixels,
                                                  double valid_min, double valid_max, bool augment) {
  std::vector<std::unique_ptr<PrepStep>> steps;
  StepContext context{raw, integer_pixels, valid_min, valid_max, prep.mean, prep.std};
  if (raw.rank() != 1 && raw.rank() != 3)
    throw Error(fmt::format("a sample is {{D}} or {{C,H,W}}, not {}", raw.text()));
  for (const RecipeLine& line : recipe_lines(prep.recipe)) {
    const auto table = prep_step_types();
    const size_t rank = step_rank(line.name);
    if (rank == table.size())
      throw Error("/prep/recipe: " + unknown_name("step", printable(line.name), names_of(table)));
    auto step = table[rank]->make(line.argument, context);
    context.shape = step->output_shape();
    if (step->elementwise()) context.integer_pixels = false;
    if (augment || !step->augments()) steps.push_back(std::move(step));
  }
  return steps;
}

RecipeOptions::RecipeOptions() : given_(prep_step_types().size()) {}

void RecipeOptions::declare(OptionSet& set) {
  const auto table = prep_step_types();
  for (size_t i = 0; i < table.size(); ++i) {
    const PrepStepType& type = *table[i];
    Option& option = *type.metavar ? set.add(type.name, given_[i].argument, type.metavar, type.summary)
                                   : set.flag(type.name, given_[i].on, type.summary);
    option.brief_help();
  }
  if (Option* pad = set.find("pad"))
    pad->says("resize image_size",
              "images keep their size; --pad PIXELS adds a border, and other sizes are made before nn-convert, for "
              "example with 'mogrify -resize 32x32! *.png'");
}

void RecipeOptions::check() const {
  for (size_t i = 0; i < given_.size(); ++i)
    if (!given_[i].argument.empty()) check_step(*prep_step_types()[i], given_[i].argument);
}

void check_augmentation(const std::string& how) {
  if (!how.empty() && how != "none") check_step(*prep_step_types()[step_rank("augment")], how);
}

void RecipeOptions::apply(Dataset& data) const {
  const auto table = prep_step_types();
  std::vector<RecipeLine> lines = recipe_lines(data.prep.recipe);
  const auto has = [&](const std::string& name) {
    return std::any_of(lines.begin(), lines.end(), [&](const RecipeLine& line) { return line.name == name; });
  };
  const bool had_statistics = has("standardize");
  for (size_t i = 0; i < table.size(); ++i) {
    const std::string name = table[i]->name;
    if (given_[i].argument.empty() && !given_[i].on) continue;
    if (has(name)) throw Error(fmt::format("the recipe has '{}' already; start from the data before it", name));
    if (had_statistics && (name == "scale" || name == "normalize"))
      throw Error(
          fmt::format("{} would change the statistics that standardize was given; give both to one nn-prep", name));
    const auto after =
        std::find_if(lines.begin(), lines.end(), [&](const RecipeLine& line) { return step_rank(line.name) > i; });
    lines.insert(after, {name, given_[i].argument});
  }
  data.prep.recipe = text_of(lines);
  if (!had_statistics && has("standardize")) fit_statistics(data);
  check_steps(data);
}

Dataset with_augmentation(Dataset data, const std::string& how) {
  if (how.empty()) return data;
  std::vector<RecipeLine> lines = recipe_lines(data.prep.recipe);
  std::erase_if(lines, [](const RecipeLine& line) { return line.name == "augment"; });
  if (how != "none") {
    const size_t rank = step_rank("augment");
    const auto after =
        std::find_if(lines.begin(), lines.end(), [&](const RecipeLine& line) { return step_rank(line.name) > rank; });
    lines.insert(after, {"augment", how});
  }
  data.prep.recipe = text_of(lines);
  check_steps(data);
  return data;
}

}  // namespace nn

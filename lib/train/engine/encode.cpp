// SPDX-License-Identifier: MIT
#include "train/engine/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "backend/backend.h"
#include "base/system/threads.h"
#include "base/text/number.h"
#include "formats/models/foreign_input.h"
#include "text/tokenizer.h"
#include "text/tokenizer_files.h"
#include "train/engine/encoded_before.h"
#include "train/engine/evaluator.h"

namespace nn {
namespace {

/// "mean,overlap=20": the tokens that neighbours share.
int64_t overlap_of(const std::string& window) {
  int64_t overlap = 0;
  if (window.empty()) return overlap;
  OptionSet set;
  set.add("overlap", overlap, "N", "tokens that neighbours share").at_least(0);
  in_context("--window", [&] {
    const Spec spec = parse_spec(window, ',');
    if (spec.name != "mean") throw UsageError("expected mean or mean,overlap=N, found '" + printable(window) + "'");
    apply_spec(spec, set);
  });
  return overlap;
}

Model read_encoder(const std::string& file, const Log& log, const Budget& budget) {
  const std::vector<std::byte> bytes = as_model_file(file, ModelReading{}, log, budget);
  return read_model(bytes.empty() ? h5::Reader::open(file, "model", budget)
                                  : h5::Reader::of_bytes(bytes, file, "model", budget));
}

/// Tokens that an encoder has positions for; 0: any number.
int64_t possible_tokens(const std::string& layers) {
  int64_t possible = 0;
  for (const Network::Node& node : read_layers(layers).nodes)
    if (const int64_t most = node.type == "tokens" ? 0 : node.layer->most_rows(); most > 0)
      possible = possible ? std::min(possible, most) : most;
  return possible;
}

/// What keeps more of a text.
std::string hint_at_more(int64_t most, int64_t possible) {
  const int64_t more = possible ? std::min(2 * most, possible) : 2 * most;
  return more > most ? fmt::format("--max-tokens {}, --window mean", more) : "--window mean";
}

std::string kind_of(const LayerWord& word) { return word.text.substr(0, word.text.find(':')); }

/// The mean of the windows of each text, of unit length where the windows were.
h5::Array means(const h5::Array& windows, const std::vector<int64_t>& count, bool unit_length) {
  const auto width = static_cast<size_t>(windows.shape[1]);
  h5::Array all = h5::Array::unfilled(h5::Type::f32, Shape{static_cast<int64_t>(count.size()), windows.shape[1]});
  std::vector<double> sum(width);
  auto from = windows.as<float>().begin();
  auto to = all.as<float>().begin();
  for (const int64_t n : count) {
    std::ranges::fill(sum, 0);
    for (int64_t i = 0; i < n; ++i)
      for (double& s : sum) s += static_cast<double>(*from++);
    double length = static_cast<double>(n);
    if (unit_length) length = std::max(1e-12, std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0)));
    for (const double s : sum) *to++ = static_cast<float>(s / length);
  }
  return all;
}

}  // namespace

void EncodeOptions::declare(OptionSet& set) {
  set.add("encode", model, "MODEL",
          "make features of texts: the outputs of a sentence encoder, as nn-convert makes a model of one, or its wheel "
          "or folder; its tokenizer is used where --tokenize names none")
      .reads_file()
      .in_group("Texts");
  set.add(
         "pool", pool, "mean|cls|max",
         "how --encode makes one row of those of the tokens: their mean, that of the first, or the largest values; not "
         "given: as the model does")
      .one_of({"mean", "cls", "max"})
      .in_group("Texts");
  set.flag("l2norm", unit_length, "make the features of --encode unit length, also where the model does not")
      .in_group("Texts");
  set.flag("raw", raw, "do not make the features of --encode unit length, also where the model does").in_group("Texts");
  set.add("window", window, "mean[,overlap=N]",
          "encode longer texts in windows of --max-tokens, of which neighbours share N tokens, and take the mean, "
          "instead of cutting them off")
      .in_group("Texts");
  set.add("reuse", reuse, "FILE",
          "take the features of texts that stand in FILE, which --encode made with the same model and options, from "
          "there, and encode the others only")
      .reads_file()
      .in_group("Texts");
}

void EncodeOptions::check(const OptionSet& given) const {
  if (model.empty()) {
    for (const char* option : {"pool", "l2norm", "raw", "window", "reuse"})
      if (given.given(option)) throw UsageError(fmt::format("--{} has no effect without --encode", option));
    return;
  }
  if (unit_length && raw) throw UsageError("--l2norm and --raw exclude each other");
  (void)overlap_of(window);
}

std::string encoder_layers(const std::string& layers, int64_t most, const std::string& pool, UnitLength unit) {
  std::vector<LayerWord> words = parse_layers(layers);
  if (kind_of(words.front()) != "tokens")
    throw Error("expected a model that takes texts, whose layers begin with tokens:N; found '" +
                printable(words.front().text) + "' at the start");
  if (most > 0) {
    std::string& first = words.front().text;
    const size_t end = std::min(first.find(','), first.size());
    first = fmt::format("tokens:{}", most) + first.substr(end);
  }
  bool is_unit = kind_of(words.back()) == "l2norm";
  if (is_unit) words.pop_back();
  if (!pool.empty() && !words.empty() && kind_of(words.back()) == "pool") words.pop_back();
  if (!pool.empty()) words.push_back({"pool:" + pool});
  if (unit != UnitLength::as_it_is) is_unit = unit == UnitLength::yes;
  if (is_unit) words.push_back({"l2norm"});
  return text_of(words);
}

Column windows_of(const Column& of, int64_t most, int64_t overlap, std::vector<int64_t>& count) {
  const int64_t room = most - 2;
  if (room <= overlap)
    throw UsageError(fmt::format("--window: an overlap of {} tokens: expected less than the {} of a window", overlap,
                                 std::max<int64_t>(room, 0)));
  const auto ids = of.values.as<int32_t>();
  std::vector<int32_t> all;
  Column windows;
  windows.name = of.name;
  windows.start.push_back(0);
  count.clear();
  for (int64_t i = 0; i < of.size(); ++i) {
    const auto text =
        ids.subspan(static_cast<size_t>(of.start[static_cast<size_t>(i)]), static_cast<size_t>(of.length(i)));
    const auto pieces = static_cast<int64_t>(text.size()) - 2;
    count.push_back(0);
    for (int64_t begin = 0;; begin += room - overlap) {
      const int64_t end = std::min(begin + room, pieces);
      all.push_back(text.front());
      all.insert(all.end(), text.begin() + 1 + begin, text.begin() + 1 + end);
      all.push_back(text.back());
      windows.start.push_back(static_cast<int64_t>(all.size()));
      ++count.back();
      if (end == pieces) break;
    }
  }
  windows.values = h5::Array::of(all);
  return windows;
}

h5::Array encode(const Column& tokens, const Model& model, Backend& backend, const Budget& budget,
                 const std::function<void(int64_t done, int64_t all)>& progress) {
  EvaluateOptions options;
  options.budget = budget;
  options.progress = progress;
  Dataset data;
  Split& split = data.splits.emplace_back();
  split.name = "texts";
  split.set(tokens);
  // Texts of one length together: a batch then holds many short ones or a few long ones.
  std::vector<int64_t> rows(static_cast<size_t>(tokens.size()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  std::ranges::stable_sort(rows, std::ranges::greater(), [&](int64_t row) { return tokens.length(row); });
  const Shape output = Network(model.layers, model.input).output();
  if (output.rank() != 1)
    throw Error("expected a model that gives a row of numbers for a text, found " + output.text());
  h5::Array features = h5::Array::unfilled(h5::Type::f32, Shape{tokens.size(), output[0]});
  if (rows.empty()) return features;
  budget.ask_product({rows.size(), static_cast<size_t>(output[0]), sizeof(float) * 2}, "the features of all texts");
  const std::vector<float> outputs = outputs_of(model, data, split.name, rows, backend, options);
  const auto width = static_cast<size_t>(output[0]);
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(outputs.begin() + static_cast<ptrdiff_t>(i * width), width,
                features.as<float>().begin() + static_cast<ptrdiff_t>(static_cast<size_t>(rows[i]) * width));
  return features;
}

void EncodeOptions::apply(Dataset& data, const TokenizeOptions& texts, const Log& log, const Budget& budget,
                          int threads, const std::function<void(int64_t done, int64_t all)>& progress) const {
  if (model.empty()) return;
  Model encoder = read_encoder(model, log, budget);
  const int64_t overlap = overlap_of(window);
  in_context(printable(model), [&] {
    const UnitLength unit = unit_length ? UnitLength::yes : raw ? UnitLength::no : UnitLength::as_it_is;
    const int64_t its_most = encoder.input.rank() == 1 ? encoder.input[0] : 0;
    const int64_t most = texts.most ? texts.most : its_most;
    encoder.layers = encoder_layers(encoder.layers, std::max(most, its_most), pool, unit);
    encoder.input = Shape{std::max(most, its_most)};
    if (const int64_t possible = possible_tokens(encoder.layers); possible && most > possible)
      throw UsageError(
          fmt::format("--max-tokens {}: the encoder has positions for {} tokens of a text", most, possible));
    const bool has_texts =
        std::ranges::all_of(data.splits, [](const Split& split) { return split.column("text") != nullptr; });
    if (has_texts) {
      if (texts.tokenizer.empty() && !encoder.tokenizer)
        throw UsageError("the model has no tokenizer; --tokenize FILE names one");
      const Tokenizer tokenizer(texts.tokenizer.empty() ? *encoder.tokenizer
                                                        : read_any_tokenizer(texts.tokenizer, budget));
      const TokenizeReport report =
          tokenize(data, tokenizer, window.empty() ? most : 0, texts.special_tokens, budget, threads);
      say_of_texts(report, most, hint_at_more(most, possible_tokens(encoder.layers)), log);
    } else if (!window.empty()) {
      throw UsageError("--window is of use on texts: the data set has tokens alone, which may have been cut off");
    }
  });
  const auto backend = make_backend("cpu", threads, budget);
  std::vector<h5::Array> made;
  std::optional<EncodedBefore> before;
  if (!reuse.empty()) before.emplace(reuse, budget);
  const auto features_of = [&](const Column& tokens) {
    if (window.empty()) return encode(tokens, encoder, *backend, budget, progress);
    std::vector<int64_t> count;
    const Column parts = windows_of(tokens, texts.most ? texts.most : encoder.input[0], overlap, count);
    return means(encode(parts, encoder, *backend, budget, progress), count, encoder.layers.ends_with(" l2norm"));
  };
  for (const Split& split : data.splits) {
    const Column* tokens = split.column("tokens");
    if (!tokens) throw Error(fmt::format("split {} holds no texts", printable(split.name)));
    in_context(printable(model) + " on split " + printable(split.name), [&] {
      const Column* its_texts = split.column("text");
      made.push_back(before && its_texts ? before->features(*its_texts, *tokens, features_of) : features_of(*tokens));
    });
  }
  if (before) log.note(fmt::format("{} texts are taken over from {}", grouped(before->taken_over()), printable(reuse)));
  const bool keeps_tokens = !texts.tokenizer.empty() && window.empty();
  for (size_t i = 0; i < made.size(); ++i) {
    if (!keeps_tokens && data.splits[i].column("text")) data.splits[i].remove("tokens");
    data.splits[i].set_samples(std::move(made[i]));
  }
  data.feature_names.clear();
}

}  // namespace nn

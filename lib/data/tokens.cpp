// SPDX-License-Identifier: MIT
#include "data/tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/system/threads.h"
#include "base/text/number.h"
#include "data/texts.h"
#include "h5/image.h"
#include "text/stored_tokenizer.h"
#include "text/tokenizer.h"
#include "text/tokenizer_files.h"

namespace nn {
namespace {

bool is_h5_file(const std::string& file) {
  std::array<char, 8> start{};
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), start.size());
  return in.gcount() == 8 && h5::has_signature(std::as_bytes(std::span(start)));
}

/// A stretch of the texts of a split, encoded by one thread.
struct Part {
  std::vector<int32_t> ids;
  std::vector<int64_t> sizes;
  TokenizeReport report;
};

/// Whether a token that is found as it is written, as "[SEP]", stands in a text.
bool has_special_token(std::string_view text, const Tokenizer& tokenizer) {
  return std::ranges::any_of(tokenizer.settings().added,
                             [&](const AddedToken& token) { return text.find(token.text) != text.npos; });
}

/// special: special tokens are found in texts; else texts that have one are counted.
Part encode(const Column& texts, Range rows, TextEncoder& encoder, const Tokenizer& tokenizer, bool special) {
  Part part;
  for (int64_t i = rows.begin; i < rows.end; ++i) {
    const size_t before = part.ids.size();
    const TextCount count = encoder.encode(text_at(texts, i), part.ids);
    part.sizes.push_back(static_cast<int64_t>(part.ids.size() - before));
    const bool taken_for_words = !special && has_special_token(text_at(texts, i), tokenizer);
    part.report += {
        1, count.cut > 0 ? 1 : 0, count.tokens, count.cut, count.unknown, count.invalid_bytes, taken_for_words ? 1 : 0};
  }
  return part;
}

Column joined(const std::vector<Part>& parts, const Budget& budget) {
  Column tokens;
  tokens.name = "tokens";
  tokens.start.push_back(0);
  for (const Part& part : parts)
    for (const int64_t size : part.sizes) tokens.start.push_back(tokens.start.back() + size);
  budget.ask(static_cast<size_t>(tokens.start.back()) * sizeof(int32_t), "the tokens of all texts");
  tokens.values = h5::Array::unfilled(h5::Type::i32, Shape{tokens.start.back()});
  auto to = tokens.values.as<int32_t>().begin();
  for (const Part& part : parts) to = std::copy(part.ids.begin(), part.ids.end(), to);
  return tokens;
}

}  // namespace

TokenizeReport& TokenizeReport::operator+=(const TokenizeReport& more) {
  texts += more.texts, longer += more.longer;
  tokens += more.tokens, cut += more.cut;
  unknown += more.unknown, invalid_bytes += more.invalid_bytes, special += more.special;
  return *this;
}

TokenizeReport tokenize(Dataset& data, const Tokenizer& tokenizer, int64_t most, bool special_tokens,
                        const Budget& budget, int threads) {
  Team team(threads);
  std::vector<TextEncoder> encoders;
  for (int i = 0; i < team.size(); ++i)
    encoders.emplace_back(tokenizer, TextEncoder::Options{.most = most, .added_tokens = special_tokens});
  TokenizeReport report;
  for (Split& split : data.splits) {
    const Column* texts = split.column("text");
    if (!texts) throw Error(fmt::format("split {} holds no texts", printable(split.name)));
    constexpr int64_t texts_of_a_tile = 64;
    const int tiles = static_cast<int>(std::max<int64_t>(1, texts->size() / texts_of_a_tile));
    std::vector<Part> parts(static_cast<size_t>(tiles));
    team.run(tiles, [&](int tile, int worker) {
      parts[static_cast<size_t>(tile)] = encode(*texts, part_of(texts->size(), tile, tiles),
                                                encoders[static_cast<size_t>(worker)], tokenizer, special_tokens);
    });
    for (const Part& part : parts) report += part.report;
    split.set(joined(parts, budget));
  }
  return report;
}

void TokenizeOptions::declare(OptionSet& set) {
  set.add(
         "tokenize", tokenizer, "FILE",
         "cut texts into tokens, as the tokenizer says: tokenizer.json, vocab.txt, a folder that holds one, or a model "
         "that takes texts")
      .reads_file()
      .in_group("Texts");
  set.add("max-tokens", most, "N",
          "tokens of a text, the first and last token included; the rest is cut off; 0: as many as the model of the "
          "tokenizer takes, and 512 where no model is known")
      .at_least(0)
      .in_group("Texts");
  set.flag("special-tokens", special_tokens,
           "\"[SEP]\" and the like in a text are these tokens; otherwise they are words")
      .in_group("Texts");
}

void TokenizeOptions::check(const OptionSet& given, bool encodes) const {
  if (most == 1) throw UsageError("--max-tokens: expected 2 or more, for the first and last token, or 0; found 1");
  if (!tokenizer.empty() || encodes) return;
  for (const char* option : {"max-tokens", "special-tokens"})
    if (given.given(option)) throw UsageError(fmt::format("--{} has no effect without --tokenize", option));
}

TokenizerSettings read_any_tokenizer(const std::string& file, const Budget& budget) {
  if (!is_h5_file(file)) return read_tokenizer(file);
  const h5::Reader model = h5::Reader::open(file, "model", budget);
  if (!has_tokenizer(model)) throw UsageError(printable(file) + ": a model without a tokenizer: it takes no texts");
  return read_stored_tokenizer(model);
}

std::vector<std::string> notes_on_texts(const TokenizeReport& report, int64_t limit, const std::string& hint) {
  std::vector<std::string> notes;
  if (report.longer)
    notes.push_back(fmt::format("{} of {} texts are longer than {} tokens: {:.0f} % of the tokens were cut off{}",
                                grouped(report.longer), grouped(report.texts), limit,
                                100.0 * static_cast<double>(report.cut) / static_cast<double>(report.tokens),
                                hint.empty() ? "" : " (" + hint + ")"));
  if (report.invalid_bytes)
    notes.push_back(report.invalid_bytes == 1
                        ? std::string("1 byte that is not UTF-8 was dropped")
                        : fmt::format("{} bytes that are not UTF-8 were dropped", grouped(report.invalid_bytes)));
  if (report.special)
    notes.push_back(
        fmt::format("in {} of {} texts stands what looks like a special token, as [SEP]: it is taken for "
                    "words",
                    grouped(report.special), grouped(report.texts)));
  return notes;
}

void say_of_texts(const TokenizeReport& report, int64_t limit, const std::string& hint, const Log& log) {
  for (const std::string& note : notes_on_texts(report, limit, hint)) log.note(note);
  log.detail(
      fmt::format("{} tokens, {} words are unknown", grouped(report.tokens - report.cut), grouped(report.unknown)));
}

void TokenizeOptions::apply(Dataset& data, const Log& log, const Budget& budget, int threads) const {
  if (tokenizer.empty()) return;
  const Tokenizer made(read_any_tokenizer(tokenizer, budget));
  const int64_t limit = most ? most : made.settings().most;
  say_of_texts(tokenize(data, made, limit, special_tokens, budget, threads), limit,
               fmt::format("--max-tokens {}", limit * 2), log);
}

}  // namespace nn

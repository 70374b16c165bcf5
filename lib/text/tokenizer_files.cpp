// SPDX-License-Identifier: MIT
#include "text/tokenizer_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/text/json.h"
#include "base/text/text_file.h"
#include "base/text/utf8.h"

namespace nn {
namespace {

constexpr int64_t most_pieces = int64_t{1} << 22;

const Json& member(const Json& object, const std::string& path, const char* name) {
  const Json* found = object.is_object() ? object.find(name) : nullptr;
  if (!found) throw Error(fmt::format("{}{}: expected, but it is not there", path, name));
  return *found;
}
std::string type_of(const Json& object, const std::string& path) { return member(object, path, "type").string(); }
[[noreturn]] void refuse_type(const char* path, const std::string& expected, const std::string& found) {
  throw Error(fmt::format("{}: expected {}, found '{}'; tokenizers of the BERT family can be read", path, expected,
                          printable(found)));
}
/// A member that is a value of its type, or null, or not there.
bool flag(const Json& object, const char* name, bool otherwise) {
  const Json* found = object.find(name);
  return found && !found->is_null() ? found->boolean() : otherwise;
}

NormalizerRules read_normalizer(const Json& file) {
  const Json& n = member(file, "", "normalizer");
  if (n.is_null()) refuse_type("normalizer", "BertNormalizer", "null");
  if (const std::string type = type_of(n, "normalizer."); type != "BertNormalizer")
    refuse_type("normalizer.type", "BertNormalizer", type);
  NormalizerRules rules;
  rules.clean = flag(n, "clean_text", true);
  rules.ideographs = flag(n, "handle_chinese_chars", true);
  rules.lowercase = flag(n, "lowercase", true);
  rules.strip_accents = flag(n, "strip_accents", rules.lowercase);
  return rules;
}

/// The pieces by their ids, which are all numbers from 0 on.
std::vector<std::string> by_id(const Json::Object& vocabulary, const Json::Array& added) {
  std::vector<std::optional<std::string>> pieces;
  const auto put = [&](const std::string& piece, int64_t id, const char* where) {
    if (id < 0 || id >= most_pieces)
      throw Error(fmt::format("{}: '{}' has id {}: expected 0 to {}", where, printable(piece), id, most_pieces - 1));
    if (static_cast<size_t>(id) >= pieces.size()) pieces.resize(static_cast<size_t>(id) + 1);
    std::optional<std::string>& place = pieces[static_cast<size_t>(id)];
    if (place && *place != piece)
      throw Error(fmt::format("{}: '{}' and '{}' both have id {}", where, printable(*place), printable(piece), id));
    place = piece;
  };
  for (const auto& [piece, id] : vocabulary) put(piece, id.integer(), "model.vocab");
  for (const Json& token : added)
    put(member(token, "added_tokens.", "content").string(), member(token, "added_tokens.", "id").integer(),
        "added_tokens");
  std::vector<std::string> out;
  for (std::optional<std::string>& piece : pieces) {
    if (!piece)
      throw Error(
          fmt::format("model.vocab: no piece has id {}: expected all from 0 to {}", out.size(), pieces.size() - 1));
    out.push_back(std::move(*piece));
  }
  return out;
}

std::vector<AddedToken> read_added(const Json::Array& tokens) {
  std::vector<AddedToken> added;
  for (const Json& t : tokens) {
    AddedToken token;
    token.text = member(t, "added_tokens.", "content").string();
    token.id = static_cast<int32_t>(member(t, "added_tokens.", "id").integer());
    token.takes_blanks_before = flag(t, "lstrip", false);
    token.takes_blanks_behind = flag(t, "rstrip", false);
    token.normalized = flag(t, "normalized", false);
    if (flag(t, "single_word", false))
      throw Error(fmt::format("added_tokens: '{}' is found as a whole word only (single_word): not supported",
                              printable(token.text)));
    added.push_back(std::move(token));
  }
  return added;
}

/// The tokens at both ends: their texts.
std::pair<std::string, std::string> read_ends(const Json& file, const std::vector<std::string>& pieces) {
  const Json& post = member(file, "", "post_processor");
  if (post.is_null()) refuse_type("post_processor", "TemplateProcessing", "null");
  const std::string type = type_of(post, "post_processor.");
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    const auto token = [&](const char* name) {
      const Json& pair = member(post, "post_processor.", name);
      if (pair.items().size() != 2) throw Error(fmt::format("post_processor.{}: expected a token and its id", name));
      return pair.items()[0].string();
    };
    return {token("cls"), token("sep")};
  }
  if (type != "TemplateProcessing")
    refuse_type("post_processor.type", "TemplateProcessing, BertProcessing or RobertaProcessing", type);
  const Json::Array& single = member(post, "post_processor.", "single").items();
  const auto special = [&](size_t i) {
    const Json& token = member(single[i], "post_processor.single.", "SpecialToken");
    const Json& entry = member(member(post, "post_processor.", "special_tokens"), "post_processor.special_tokens.",
                               member(token, "SpecialToken.", "id").string().c_str());
    const Json::Array& ids = member(entry, "post_processor.special_tokens.", "ids").items();
    if (ids.size() != 1 || ids[0].integer() < 0 || ids[0].integer() >= static_cast<int64_t>(pieces.size()))
      throw Error("post_processor.special_tokens: expected one id of the vocabulary for each");
    return pieces[static_cast<size_t>(ids[0].integer())];
  };
  if (single.size() != 3 || !single[1].find("Sequence"))
    throw Error("post_processor.single: expected a token, the text and a token");
  return {special(0), special(2)};
}

std::string first_known(const std::vector<std::string>& pieces, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (std::ranges::find(pieces, name) != pieces.end()) return name;
  return *names.begin();
}

}  // namespace

TokenizerSettings read_tokenizer_json(std::string_view text) {
  const Json file = Json::parse(without_mark(text));
  const Json& model = member(file, "", "model");
  // Files of old versions do not name the type.
  if (const Json* type = model.find("type"); type && type->string() != "WordPiece")
    refuse_type("model.type", "WordPiece", type->string());
  const Json& split = member(file, "", "pre_tokenizer");
  if (split.is_null()) refuse_type("pre_tokenizer", "BertPreTokenizer", "null");
  if (const std::string type = type_of(split, "pre_tokenizer."); type != "BertPreTokenizer")
    refuse_type("pre_tokenizer.type", "BertPreTokenizer", type);
  const Json* listed = file.find("added_tokens");
  const Json::Array added = listed && !listed->is_null() ? listed->items() : Json::Array{};

  TokenizerSettings settings;
  settings.rules = read_normalizer(file);
  settings.vocabulary = by_id(member(model, "model.", "vocab").members(), added);
  settings.added = read_added(added);
  settings.continuing = member(model, "model.", "continuing_subword_prefix").string();
  settings.longest_word = member(model, "model.", "max_input_chars_per_word").integer();
  settings.unknown = member(model, "model.", "unk_token").string();
  std::tie(settings.first, settings.last) = read_ends(file, settings.vocabulary);
  settings.padding = first_known(settings.vocabulary, {"[PAD]", "<pad>"});
  if (settings.first == "<s>") settings.padding = first_known(settings.vocabulary, {"<pad>", "[PAD]"});
  return settings;
}

TokenizerSettings read_vocabulary(std::string_view text, bool lowercase) {
  TokenizerSettings settings;
  settings.rules.lowercase = settings.rules.strip_accents = lowercase;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (static_cast<int64_t>(settings.vocabulary.size()) == most_pieces)
      throw Error(fmt::format("more than {} lines: expected a vocabulary", most_pieces));
    if (invalid_utf8(line) != line.npos)
      throw Error(fmt::format("line {}: is not UTF-8", settings.vocabulary.size() + 1));
    settings.vocabulary.emplace_back(line);
  }
  const std::vector<std::string>& pieces = settings.vocabulary;
  settings.first = first_known(pieces, {"[CLS]", "<s>"});
  settings.last = first_known(pieces, {"[SEP]", "</s>"});
  settings.unknown = first_known(pieces, {"[UNK]", "<unk>"});
  settings.padding = first_known(pieces, {"[PAD]", "<pad>"});
  // MPNet's vocabulary is BERT's with its own tokens in front.
  if (std::ranges::find(pieces, "<s>") != pieces.end()) {
    settings.first = "<s>", settings.last = first_known(pieces, {"</s>"});
    settings.padding = first_known(pieces, {"<pad>", "[PAD]"});
  }
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"})
    if (const auto found = std::ranges::find(pieces, token); settings.first == "[CLS]" && found != pieces.end())
      settings.added.push_back({token, static_cast<int32_t>(found - pieces.begin())});
  return settings;
}

TokenizerSettings read_tokenizer(const std::string& path) {
  namespace fs = std::filesystem;
  constexpr size_t most_bytes = size_t{1} << 26;
  const auto text_of = [](const fs::path& file) { return read_text_file(file.string(), "a tokenizer", most_bytes); };
  std::error_code ignored;
  fs::path file = path;
  if (fs::is_directory(file, ignored)) {
    file = fs::path(path) / "tokenizer.json";
    if (!fs::exists(file, ignored)) file = fs::path(path) / "vocab.txt";
    if (!fs::exists(file, ignored))
      throw Error(printable(path) + ": a folder without tokenizer.json and vocab.txt: expected one of them");
  }
  const std::string text = text_of(file);
  return in_context(printable(file.string()), [&] {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin != text.npos && without_mark(std::string_view(text).substr(begin)).starts_with('{'))
      return read_tokenizer_json(text);
    bool lowercase = true;
    const fs::path beside = file.parent_path() / "tokenizer_config.json";
    if (fs::exists(beside, ignored)) lowercase = flag(Json::parse(text_of(beside)), "do_lower_case", true);
    return read_vocabulary(text, lowercase);
  });
}

}  // namespace nn

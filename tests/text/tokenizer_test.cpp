// SPDX-License-Identifier: MIT
// The tokenizer beside ids recorded from Hugging Face's tokenizers (tests/golden/text).
#include "text/tokenizer.h"

#include <fmt/format.h>

#include <fstream>
#include <random>
#include <sstream>

#include "base/error.h"
#include "base/text/json.h"
#include "catch.h"
#include "paths.h"
#include "text/tokenizer_files.h"
#include "text/unicode.h"

using namespace nn;

namespace {

std::string file_text(const std::string& name) {
  std::ifstream in(nn_test::source_folder() + "/tests/golden/text/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
std::vector<std::string> bert_vocabulary() {
  return read_vocabulary(file_text("bert-vocabulary.txt"), true).vocabulary;
}

TokenizerSettings bert() { return read_vocabulary(file_text("bert-vocabulary.txt"), true); }
/// As tokenizer.json of all-mpnet-base-v2 has it.
TokenizerSettings mpnet() {
  TokenizerSettings s;
  s.vocabulary = {"<s>", "<pad>", "</s>", "<unk>"};
  for (std::string& piece : bert_vocabulary()) s.vocabulary.push_back(std::move(piece));
  s.vocabulary.emplace_back("<mask>");
  s.first = "<s>", s.last = "</s>", s.padding = "<pad>";
  s.added = {{"<s>", 0},     {"<pad>", 1},           {"</s>", 2}, {"<unk>", 3, false, false, true},
             {"[UNK]", 104}, {"<mask>", 30526, true}};
  return s;
}

std::vector<int32_t> ids_of(const Json& list) {
  std::vector<int32_t> ids;
  for (const Json& id : list.items()) ids.push_back(static_cast<int32_t>(id.integer()));
  return ids;
}
std::vector<int32_t> encoded(const Tokenizer& tokenizer, std::string_view text, int64_t most = 0, bool added = false) {
  std::vector<int32_t> ids;
  TextEncoder(tokenizer, {.most = most, .added_tokens = added}).encode(text, ids);
  return ids;
}
std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// As small as it can be: the pieces are its own.
std::string small_json(const std::string& change = "", const std::string& to = "") {
  std::string text = R"({"truncation": {"max_length": 3}, "padding": {"strategy": {"Fixed": 128}},
    "added_tokens": [{"id": 0, "content": "[PAD]"}, {"id": 2, "content": "[CLS]"}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}],
      "special_tokens": {"[CLS]": {"ids": [2]}, "[SEP]": {"ids": [3]}}},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
      "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "un": 4, "##aff": 5, "##able": 6, "!": 7, "É": 8, "e": 9}}})";
  if (!change.empty()) {
    const size_t at = text.find(change);
    REQUIRE(at != text.npos);
    text.replace(at, change.size(), to);
  }
  return text;
}

}  // namespace

TEST_CASE("text: ids are those of tokenizers, for BERT and MPNet") {
  const Json golden = Json::parse(file_text("tokens.json"));
  const Tokenizer bert_tokenizer(bert()), mpnet_tokenizer(mpnet());
  REQUIRE(golden.at("cases").items().size() == 325);
  for (const auto& [key, tokenizer] : {std::pair{"bert", &bert_tokenizer}, std::pair{"mpnet", &mpnet_tokenizer}})
    for (const Json& c : golden.at("cases").items()) {
      INFO(key << ", " << c.at("name").string());
      const std::string& text = c.at("text").string();
      CHECK(encoded(*tokenizer, text, 0, true) == ids_of(c.at(key)));
      if (const Json* cut = c.find(std::string(key) + "_8")) CHECK(encoded(*tokenizer, text, 8, true) == ids_of(*cut));
    }
  for (const Json& c : golden.at("bytes").items()) {
    INFO(c.at("name").string());
    CHECK(encoded(bert_tokenizer, bytes_of(c.at("bytes").string()), 0, true) == ids_of(c.at("bert")));
  }
}

TEST_CASE("text: a text's ids do not depend on the texts before it") {
  const Json golden = Json::parse(file_text("tokens.json"));
  const Tokenizer tokenizer(bert());
  TextEncoder encoder(tokenizer, {.added_tokens = true});
  for (int round = 0; round < 2; ++round)
    for (const Json& c : golden.at("cases").items()) {
      std::vector<int32_t> ids{-1};
      const TextCount count = encoder.encode(c.at("text").string(), ids);
      CHECK(ids[0] == -1);
      ids.erase(ids.begin());
      INFO(c.at("name").string());
      CHECK(ids == ids_of(c.at("bert")));
      CHECK(count.tokens == static_cast<int64_t>(ids.size()));
      CHECK(count.cut == 0);
    }
}

TEST_CASE("text: special tokens in a text are words unless they are asked for") {
  const Tokenizer tokenizer(bert());
  CHECK(encoded(tokenizer, "a [SEP] b", 0, true) == std::vector<int32_t>{101, 1037, 102, 1038, 102});
  CHECK(encoded(tokenizer, "a [SEP] b") == encoded(tokenizer, "a [ sep ] b"));
}

TEST_CASE("text: what is cut off, unknown or no text is counted") {
  const Tokenizer tokenizer(bert());
  std::vector<int32_t> ids;
  TextCount count = TextEncoder(tokenizer, {.most = 4}).encode("one two three four five", ids);
  CHECK(ids == std::vector<int32_t>{101, 2028, 2048, 102});
  CHECK(count.tokens == 7);
  CHECK(count.cut == 3);
  ids.clear();
  count = TextEncoder(tokenizer, {.ends = false}).encode("a\xFF\xC3 \xE4\xBD " + std::string(101, 'x') + " b", ids);
  CHECK(ids == std::vector<int32_t>{1037, 100, 1038});
  CHECK(count.invalid_bytes == 4);
  CHECK(count.unknown == 1);
  ids.clear();
  count = TextEncoder(tokenizer, {.most = 2}).encode("anything", ids);
  CHECK(ids == std::vector<int32_t>{101, 102});
  CHECK(count.cut == 1);
  CHECK_THROWS_WITH(TextEncoder(tokenizer, {.most = 1}), Contains("expected 2 or more"));
}

TEST_CASE("text: words and combining characters without end") {
  const Tokenizer tokenizer(bert());
  const std::string word(10'000'000, 'x');
  CHECK(encoded(tokenizer, word) == std::vector<int32_t>{101, 100, 102});
  std::string marks = "a";
  for (int i = 0; i < 1'000'000; ++i)
    marks += "\xE0\xA3\x94";  // U+08D4: newer than the table of marks, so it stays, and combines
  CHECK(encoded(tokenizer, marks) == std::vector<int32_t>{101, 100, 102});
}

TEST_CASE("text: random bytes are read without fault, twice the same") {
  const Tokenizer tokenizer(mpnet());
  std::mt19937 random(7);
  TextEncoder encoder(tokenizer, {.most = 64, .added_tokens = true});
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random() % (i % 2 ? 256 : 128));
    if (i % 3 == 0) text += "<mask>  <UNK> [UNK]";
    std::vector<int32_t> first, second;
    encoder.encode(text, first);
    TextEncoder(tokenizer, {.most = 64, .added_tokens = true}).encode(text, second);
    CHECK(first == second);
    CHECK(first.size() <= 64);
    for (const int32_t id : first) CHECK((id >= 0 && id < tokenizer.vocabulary().size()));
  }
}

TEST_CASE("text: classes of code points that decide where words end") {
  CHECK(is_removed(U'\f'));
  CHECK_FALSE(is_removed(U'\t'));
  CHECK(is_blank(0xA0));
  CHECK(is_punctuation(U'$'));
  CHECK_FALSE(is_punctuation(0xA3));    // the pound sign stays in the word
  CHECK_FALSE(is_punctuation(0x2E43));  // newer than its Unicode
  CHECK(is_ideograph(0x2B920));
  CHECK_FALSE(is_ideograph(0x2B820));  // as Google's original has it
  CHECK(is_mark(0x301));
  CHECK_FALSE(is_mark(0x8CA));
  Characters made;
  CHECK(std::ranges::equal(decomposition(0xAC01, made), std::u32string(U"\u1100\u1161\u11A8")));
  CHECK(std::ranges::equal(lower_case(0x130, made), std::u32string(U"i\u0307")));
}

TEST_CASE("text: tokenizer.json") {
  const Tokenizer tokenizer(read_tokenizer_json(small_json()));
  CHECK(encoded(tokenizer, "Unaffable!") == std::vector<int32_t>{2, 4, 5, 6, 7, 3});  // its truncation is not taken
  CHECK(encoded(tokenizer, "É") == std::vector<int32_t>{2, 9, 3});
  const Tokenizer cased(read_tokenizer_json(small_json(R"("lowercase": true)", R"("lowercase": false)")));
  CHECK(encoded(cased, "É Un") == std::vector<int32_t>{2, 8, 1, 3});

  const auto refused = [](const std::string& change, const std::string& to) {
    try {
      const Tokenizer read(read_tokenizer_json(small_json(change, to)));
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("nothing was refused");
  };
  CHECK_THAT(refused(R"("type": "WordPiece")", R"("type": "BPE")"),
             Contains("model.type: expected WordPiece, found 'BPE'"));
  CHECK_THAT(refused(R"("BertNormalizer")", R"("NFKC")"),
             Contains("normalizer.type: expected BertNormalizer, found 'NFKC'"));
  CHECK_THAT(refused(R"({"type": "BertPreTokenizer"})", "null"),
             Contains("pre_tokenizer: expected BertPreTokenizer, found 'null'"));
  CHECK_THAT(refused(R"("!": 7)", R"("!": 77)"), Contains("no piece has id 7"));
  CHECK_THAT(refused(R"("!": 7)", R"("!": 6)"), Contains("both have id 6"));
  CHECK_THAT(refused(R"("!": 7)", R"("!": -1)"), Contains("expected 0 to"));
  CHECK_THAT(refused(R"("!": 7)", R"("!": 9223372036854775807)"), Contains("expected 0 to"));
  CHECK_THAT(refused(R"("unk_token": "[UNK]")", R"("unk_token": "nix")"),
             Contains("no 'nix', which is the unknown token"));
  CHECK_THAT(refused(R"("ids": [3])", R"("ids": [300])"), Contains("expected one id of the vocabulary"));
  CHECK_THAT(refused(R"({"Sequence": {"id": "A"}})", R"({"SpecialToken": {"id": "[SEP]"}})"),
             Contains("a token, the text and a token"));
  CHECK_THAT(refused(R"("max_input_chars_per_word": 100)", R"("max_input_chars_per_word": 1000000)"),
             Contains("expected 1 to 1000"));
  CHECK_THAT(refused(R"("content": "[CLS]"})", R"("content": "[CLS]", "single_word": true})"), Contains("single_word"));
  CHECK_THROWS_AS(read_tokenizer_json("[]"), Error);
  CHECK_THROWS_AS(read_tokenizer_json("{"), Error);
}

TEST_CASE("text: vocab.txt") {
  const TokenizerSettings s = bert();
  CHECK(s.vocabulary.size() == 30522);
  CHECK(s.first == "[CLS]");
  CHECK(s.padding == "[PAD]");
  CHECK(s.added.size() == 5);
  CHECK(read_vocabulary("<s>\r\n<pad>\n</s>\n[UNK]\na \n", true).vocabulary ==
        std::vector<std::string>{"<s>", "<pad>", "</s>", "[UNK]", "a"});
  CHECK(read_vocabulary("<s>\n<pad>\n</s>\n[UNK]\n", true).first == "<s>");
  CHECK_THROWS_WITH(Tokenizer(read_vocabulary("[CLS]\n[SEP]\n", true)), Contains("no '[UNK]'"));
  CHECK_THROWS_WITH(Tokenizer(read_vocabulary("[UNK]\n[CLS]\n[SEP]\na\na\n", true)), Contains("'a' twice"));
  CHECK_THROWS_WITH(Tokenizer(read_vocabulary("", true)), Contains("empty"));
  CHECK_THROWS_WITH(read_vocabulary("a\n\xFF\n", true), Contains("line 2"));
}

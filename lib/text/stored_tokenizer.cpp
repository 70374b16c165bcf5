// SPDX-License-Identifier: MIT
#include "text/stored_tokenizer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text/json.h"

namespace nn {
namespace {

constexpr const char *group = "/tokenizer", *pieces = "/tokenizer/vocabulary", *start = "/tokenizer/vocabulary_start";

Json added_json(const std::vector<AddedToken>& tokens) {
  Json list = Json::array();
  for (const AddedToken& t : tokens) {
    Json one = Json::object();
    one["text"] = t.text;
    one["id"] = static_cast<int64_t>(t.id);
    one["lstrip"] = t.takes_blanks_before;
    one["rstrip"] = t.takes_blanks_behind;
    one["normalized"] = t.normalized;
    list.push_back(std::move(one));
  }
  return list;
}
std::vector<AddedToken> added_of(const Json& list) {
  std::vector<AddedToken> tokens;
  for (const Json& t : list.items())
    tokens.push_back({t.at("text").string(), static_cast<int32_t>(t.at("id").integer()), t.at("lstrip").boolean(),
                      t.at("rstrip").boolean(), t.at("normalized").boolean()});
  return tokens;
}

std::vector<std::string> read_pieces(const h5::Reader& file) {
  const h5::Array bytes = file.read(pieces), begins = file.read(start);
  if (bytes.type != h5::Type::u8 || bytes.shape.rank() != 1)
    throw Error(
        fmt::format("{}: expected uint8 {{bytes}}, found {} {}", pieces, h5::name_of(bytes.type), bytes.shape.text()));
  if (begins.type != h5::Type::i64 || begins.shape.rank() != 1 || begins.shape[0] < 2)
    throw Error(
        fmt::format("{}: expected int64 {{V+1}}, found {} {}", start, h5::name_of(begins.type), begins.shape.text()));
  const auto at = begins.as<int64_t>();
  if (at.front() != 0 || at.back() != bytes.shape[0])
    throw Error(fmt::format("{}: expected places from 0 to {}", start, bytes.shape[0]));
  const std::string text(reinterpret_cast<const char*>(bytes.bytes.data()), bytes.bytes.size());
  std::vector<std::string> list;
  for (size_t i = 1; i < at.size(); ++i) {
    if (at[i] < at[i - 1]) throw Error(fmt::format("{}: piece {} ends before it begins", start, i - 1));
    list.push_back(text.substr(static_cast<size_t>(at[i - 1]), static_cast<size_t>(at[i] - at[i - 1])));
  }
  return list;
}

}  // namespace

void write_tokenizer(const TokenizerSettings& s, h5::Writer& to) {
  std::vector<uint8_t> bytes;
  std::vector<int64_t> begins{0};
  for (const std::string& piece : s.vocabulary) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    begins.push_back(static_cast<int64_t>(bytes.size()));
  }
  to.dataset(pieces, h5::Array::of(bytes), {{""}, false, false});
  to.text(pieces, "encoding", "UTF-8");
  to.dataset(start, h5::Array::of(begins), {{""}, false, false});
  to.text(group, "kind", "wordpiece");
  to.text(group, "continuing", s.continuing);
  for (const auto& [name, token] :
       {std::pair{"unknown", &s.unknown}, {"first", &s.first}, {"last", &s.last}, {"padding", &s.padding}})
    to.text(group, name, *token);
  for (const auto& [name, value] : {std::pair{"clean", s.rules.clean},
                                    {"ideographs", s.rules.ideographs},
                                    {"strip_accents", s.rules.strip_accents},
                                    {"lowercase", s.rules.lowercase}})
    to.integer(group, name, value ? 1 : 0);
  to.integer(group, "longest_word", s.longest_word);
  to.integer(group, "most_tokens", s.most);
  to.text(group, "added", added_json(s.added).dump());
}

bool has_tokenizer(const h5::Reader& file) { return file.has(group) && file.has(pieces); }

TokenizerSettings read_stored_tokenizer(const h5::Reader& file) {
  return in_context(file.name(), [&] {
    if (const std::string kind = file.required_text(group, "kind"); kind != "wordpiece")
      throw Error(fmt::format("{}: kind: expected wordpiece, found '{}'", group, kind));
    TokenizerSettings s;
    s.vocabulary = read_pieces(file);
    s.continuing = file.required_text(group, "continuing");
    for (const auto& [name, token] :
         {std::pair{"unknown", &s.unknown}, {"first", &s.first}, {"last", &s.last}, {"padding", &s.padding}})
      *token = file.required_text(group, name);
    const auto number = [&](const char* name) {
      const auto value = file.number(group, name);
      if (!value) throw Error(fmt::format("{}: attribute '{}' is missing", group, name));
      return static_cast<int64_t>(*value);
    };
    s.rules = {number("clean") != 0, number("ideographs") != 0, number("strip_accents") != 0, number("lowercase") != 0};
    s.longest_word = number("longest_word");
    s.most = number("most_tokens");
    s.added = added_of(Json::parse(file.required_text(group, "added")));
    return s;
  });
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// JSON lines: an object a line, with a text and its class.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text/json.h"
#include "base/text/printable.h"
#include "base/text/utf8.h"
#include "data/texts.h"
#include "formats/datasets/csv/csv_options.h"
#include "formats/datasets/labels.h"
#include "formats/intake.h"
#include "formats/utf8.h"

namespace nn {
namespace {

struct LinesOptions : FormatOptions {
  std::string text, label, split;
  void declare_reading(OptionSet& set) {
    declare_label(set, label);
    declare_text(set, text);
    declare_split(set, split);
  }
  void declare_writing(OptionSet& set) { declare_split(set, split); }
};

std::string word_of(const Json& value, const std::string& name) {
  if (value.is_string()) return value.string();
  if (value.is_number()) return value.dump();
  throw Error(
      fmt::format("{}: expected a text or a number, found {}", printable(name), printable(cut_word(value.dump()))));
}

const Json& member(const Json& object, const std::string& name) {
  const Json* found = object.find(name);
  if (!found) throw Error(fmt::format("member '{}': expected, but it is not there", printable(name)));
  return *found;
}

class LinesReader {
 public:
  explicit LinesReader(const LinesOptions& options) : options_(options) {
    if (!options.text.empty()) text_ = options.text;
    label_ = options.label;
  }
  Dataset read(std::string_view all) {
    size_t number = 0;
    while (!all.empty()) {
      ++number;
      const size_t end = std::min(all.find('\n'), all.size());
      const std::string_view line = all.substr(0, end);
      all.remove_prefix(std::min(end + 1, all.size()));
      if (line.find_first_not_of(" \t\r") == line.npos) continue;
      in_context(fmt::format("line {}", number), [&] { add(line); });
    }
    if (rows_ == 0) throw Error("empty, expected an object of JSON on each line");
    Dataset data;
    Split& split = data.splits.emplace_back();
    split.name = options_.split.empty() ? "train" : options_.split;
    split.set(std::move(texts_).finish());
    if (label_.empty())
      options_.warning("no member label, class or labels: the data set has no labels (--label names it)");
    else
      encode_labels(labels_, data, options_);
    split.number_rows();
    for (const std::string& remark : remarks_on_texts(data)) options_.note(remark);
    return data;
  }

 private:
  void add(std::string_view line) {
    const Json object = Json::parse(line);
    (void)object.members();
    if (rows_++ == 0 && label_.empty()) {
      for (const char* usual : {"label", "class", "labels"})
        if (label_.empty() && object.find(usual)) label_ = usual;
      if (!label_.empty()) options_.note("guessed: member '" + label_ + "' holds the class (--label)");
    }
    texts_.add(member(object, text_).string());
    if (!label_.empty())
      labels_[0].push_back(in_context("member", [&] { return word_of(member(object, label_), label_); }));
  }

  const LinesOptions& options_;
  std::string text_ = "text", label_;
  TextColumn texts_{"text"};
  std::vector<std::vector<std::string>> labels_{1};
  int64_t rows_ = 0;
};

Dataset read_lines(const std::string& input, const LinesOptions& options) {
  const std::vector<std::byte> bytes = unpacked_bytes(input, options, text_content);
  return in_context(input == "-" ? "standard input" : printable(input), [&] {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    check_utf8(text);
    return LinesReader(options).read(text);
  });
}

std::vector<ForeignFile> write_lines(const Dataset& data, const LinesOptions& options) {
  const Split& split = chosen_split(data, options.split, "jsonl");
  const Column* texts = split.column("text");
  if (!texts) throw Error("split " + printable(split.name) + " holds no texts");
  const auto labels = split.labels();
  std::string lines;
  for (int64_t i = 0; i < texts->size(); ++i) {
    const std::string text(text_at(*texts, i));
    if (const size_t bad = invalid_utf8(text); bad != text.npos)
      throw Error(
          fmt::format("split {}: text {} is not UTF-8 at byte {}: JSON cannot hold it", printable(split.name), i, bad));
    Json object = Json::object();
    object["text"] = text;
    if (!labels.empty()) object["label"] = class_name(data, labels[static_cast<size_t>(i)]);
    lines += object.dump() + "\n";
  }
  const auto bytes = std::as_bytes(std::span(lines));
  return {{"", {bytes.begin(), bytes.end()}}};
}

}  // namespace

extern const DatasetFormat jsonl_format;
const DatasetFormat jsonl_format{
    .name = "jsonl",
    .summary = "JSON lines: an object with a text and its class on each",
    .suffixes = {".jsonl", ".ndjson"},
    .folder = false,
    .text = true,
    .content = &text_content,
    .reader = reader_with<LinesOptions, read_lines>,
    .writer = writer_with<LinesOptions, write_lines>,
    .beside = nullptr,
    .columns = {"text"},
};

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "data/texts.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "base/log.h"
#include "base/text/utf8.h"

namespace nn {
namespace {

std::string repeats(const Dataset& data) {
  std::unordered_map<std::string_view, size_t> first;  // text: the split in which it came first
  int64_t texts = 0, repeated = 0;
  std::map<std::pair<size_t, size_t>, int64_t> across;  // (split, of an earlier split): texts
  for (size_t s = 0; s < data.splits.size(); ++s) {
    const Column* column = data.splits[s].column("text");
    for (int64_t i = 0; column && i < column->size(); ++i, ++texts) {
      const auto [known, is_new] = first.emplace(text_at(*column, i), s);
      if (is_new) continue;
      ++repeated;
      if (known->second != s) ++across[{s, known->second}];
    }
  }
  if (!repeated) return "";
  std::string note = fmt::format("{} of {} texts repeat an earlier one word for word", repeated, texts);
  for (const auto& [splits, count] : across)
    note += fmt::format("; {} of split {} also stand in {}", count, printable(data.splits[splits.first].name),
                        printable(data.splits[splits.second].name));
  return note;
}

std::string not_utf8(const Dataset& data) {
  constexpr int most_named = 3;
  int64_t count = 0;
  std::string named;
  for (const Split& split : data.splits) {
    const Column* column = split.column("text");
    const Column* names = split.column("name");
    for (int64_t i = 0; column && i < column->size(); ++i) {
      const size_t bad = invalid_utf8(text_at(*column, i));
      if (bad == std::string_view::npos) continue;
      if (++count > most_named) continue;
      named +=
          fmt::format("{}{}: byte {}", named.empty() ? "" : ", ",
                      names ? printable(std::string(text_at(*names, i))) : fmt::format("{} {}", split.name, i), bad);
    }
  }
  if (!count) return "";
  return fmt::format(
      "{} not UTF-8 ({}{}); the bytes are kept, and what is no character is dropped where texts are cut "
      "into tokens",
      count == 1 ? "1 text is" : fmt::format("{} texts are", count), named, count > most_named ? ", ..." : "");
}

}  // namespace

void TextColumn::add(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  start_.push_back(static_cast<int64_t>(bytes_.size()));
}

Column TextColumn::finish() && {
  h5::Array values;
  values.type = h5::Type::u8;
  values.shape = Shape{static_cast<int64_t>(bytes_.size())};
  values.bytes = std::move(bytes_);
  return {std::move(name_), std::move(values), std::move(start_)};
}

std::string_view text_at(const Column& column, int64_t i) {
  const auto begin = static_cast<size_t>(column.start.at(static_cast<size_t>(i)));
  return {reinterpret_cast<const char*>(column.values.bytes.data()) + begin, static_cast<size_t>(column.length(i))};
}

std::vector<std::string> remarks_on_texts(const Dataset& data) {
  std::vector<std::string> remarks;
  for (std::string remark : {repeats(data), not_utf8(data)})
    if (!remark.empty()) remarks.push_back(std::move(remark));
  return remarks;
}

}  // namespace nn

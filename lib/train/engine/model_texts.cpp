// SPDX-License-Identifier: MIT
#include "train/engine/model_texts.h"

#include <algorithm>

#include "base/log.h"
#include "base/system/threads.h"
#include "data/texts.h"
#include "data/tokens.h"
#include "formats/intake.h"
#include "h5/reading/reader.h"

namespace nn {

bool holds_only_texts(const Dataset& data) {
  return !data.splits.empty() && std::ranges::all_of(data.splits, [](const Split& split) {
    return !split.has_samples() && !split.column("tokens") && split.column("text");
  });
}

std::vector<std::string> take_tokens(Dataset& data, const TokenizerSettings& settings, int64_t most,
                                     const Budget& budget) {
  const Tokenizer tokenizer(settings);
  const TokenizeReport report = tokenize(data, tokenizer, most, false, budget, usable_cpus());
  for (Split& split : data.splits) split.remove("text");
  return notes_on_texts(report, most, "");
}

Dataset dataset_of_texts(const std::vector<std::string>& texts, const std::string& lines,
                         const std::vector<std::string>& files, const Budget& budget) {
  TextColumn column("text");
  const auto text_of = [](const std::vector<std::byte>& bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  for (const std::string& text : texts) column.add(text);
  if (!lines.empty()) {
    FormatOptions options;
    options.budget = budget;
    const std::vector<std::byte> bytes = input_bytes(lines, options, {});
    for (std::string_view left = text_of(bytes); !left.empty();) {
      const size_t end = std::min(left.find('\n'), left.size());
      std::string_view line = left.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      column.add(line);
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }
  for (const std::string& file : files) column.add(text_of(h5::read_bytes(file, budget)));
  Dataset data;
  Split& split = data.splits.emplace_back();
  split.name = "texts";
  split.set(std::move(column).finish());
  if (split.size() == 0) throw Error("there are no texts to predict: " + printable(lines) + " is empty");
  return data;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// The small tables in share/: numbers and, last, the label, one row per line, plain or gzip.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/sha256.h"
#include "base/system/share.h"
#include "base/text/number.h"
#include "data/gzip.h"
#include "data/source.h"

namespace nn {
namespace {

struct Rows {
  std::vector<std::vector<double>> values;
  std::vector<int32_t> labels;
};

Rows parse_rows(std::string_view text, bool heading) {
  Rows rows;
  size_t line_number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++line_number == 1 && heading) continue;
    if (line.empty()) continue;
    std::vector<double> values;
    for (size_t at = 0; at <= line.size();) {
      const size_t comma = std::min(line.find(',', at), line.size());
      values.push_back(0);
      in_context(fmt::format("line {}", line_number), [&] { parse_value(line.substr(at, comma - at), values.back()); });
      at = comma + 1;
    }
    rows.labels.push_back(static_cast<int32_t>(values.back()));
    values.pop_back();
    if (!rows.values.empty() && values.size() != rows.values.front().size())
      throw Error(fmt::format("line {}: expected {} numbers, found {}", line_number, rows.values.front().size(),
                              values.size()));
    rows.values.push_back(std::move(values));
  }
  if (rows.values.empty()) throw Error("no rows");
  return rows;
}

h5::Array samples_of(const Rows& rows, const std::vector<int64_t>& chosen, bool images) {
  const auto n = static_cast<int64_t>(chosen.size()), columns = static_cast<int64_t>(rows.values.front().size());
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(columns))));
  h5::Array x =
      images ? h5::Array(h5::Type::u8, Shape{n, 1, side, columns / side}) : h5::Array(h5::Type::f32, Shape{n, columns});
  size_t to = 0;
  for (const int64_t row : chosen)
    for (const double v : rows.values[static_cast<size_t>(row)]) {
      if (images)
        x.as<uint8_t>()[to++] = static_cast<uint8_t>(v);
      else
        x.as<float>()[to++] = static_cast<float>(v);
    }
  return x;
}

}  // namespace

Dataset read_table_source(const CatalogueEntry& entry, bool images) {
  const std::string path = share_path(entry.shared);
  return in_context(path, [&] {
    std::vector<std::byte> bytes = h5::read_bytes(path);
    const CatalogueFile& file = entry.file("table");
    if (sha256_hex(bytes) != file.sha256)
      throw Error("damaged: SHA-256 differs from share/catalogue; install it again");
    if (is_gzip(bytes)) bytes = gunzip(bytes, size_t{1} << 24);
    const Rows rows = parse_rows({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, !images);
    std::vector<int64_t> seen(entry.classes.size()), train, test;
    for (size_t i = 0; i < rows.labels.size(); ++i) {
      const auto label = static_cast<size_t>(rows.labels[i]);
      if (label >= seen.size()) throw Error(fmt::format("row {}: label {} of {} classes", i, label, seen.size()));
      (++seen[label] % 5 == 0 ? test : train).push_back(static_cast<int64_t>(i));
    }
    Dataset data;
    for (const auto& [name, chosen] : {std::pair{"train", &train}, {"test", &test}}) {
      Split split;
      split.name = name;
      split.set_samples(samples_of(rows, *chosen, images));
      std::vector<int32_t> labels;
      for (const int64_t row : *chosen) labels.push_back(rows.labels[static_cast<size_t>(row)]);
      split.set("labels", labels);
      split.set("sample", *chosen);
      data.splits.push_back(std::move(split));
    }
    return data;
  });
}

}  // namespace nn

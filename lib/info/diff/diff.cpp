// SPDX-License-Identifier: MIT
#include "info/diff/diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace nn {
namespace {

std::string lines_of(const std::vector<Difference>& differences) {
  size_t about = 0, what = 0;
  for (const Difference& d : differences)
    about = std::max(about, d.about.size()), what = std::max(what, std::min<size_t>(d.what.size(), 40));
  std::string out;
  for (const Difference& d : differences)
    out += fmt::format("  {:<{}}  {:<{}}  {}\n", d.about, about, printable(d.what), what, printable(d.says));
  return out;
}

Json json_of(const std::vector<Difference>& differences) {
  Json list = Json::array();
  for (const Difference& d : differences) {
    Json one = Json::object();
    one["about"] = d.about, one["what"] = d.what, one["says"] = d.says;
    if (d.values.is_object())
      for (const auto& [key, value] : d.values.members()) one[key] = value;
    list.push_back(one);
  }
  return list;
}

}  // namespace

Difference two_texts(const std::string& about, const std::string& what, const std::string& a, const std::string& b) {
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("nothing") : "'" + text + "'"; };
  Difference d{about, what, shown(a) + ", " + shown(b), Json::object()};
  d.values["a"] = a, d.values["b"] = b;
  return d;
}

FileDiff diff_files(const h5::Reader& a, const h5::Reader& b) {
  FileDiff diff;
  for (const h5::Reader* file : {&a, &b}) {
    diff.names.push_back(file->name());
    diff.kinds.push_back(file->kind());
    diff.digests.push_back(file->computed_digest());
  }
  diff.equal = diff.digests[0] == diff.digests[1];
  if (diff.kinds[0] == diff.kinds[1] && !diff.equal) diff.differences = content_differences(a, b);
  // Rules in which frameworks differ are many, and say least: last.
  std::stable_partition(diff.differences.begin(), diff.differences.end(),
                        [](const Difference& d) { return d.about != "rules"; });
  diff.of_record = record_differences(a, b);
  return diff;
}

std::string diff_text(const FileDiff& diff) {
  const std::string both = printable(diff.names[0]) + " and " + printable(diff.names[1]);
  if (diff.kinds[0] != diff.kinds[1])
    return fmt::format("{}: a {} file and a {} file\n", both, printable(diff.kinds[0]), printable(diff.kinds[1]));
  std::string out =
      diff.equal ? fmt::format("{}: {} files with the same content, digest {}\n", both, diff.kinds[0], diff.digests[0])
                 : fmt::format("{}: {} files that differ\n{}", both, diff.kinds[0], lines_of(diff.differences));
  if (!diff.of_record.empty()) out += "made in different ways:\n" + lines_of(diff.of_record);
  return out;
}

Json diff_json(const FileDiff& diff) {
  Json out = Json::object();
  for (const auto& [key, texts] : {std::pair{"files", &diff.names}, {"kinds", &diff.kinds}, {"digests", &diff.digests}})
    for (const std::string& text : *texts) out[key].push_back(text);
  out["equal"] = diff.equal;
  out["differences"] = json_of(diff.differences);
  out["record"] = json_of(diff.of_record);
  return out;
}

}  // namespace nn

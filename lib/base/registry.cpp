// SPDX-License-Identifier: MIT
#include "base/registry.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text/printable.h"

namespace nn {
namespace {

// Edit distance in which a swap of two neighbours counts one (optimal string alignment).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// A name is typed with '_' for '-' and in capitals; neither counts.
std::string folded(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : between) + name;
  return out;
}

/// "sgd,momentum=0.9" of "sgd:momentum=0.9" or "sgd(momentum=0.9)", when it begins with a known name; else empty.
std::string with_commas(std::string_view name, std::span<const std::string> known) {
  const size_t mark = name.find_first_of(":(");
  if (mark == std::string_view::npos || mark + 1 >= name.size()) return "";
  const std::string head(name.substr(0, mark));
  if (std::find(known.begin(), known.end(), head) == known.end()) return "";
  std::string spelled(name);
  if (spelled.back() == ')') spelled.pop_back();
  spelled[mark] = ',';
  std::replace(spelled.begin(), spelled.end(), ':', ',');
  return spelled;
}

}  // namespace

std::vector<std::string> nearest(std::string_view name, std::span<const std::string> known) {
  constexpr size_t longest = 64;  // no name of ours is longer; a long text must not cost time
  if (name.empty() || name.size() > longest) return {};
  const std::string wanted = folded(name);
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : known) {
    const std::string folded_candidate = folded(candidate);
    const size_t edits = distance(wanted, folded_candidate);
    const size_t allowed = std::max<size_t>(1, std::max(wanted.size(), folded_candidate.size()) / 3);
    const bool beginning =
        wanted.size() >= 3 && (folded_candidate.starts_with(wanted) || wanted.starts_with(folded_candidate));
    if (edits < std::max(wanted.size(), folded_candidate.size()) &&
        (edits <= allowed || (beginning && folded_candidate.size() >= 2)))
      near.emplace_back(edits <= allowed ? edits : allowed + 1, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const auto& [edits, candidate] : near) {
    if (names.size() == 3 || edits > near.front().first + 1) break;
    names.push_back(candidate);
  }
  return names;
}

std::string page_on(std::string_view kind, bool of_framework) {
  if (kind == "metric") return " (nn-eval(1))";
  if (kind == "precision") return " (nn-train(1))";
  if (kind == "layer") return " (nn-layers(7))";
  return of_framework ? " (nn-frameworks(7))" : "";
}

std::string unknown_name(std::string_view what, std::string_view name, std::span<const Candidate> known,
                         std::span<const Saying> sayings) {
  std::string message = "unknown " + std::string(what) + " '" + printable(cut_word(name)) + "'";
  std::vector<std::string> names;
  for (const Candidate& c : known) names.push_back(c.name);
  if (const std::string said = said_of(name, sayings); !said.empty()) return message + ": " + said;
  if (const std::string spelled = with_commas(name, names); !spelled.empty())
    return message + ": arguments follow a comma, write '" + printable(spelled) + "'";
  const bool worded =
      std::ranges::any_of(known, [](const Candidate& c) { return !c.there.empty() || !c.also.empty(); });
  const std::vector<std::string> ours = worded ? our_names(name, known) : std::vector<std::string>{};
  if (const std::string word = folded_word(name); !ours.empty())
    return message + ": here it is '" + joined(ours, "' or '") + "'" +
           page_on(what, std::ranges::any_of(known, [&](const Candidate& c) { return has_word(c.there, ',', word); }));
  const std::vector<std::string> near = nearest(name, names);
  if (!near.empty()) return message + " (did you mean " + joined(near, " or ") + "?)";
  if (known.empty()) return message;
  return message + "; known: " + joined(names, ", ");
}

std::string unknown_name(std::string_view what, std::string_view name, std::span<const std::string> known) {
  std::vector<Candidate> plain;
  for (const std::string& one : known) plain.push_back({one, "", ""});
  return unknown_name(what, name, plain);
}

}  // namespace nn

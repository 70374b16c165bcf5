// SPDX-License-Identifier: MIT
#include "results/compare/groups.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "base/registry.h"
#include "results/cells.h"

namespace nn {
namespace {

/// Keys of all runs, each once, in the order of the files; like and model first.
std::vector<std::string> all_keys(std::span<const ComparedRun> runs) {
  std::vector<std::string> keys{"like", "model"};
  for (const ComparedRun& run : runs)
    for (const auto& [name, value] : run.keys)
      if (std::find(keys.begin(), keys.end(), name) == keys.end()) keys.push_back(name);
  std::erase_if(keys, [&](const std::string& key) {
    return std::none_of(runs.begin(), runs.end(), [&](const ComparedRun& run) { return run.key(key); });
  });
  return keys;
}

std::vector<std::string> values_of(const ComparedRun& run, const std::vector<std::string>& keys) {
  std::vector<std::string> values;
  for (const std::string& key : keys) values.push_back(key_value(run, key));
  return values;
}

size_t different(std::span<const ComparedRun> runs, const std::vector<std::string>& keys) {
  std::set<std::vector<std::string>> seen;
  for (const ComparedRun& run : runs) seen.insert(values_of(run, keys));
  return seen.size();
}

std::vector<std::string> usual_keys(std::span<const ComparedRun> runs) {
  std::vector<std::string> chosen;
  size_t groups = 1;
  for (const KeyValues& differing : differing_keys(runs)) {
    if (differing.key == "seed" || is_of_place(differing.key)) continue;
    std::vector<std::string> more = chosen;
    more.push_back(differing.key);
    if (const size_t now = different(runs, more); now > groups) groups = now, chosen = more;
  }
  return chosen;
}

/// Whether the names are equal, however many blanks stand behind their commas.
bool same_but_blanks(std::string a, std::string b) {
  for (std::string* one : {&a, &b})
    for (size_t at = 0; (at = one->find(", ", at)) != std::string::npos;) one->erase(at + 1, 1);
  return a == b;
}

}  // namespace

std::string Group::name() const {
  std::string name;
  for (const std::string& value : values) name += (name.empty() ? "" : ", ") + value;
  return values.empty() ? "all runs" : name;
}

std::string Grouping::clear_name(size_t group) const {
  const Group& one = groups[group];
  if (keys.empty() || (keys.size() == 1 && setting_json(one.values[0]).is_string())) return one.name();
  std::string name;
  for (size_t k = 0; k < keys.size(); ++k) name += (k ? ", " : "") + keys[k] + "=" + one.values[k];
  return name;
}

std::string key_value(const ComparedRun& run, const std::string& key) {
  const std::string* value = run.key(key);
  return value ? *value : "none";
}

std::vector<KeyValues> differing_keys(std::span<const ComparedRun> runs) {
  std::vector<KeyValues> all;
  for (const std::string& key : all_keys(runs)) {
    KeyValues one{key, {}};
    for (const ComparedRun& run : runs) {
      const std::string value = key_value(run, key);
      const auto at =
          std::find_if(one.values.begin(), one.values.end(), [&](const auto& known) { return known.first == value; });
      at == one.values.end() ? one.values.emplace_back(value, 1), void() : void(++at->second);
    }
    if (one.values.size() > 1) all.push_back(std::move(one));
  }
  return all;
}

Grouping group_runs(std::span<const ComparedRun> runs, const std::vector<std::string>& keys) {
  Grouping grouping;
  const std::vector<std::string> known = all_keys(runs);
  for (const std::string& key : keys) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw UsageError("--group-by: " + unknown_name("key", key, known));
    if (std::find(grouping.keys.begin(), grouping.keys.end(), key) == grouping.keys.end()) grouping.keys.push_back(key);
  }
  if (keys.empty()) grouping.keys = usual_keys(runs);
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::vector<std::string> values = values_of(runs[i], grouping.keys);
    auto at = std::find_if(grouping.groups.begin(), grouping.groups.end(),
                           [&](const Group& group) { return group.values == values; });
    if (at == grouping.groups.end()) at = grouping.groups.insert(at, Group{values, {}});
    at->runs.push_back(i);
  }
  return grouping;
}

std::vector<std::string> pairing_keys(std::span<const ComparedRun> runs, const Grouping& grouping) {
  std::vector<std::string> keys;
  for (const std::string& key : all_keys(runs)) {
    if (is_of_place(key) && key != "data") continue;
    const bool varies = std::any_of(grouping.groups.begin(), grouping.groups.end(), [&](const Group& group) {
      return std::any_of(group.runs.begin(), group.runs.end(),
                         [&](size_t i) { return key_value(runs[i], key) != key_value(runs[group.runs.front()], key); });
    });
    if (varies) keys.insert(key == "seed" ? keys.begin() : keys.end(), key);
  }
  return keys;
}

size_t find_group(const Grouping& grouping, const std::string& name) {
  std::vector<std::string> names;
  std::vector<size_t> found;
  for (size_t g = 0; g < grouping.groups.size(); ++g) {
    const Group& group = grouping.groups[g];
    names.push_back(grouping.clear_name(g));
    std::string close, with_keys;
    bool has_value = false;
    for (size_t k = 0; k < group.values.size(); ++k) {
      close += (k ? "," : "") + group.values[k];
      with_keys += (k ? "," : "") + grouping.keys[k] + "=" + group.values[k];
      has_value = has_value || group.values[k] == name || grouping.keys[k] + "=" + group.values[k] == name;
    }
    for (const std::string& one : {group.name(), close, with_keys, grouping.clear_name(g)})
      if (same_but_blanks(one, name)) return g;
    if (has_value) found.push_back(g);
  }
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    if (const auto near = nearest(name, names); !near.empty() || grouping.keys.size() < 2)
      throw UsageError("--baseline: " + unknown_name("group", name, names));
    std::string known;  // their names have commas
    for (const std::string& one : names) known += "; " + one;
    throw UsageError("--baseline: unknown group '" + printable(name) + "'; the groups: " + known.substr(2));
  }
  throw UsageError("--baseline: '" + printable(name) + "' is in several groups: " + names[found[0]] + "; " +
                   names[found[1]]);
}

}  // namespace nn

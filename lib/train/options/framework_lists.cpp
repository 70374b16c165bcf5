// SPDX-License-Identifier: MIT
#include "train/options/framework_lists.h"

#include <algorithm>

#include "base/framework_rules.h"
#include "layers/initializer.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "optim/optimizer.h"
#include "schedules/schedule.h"
#include "train/callbacks/callback.h"
#include "train/run/trainer.h"

namespace nn {
namespace {

/// Calls take(kind, type, options) for each plug-in, with its defaults under a framework.
template <class Type, class Take>
void walk(const char* kind, Table<Type> table, const std::string& framework, Take& take) {
  for (const Type* type : table) {
    const auto made = type->make();
    OptionSet set(framework);
    made->options(set);
    take(kind, *type, set);
  }
}

template <class Take>
void walk_all(const std::string& framework, Take take) {
  walk("layer", layer_types(), framework, take);
  walk("initializer", initializer_types(), framework, take);
  walk("optimizer", optimizer_types(), framework, take);
  walk("loss", loss_types(), framework, take);
  walk("schedule", schedule_types(), framework, take);
  walk("callback", callback_types(), framework, take);
}

std::string name_in(const Option& option, const char* framework) {
  const FrameworkOption* there = option.in_framework(framework);
  return there && there->names != "-" ? there->names : "none";
}

std::string name_in(const char* there) { return std::string(there) == "-" || !*there ? "none" : there; }

/// One row of --list counterparts, before rows of several plug-ins are joined.
struct Row {
  std::string kind, name, key, pytorch, keras, instead;
  bool same(const Row& other) const {
    return kind == other.kind && key == other.key && pytorch == other.pytorch && keras == other.keras &&
           instead == other.instead;
  }
};

void add_option(std::vector<Row>& rows, const std::string& kind, const std::string& name, const Option& option) {
  if (option.there.empty()) return;  // a rule: --list likes has these
  std::string instead;
  for (const FrameworkOption& f : option.there) instead += f.instead;
  const bool of_tool = kind == "option";
  Row row{kind, name, of_tool ? "" : option.name, name_in(option, "pytorch"), name_in(option, "keras"), instead};
  const auto shared = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return !of_tool && row.same(r); });
  if (shared == rows.end())
    rows.push_back(std::move(row));
  else
    shared->name = "*";
}

}  // namespace

std::string OptionRule::option() const {
  if (outer) return "--" + key;
  const std::string user = users.size() == 1 ? users.front() : "...";
  if (kind == "layer") return user == "..." || key.ends_with("init") ? key + "= of a layer" : user + ":" + key + "=";
  if (kind == "callback") return "--" + users.front() + " ...," + key + "=";
  return (kind == "initializer" ? "--init " : "--" + kind + " ") + user + "," + key + "=";
}

std::vector<OptionRule> option_rules(const std::string& framework) {
  std::vector<OptionRule> rules;
  const auto add = [&](const char* kind, const std::string& user, const Option& option, bool outer) {
    if (option.rule.empty()) return;
    const auto known = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.name == option.rule; });
    if (known == rules.end())
      rules.push_back({option.rule, kind, option.name, {user}, option.in_force(), outer});
    else
      known->users.push_back(user);
  };
  walk_all(framework, [&](const char* kind, const auto& type, const OptionSet& set) {
    for (const Option& option : set.outer()) add(kind, type.name, option, true);
    for (const Option& option : set.all()) add(kind, type.name, option, false);
  });
  return rules;
}

std::vector<std::string> like_columns() {
  std::vector<std::string> columns = like_names();
  columns.push_back("option");
  return columns;
}

std::vector<std::vector<std::string>> like_rows() {
  std::vector<std::vector<std::string>> rows;
  for (const RunRule& rule : run_rules()) {
    std::vector<std::string>& row = rows.emplace_back(1, rule.name);
    for (const std::string& name : like_names()) row.push_back(for_the_eye(rule.text(like_named(name))));
    row.push_back(rule.option);
  }
  std::vector<std::vector<OptionRule>> by_framework;
  for (const std::string& name : like_names()) by_framework.push_back(option_rules(name));
  for (size_t i = 0; i < by_framework.front().size(); ++i) {
    std::vector<std::string>& row = rows.emplace_back(1, by_framework.front()[i].name);
    for (const std::vector<OptionRule>& rules : by_framework) row.push_back(for_the_eye(rules[i].usual));
    row.push_back(by_framework.front()[i].option());
  }
  return rows;
}

std::vector<std::vector<std::string>> counterpart_rows() {
  std::vector<Row> found;
  walk_all("", [&](const char* kind, const auto& type, const OptionSet& set) {
    const KnownAs& known = type.known_as;
    found.push_back({kind, type.name, "", name_in(known.pytorch), name_in(known.keras), known.instead});
    for (const Option& option : set.all()) add_option(found, kind, type.name, option);
  });
  double warmup = 0;
  OptionSet of_all;
  declare_warmup(of_all, warmup);
  for (const Option& option : of_all.all()) add_option(found, "schedule", "*", option);
  TrainOptions options;
  OptionSet own;
  options.declare(own);
  for (const Option& option : own.all()) add_option(found, "option", option.name, option);
  std::vector<std::vector<std::string>> rows;
  for (const Row& row : found)
    rows.push_back({row.kind + " " + row.name + (row.key.empty() ? "" : "," + row.key), row.pytorch, row.keras,
                    row.pytorch == "none" || row.keras == "none" ? row.instead : ""});
  return rows;
}

}  // namespace nn

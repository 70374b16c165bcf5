// SPDX-License-Identifier: MIT
#include "train/options/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "train/options/framework_lists.h"

namespace nn {
namespace {

/// The values of each rule in what the run uses, in order, each once.
class Used {
 public:
  Used(const TrainOptions& o, const RunParts& parts) {
    collect(parts.optimizer.options);
    for (const Option& outer : parts.optimizer.options.outer())
      if (o.rate) found_[outer.rule] = {value_text(*o.rate)};
    collect(parts.schedule.options);
    if (parts.loss) collect(parts.loss->options);
    for (const Configured<Callback>& callback : parts.callbacks) collect(callback.options);
    if (parts.init) collect(parts.init->options);
    for (const Network::Node& node : parts.layers) {
      collect(node.options, parts.init ? o.init : "");
      for (const Configured<Initializer>& init : parts.initializers(node.options)) collect(init.options);
    }
  }
  const std::vector<std::string>& values(const std::string& rule) { return found_[rule]; }

 private:
  /// init: initialiser of the weights of layers that name none; empty: the framework's.
  void collect(const OptionSet& options, const std::string& init = {}) {
    for (const Option& option : options.all()) {
      if (option.rule.empty()) continue;
      const bool replaced = option.name == "init" && option.get().empty() && !init.empty();
      add(option.rule, replaced ? init : option.in_force());
    }
    for (const Option& option : options.outer()) add(option.rule, option.in_force());
  }
  void add(const std::string& rule, const std::string& value) {
    std::vector<std::string>& values = found_[rule];
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }

  std::map<std::string, std::vector<std::string>> found_;
};

}  // namespace

std::vector<Rule> rules_in_force(const TrainOptions& options, const RunParts& parts) {
  const FrameworkRules& usual = like_named(options.like);
  std::vector<Rule> table;
  for (const RunRule& rule : run_rules())
    table.push_back({rule.name, rule.text(parts.rules), rule.text(usual), rule.option});
  Used used(options, parts);
  for (const OptionRule& rule : option_rules(options.like)) {
    const std::vector<std::string>& values = used.values(rule.name);
    table.push_back({rule.name, values.empty() ? rule.usual : fmt::format("{}", fmt::join(values, " | ")), rule.usual,
                     rule.option()});
  }
  return table;
}

std::vector<Rule> rules_in_force(const TrainOptions& options) { return rules_in_force(options, RunParts(options)); }

std::vector<std::pair<std::string, std::string>> rules_record(const TrainOptions& options, const RunParts& parts) {
  std::vector<std::pair<std::string, std::string>> record;
  for (Rule& rule : rules_in_force(options, parts)) record.emplace_back(std::move(rule.name), std::move(rule.value));
  return record;
}

std::string rules_text(const TrainOptions& options) {
  std::string text = fmt::format("# rules in force, those of --like {} unless said otherwise:\n", options.like);
  for (const Rule& rule : rules_in_force(options))
    text += fmt::format("# {} = {} ({}{})\n", rule.name, for_the_eye(rule.value), rule.option,
                        rule.value == rule.usual ? "" : "; " + options.like + ": " + for_the_eye(rule.usual));
  return text;
}

}  // namespace nn

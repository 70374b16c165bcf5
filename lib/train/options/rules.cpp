// SPDX-License-Identifier: MIT
#include "train/options/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/like_fields.h"
#include "layers/initializer.h"
#include "train/callbacks/callback.h"
#include "train/engine/fine_tune.h"

namespace nn {
namespace {

/// Values of keys by what has them: {"adam", "eps", "1e-07"}.
struct KeyValue {
  LikePlace place;
  std::string user, key, value;
};

template <class Made>
void collect(std::vector<KeyValue>& into, LikePlace place, const std::string& user, Made& made) {
  OptionSet set;
  made.options(set);
  for (const Option& option : set.all()) into.push_back({place, user, option.name, option.get()});
}

void collect_initializer(std::vector<KeyValue>& into, const std::string& text, const FrameworkRules& like,
                         bool goes_on = false) {
  if (text.empty() || init_is_model(text, goes_on)) return;
  const std::string name = text.substr(0, text.find_first_of(",:"));
  collect(into, LikePlace::initializer, name, *make_initializer(text, &like));
}

/// all: initialiser of the weights of layers that name none, empty for the framework's.
void collect_layers(std::vector<KeyValue>& into, const std::string& model, const std::string& all,
                    const FrameworkRules& like) {
  for (const LayerWord& word : parse_layers(find_layers(model))) {
    const Spec spec = parse_spec(word.text, ':');
    const LayerType& type = find_in(layer_types(), spec.name, "layer");
    const auto layer = type.make();
    layer->like(like);
    OptionSet set;
    std::string name;
    layer->options(set);
    declare_name(set, name);
    in_context(word.text, [&] { apply_spec(spec, set); });
    for (const Option& option : set.all()) {
      into.push_back({LikePlace::layer, type.name, option.name,
                      option.name == "init" && option.get().empty() ? all : option.get()});
      if (option.name == "init" || option.name == "bias-init") collect_initializer(into, option.get(), like);
    }
  }
}

std::vector<KeyValue> values_of(const TrainOptions& o, const FrameworkRules& like) {
  std::vector<KeyValue> values;
  const std::string optimizer = parse_spec(o.optimizer, ',').name;
  collect(values, LikePlace::optimizer, optimizer, *make_optimizer(o.optimizer, like));
  if (o.rate) values.push_back({LikePlace::rate, optimizer, "--lr", value_text(*o.rate)});
  collect(values, LikePlace::schedule, parse_spec(o.schedule, ',').name, *make_schedule(o.schedule, like));
  if (!o.loss.empty()) collect(values, LikePlace::loss, parse_spec(o.loss, ',').name, *make_loss(o.loss, like));
  for (const auto& [name, value] : o.callbacks)
    collect(values, LikePlace::callback, name,
            *make_callback(find_in(callback_types(), name, "callback"), value, like));
  collect_initializer(values, o.init, like, o.goes_on);
  if (!o.model.empty() && !layers_are_of_model(o.model))
    collect_layers(values, o.model, init_is_model(o.init, o.goes_on) ? "" : o.init, like);
  return values;
}

std::string value_in_force(const LikeField& field, const std::vector<KeyValue>& values, const std::string& usual) {
  std::vector<std::string> found;
  for (const KeyValue& v : values) {
    if (v.place != field.place || v.key != field.key || !field.is_of(v.user)) continue;
    const std::string& value = v.value.empty() ? usual : v.value;
    if (std::find(found.begin(), found.end(), value) == found.end()) found.push_back(value);
  }
  return found.empty() ? usual : fmt::format("{}", fmt::join(found, " | "));
}

}  // namespace

FrameworkRules rules_of(const TrainOptions& o) {
  FrameworkRules rules = like_named(o.like);
  if (!o.streams.empty()) rules.streams = o.streams;
  if (!o.penalties_in_loss.empty()) rules.loss_has_penalties = o.penalties_in_loss == "yes";
  if (!o.loss_average.empty()) rules.loss_of_batches = o.loss_average == "batches";
  if (!o.frozen_statistics.empty()) rules.frozen_rests = o.frozen_statistics == "rest";
  rules.clip_each = o.clip_keys.each.value_or(rules.clip_each);
  rules.clip_epsilon = o.clip_keys.epsilon.value_or(rules.clip_epsilon);
  rules.accumulate_over_epochs = o.accumulate_keys.over_epochs.value_or(rules.accumulate_over_epochs);
  rules.accumulate_batches = o.accumulate_keys.by_batch.value_or(rules.accumulate_batches);
  rules.average_batches = o.ema_keys.by_batch.value_or(rules.average_batches);
  rules.average_measured = o.ema_keys.measured.value_or(rules.average_measured);
  return rules;
}

std::vector<Rule> rules_in_force(const TrainOptions& options) {
  const FrameworkRules &usual = like_named(options.like), rules = rules_of(options);
  const std::vector<KeyValue> values = values_of(options, rules);
  std::vector<Rule> table;
  for (const LikeField& field : like_fields())
    table.push_back({field.name, value_in_force(field, values, field.text(rules)), field.text(usual), field.option()});
  return table;
}

std::vector<std::pair<std::string, std::string>> rules_record(const TrainOptions& options) {
  std::vector<std::pair<std::string, std::string>> record;
  for (Rule& rule : rules_in_force(options)) record.emplace_back(std::move(rule.name), std::move(rule.value));
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

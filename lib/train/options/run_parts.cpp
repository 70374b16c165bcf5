// SPDX-License-Identifier: MIT
#include "train/options/run_parts.h"

#include "train/engine/fine_tune.h"
#include "train/engine/use.h"

namespace nn {

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

RunParts::RunParts(const TrainOptions& o)
    : rules(rules_of(o)),
      layers(o.model.empty() || layers_are_of_model(o.model) || !layers_with_use(o.model).empty()
                 ? std::vector<Network::Node>{}
                 : read_layers(find_layers(o.model), rules).nodes),
      optimizer(make_optimizer(o.optimizer, rules)),
      schedule(make_schedule(o.schedule, rules)) {
  if (!o.loss.empty()) loss = make_loss(o.loss, rules);
  if (!o.init.empty() && !init_is_model(o.init, o.goes_on)) init = make_initializer(o.init, rules.name);
  for (const auto& [name, value] : o.callbacks)
    callbacks.push_back(make_callback(find_in(callback_types(), name, "callback"), value, rules));
}

std::vector<Configured<Initializer>> RunParts::initializers(const OptionSet& of_layer) const {
  std::vector<Configured<Initializer>> made;
  for (const char* name : {"init", "bias-init"})
    if (const Option* option = of_layer.find(name); option && !option->get().empty())
      made.push_back(make_initializer(option->get(), rules.name));
  return made;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "train/options/honour.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/counterparts.h"
#include "layers/initializer.h"
#include "train/callbacks/callback.h"
#include "train/engine/fine_tune.h"

namespace nn {
namespace {

class Search {
 public:
  Search(const TrainOptions& options, const FrameworkRules& rules) : options_(options), like_(rules) {}

  /// place: where it stands, for the message. made: has options().
  template <class Made>
  void thing(const std::string& kind, const Spec& spec, const std::string& place, Made& made) {
    if (lacks(kind, spec.name, "", place)) return;
    OptionSet set;
    made.options(set);
    apply_spec(spec, set);
    for (const Option& option : set.all())
      if (option.given) lacks(kind, spec.name, option.name, place);
  }
  void initializer(const std::string& text, const std::string& place) {
    if (text.empty()) return;
    std::string with_commas(text);
    std::replace(with_commas.begin(), with_commas.end(), ':', ',');
    const Spec spec = parse_spec(with_commas, ',');
    thing("initializer", spec, place, *find_in(initializer_types(), spec.name, "initializer").make());
  }
  void refusal(const std::string& place, const std::string& what) {
    if (!what.empty()) say(fmt::format("{}: {} refuses {}", place, name(), what));
  }
  void say(const std::string& what) {
    const std::string line = fmt::format("--like {}: {}", options_.like, what);
    if (std::find(found_.begin(), found_.end(), line) == found_.end()) found_.push_back(line);
  }
  std::string name() const { return like_.framework == Framework::pytorch ? "PyTorch" : "Keras"; }
  const std::vector<std::string>& found() const { return found_; }

 private:
  bool lacks(const std::string& kind, const std::string& thing, const std::string& key, const std::string& place) {
    const Counterpart* row = counterpart(kind, thing, key);
    if (!row || !row->lacking(like_)) return false;
    say(fmt::format("{}: {} has no {}{}; used: {}", place, name(), thing, key.empty() ? "" : "," + key, row->note));
    return true;
  }

  const TrainOptions& options_;
  const FrameworkRules& like_;
  std::vector<std::string> found_;
};

void search_bias(Search& search, const FrameworkRules& like, const std::string& init, const std::string& place) {
  if (init.empty() || !make_initializer(init, &like)->needs_fans()) return;
  const bool usual = init == like.bias_init;
  if (!usual)
    search.say(fmt::format("{}: {} {}; used: the fans of the weight", place, search.name(),
                           like.framework == Framework::pytorch ? "has no such initializer for a bias"
                                                                : "takes the fans of the bias itself"));
}

void search_layers(Search& search, const Network& network, const FrameworkRules& like, std::vector<int64_t> batches) {
  for (const Network::Node& node : network.nodes()) {
    const Spec spec = parse_spec(node.word.text, ':');
    const std::string place = node.name + " '" + node.word.text + "'";
    const auto layer = find_in(layer_types(), spec.name, "layer").make();
    layer->like(like);
    Spec own = spec;
    std::erase_if(own.named, [](const auto& named) { return named.first == "name"; });
    search.thing("layer", own, place, *layer);
    OptionSet set;
    layer->options(set);
    if (const Option* init = set.find("init")) search.initializer(init->get(), place);
    if (const Option* init = set.find("bias-init")) {
      search.initializer(init->get(), place);
      search_bias(search, like, init->get(), place);
    }
    for (const int64_t n : batches) search.refusal(place, node.layer->refusal(like, node.input, n));
  }
}

}  // namespace

std::vector<std::string> not_honoured(const TrainOptions& o, const Network& network, const FrameworkRules& rules,
                                      int64_t rows) {
  Search search(o, rules);
  const auto spec = [](const std::string& text) { return parse_spec(text, ','); };
  search.thing("optimizer", spec(o.optimizer), "--optimizer",
               *find_in(optimizer_types(), spec(o.optimizer).name, "optimizer").make());
  if (!o.loss.empty())
    search.thing("loss", spec(o.loss), "--loss", *find_in(loss_types(), spec(o.loss).name, "loss").make());
  const Spec schedule = spec(o.schedule);
  Spec bare = schedule;
  const size_t before = bare.named.size();
  std::erase_if(bare.named, [](const auto& named) { return named.first == "warmup"; });
  const auto plain = find_in(schedule_types(), schedule.name, "schedule").make();
  search.thing("schedule", bare, "--schedule", *plain);
  if (bare.named.size() != before && counterpart("schedule", schedule.name, "warmup")->lacking(rules))
    search.say(fmt::format("--schedule: {} has no warmup; used: {}", search.name(),
                           counterpart("schedule", "*", "warmup")->note));
  for (const auto& [name, value] : o.callbacks)
    search.thing("callback", spec(name + "," + value), "--" + name,
                 *find_in(callback_types(), name, "callback").make());
  if (!init_is_model(o.init, o.goes_on)) search.initializer(o.init, "--init");
  if (rules.one_clip && o.clip_norm && o.clip_value)
    search.refusal("--clip-norm", "another clipping beside it; first each value is limited, then the norm");
  const int64_t batch = std::min(o.batch, rows);
  search_layers(search, network, rules, rows % batch ? std::vector{batch, rows % batch} : std::vector{batch});
  return search.found();
}

}  // namespace nn

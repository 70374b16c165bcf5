// SPDX-License-Identifier: MIT
#include "train/options/compatibility.h"

#include <fmt/format.h>

#include <algorithm>

namespace nn {
namespace {

class Report {
 public:
  Report(const TrainOptions& options, const RunParts& parts) : options_(options), parts_(parts) {}

  /// place: where it stands, for the message.
  template <class Table>
  void thing(Table table, const std::string& name, const OptionSet& set, const std::string& place) {
    for (const auto* type : table) {
      if (type->name != name) continue;
      const KnownAs& known = type->known_as;
      const bool lacking = std::string_view(pytorch() ? known.pytorch : known.keras) == "-";
      if (lacking) lacks(place, name, known.instead);
      for (const Option& option : set.all()) {
        const FrameworkOption* there = option.in_framework(family_name(parts_.rules.framework));
        const bool of_all = option.name == "warmup";  // which make_schedule adds
        if (option.given && there && there->names == "-" && (!lacking || of_all))
          lacks(place, of_all ? option.name : name + "," + option.name, there->instead);
      }
    }
  }
  void initializer(const Configured<Initializer>& init, const std::string& place) {
    thing(initializer_types(), init.name, init.options, place);
  }
  void bias(const Option& option, const std::string& place) {
    if (option.get().empty() || option.get() == option.usual() ||
        !make_initializer(option.get(), parts_.rules.name)->needs_fans())
      return;
    say(fmt::format("{}: {} {}; used: the fans of the weight", place, name(),
                    pytorch() ? "has no such initializer for a bias" : "takes the fans of the bias itself"));
  }
  void refusal(const std::string& place, const std::string& what) {
    if (!what.empty()) say(fmt::format("{}: {} refuses {}", place, name(), what));
  }
  void other_order(const std::string& later, const std::string& earlier) {
    say(
        fmt::format("{} and {} stand in two branches: Keras on torch draws the mask of the deeper branch first; used: "
                    "the order of the text",
                    earlier, later));
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool pytorch() const { return parts_.rules.framework == Framework::pytorch; }
  std::string name() const { return pytorch() ? "PyTorch" : "Keras"; }
  void lacks(const std::string& place, const std::string& what, const std::string& instead) {
    say(fmt::format("{}: {} has no {}; used: {}", place, name(), what, instead));
  }
  void say(const std::string& what) {
    const std::string line = fmt::format("--like {}: {}", options_.like, what);
    if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
  }

  const TrainOptions& options_;
  const RunParts& parts_;
  std::vector<std::string> lines_;
};

void report_layers(Report& report, const RunParts& parts, const Network& network, const std::vector<int64_t>& batches) {
  for (const Network::Node& node : network.nodes()) {
    const std::string place = node.name + " '" + node.word.text + "'";
    report.thing(layer_types(), node.type, node.options, place);
    for (const Configured<Initializer>& init : parts.initializers(node.options)) report.initializer(init, place);
    if (const Option* init = node.options.find("bias-init")) report.bias(*init, place);
    for (const int64_t n : batches) report.refusal(place, node.layer->refusal(parts.rules, node.input(), n));
  }
}

/// Layers in front of a node, itself among them.
std::vector<bool> in_front_of(const Network& network, size_t node) {
  std::vector<bool> found(network.nodes().size());
  found[node] = true;
  for (size_t i = node + 1; i-- > 0;)
    for (const int input : network.nodes()[i].inputs)
      if (found[i] && input != Network::sample) found[static_cast<size_t>(input)] = true;
  return found;
}

/// Of masks from one stream the order counts: Keras draws those of two branches as deep as they stand in its graph.
void report_branches(Report& report, const Network& network) {
  std::vector<size_t> dropouts;
  for (size_t i = 0; i < network.nodes().size(); ++i)
    if (network.nodes()[i].type == "dropout") dropouts.push_back(i);
  for (size_t k = 1; k < dropouts.size(); ++k)
    if (!in_front_of(network, dropouts[k])[dropouts[k - 1]])
      return report.other_order(network.nodes()[dropouts[k]].name, network.nodes()[dropouts[k - 1]].name);
}

}  // namespace

std::vector<std::string> compatibility(const TrainOptions& o, const RunParts& parts, const Network& network,
                                       int64_t rows) {
  Report report(o, parts);
  report.thing(optimizer_types(), parts.optimizer.name, parts.optimizer.options, "--optimizer");
  if (parts.loss) report.thing(loss_types(), parts.loss->name, parts.loss->options, "--loss");
  report.thing(schedule_types(), parts.schedule.name, parts.schedule.options, "--schedule");
  for (const Configured<Callback>& callback : parts.callbacks)
    report.thing(callback_types(), callback.name, callback.options, "--" + callback.name);
  if (parts.init) report.initializer(*parts.init, "--init");
  if (parts.rules.one_clip && o.clip_norm && o.clip_value)
    report.refusal("--clip-norm", "another clipping beside it; first each value is limited, then the norm");
  const int64_t batch = std::min(o.batch, rows);
  report_layers(report, parts, network, rows % batch ? std::vector{batch, rows % batch} : std::vector{batch});
  if (parts.rules.streams == "keras-torch") report_branches(report, network);
  return report.lines();
}

}  // namespace nn

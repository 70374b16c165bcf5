// SPDX-License-Identifier: MIT
#include "formats/models/c/c_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"

namespace nn {
namespace {

bool is_nothing(const Op& op) {
  return std::holds_alternative<Reshape>(op.what) || std::holds_alternative<Dropout>(op.what);
}

/// Channels of the output of a product whose weights can take a factor each; 0 for other ops.
int64_t channels_of_product(const Graph& graph, const Op& op) {
  if (const MatMul* product = std::get_if<MatMul>(&op.what))
    return graph.value(op.output).shape.rank() == 1 ? product->out : 0;
  if (const Conv* conv = std::get_if<Conv>(&op.what)) return conv->out_channels;
  if (const Deconv* conv = std::get_if<Deconv>(&op.what)) return conv->out_channels;
  return 0;
}

/// Values that hold the same floats are one content.
class Planner {
 public:
  Planner(const Graph& graph, const CWeights& weights, bool sample_in_buffer)
      : graph_(graph), weights_(weights), content_(graph.values.size()), last_(graph.values.size(), -1) {
    std::iota(content_.begin(), content_.end(), 0);
    plan_.place.assign(graph.values.size(), -1);
    find_steps();
    find_last_readers();
    find_slots(sample_in_buffer);
    lay_out();
  }
  CPlan take() { return std::move(plan_); }

 private:
  struct Slot {  ///< memory that contents take one after the other
    int64_t floats = 0;
    int begin = -1, end = -1;  ///< first and last step that needs it; -1: before the first
    std::vector<ValueId> contents;
    int64_t place = 0;
  };

  ValueId& content(ValueId v) { return content_[static_cast<size_t>(v)]; }
  int& last(ValueId v) { return last_[static_cast<size_t>(v)]; }

  void find_steps() {
    const std::vector<const Op*> only_readers = graph_.only_readers();
    std::map<const Op*, bool> folded;
    for (const Op& op : graph_.ops) {
      if (folded[&op]) continue;
      if (is_nothing(op)) {
        content(op.output) = content(op.inputs[0]);
        continue;
      }
      CStep step{&op, op.output, {}, {}};
      const int64_t channels = channels_of_product(graph_, op);
      const Op* next = only_readers[static_cast<size_t>(op.output)];
      if (const BatchNorm* norm = next ? std::get_if<BatchNorm>(&next->what) : nullptr;
          norm && channels > 0 && norm->channels == channels) {
        ChannelLine line = line_of(*norm, *next, weights_);
        step.scale = std::move(line.scale), step.shift = std::move(line.shift);
        step.output = next->output;
        folded[next] = true;
      }
      plan_.steps.push_back(std::move(step));
    }
  }

  void find_last_readers() {
    const int steps = static_cast<int>(plan_.steps.size());
    for (int i = 0; i < steps; ++i)
      for (const ValueId input : plan_.steps[static_cast<size_t>(i)].op->inputs) last(content(input)) = i;
    for (const ValueId output : graph_.outputs) last(content(output)) = steps;
  }

  int64_t size_of(ValueId v) const { return graph_.value(v).shape.count(); }

  void find_slots(bool sample_in_buffer) {
    std::map<ValueId, size_t> slot_of;
    const auto add = [&](ValueId made, int begin) {
      slot_of[made] = slots_.size();
      slots_.push_back({size_of(made), begin, std::max(begin, last(made)), {made}, 0});
    };
    if (sample_in_buffer) add(content(graph_.input()), -1);
    for (int i = 0; i < static_cast<int>(plan_.steps.size()); ++i) {
      const CStep& step = plan_.steps[static_cast<size_t>(i)];
      const ValueId from = content(step.op->inputs[0]), made = content(step.output);
      const auto found = slot_of.find(from);
      if (!traits_of(step.op->what).keeps_places || found == slot_of.end() || last(from) != i ||
          size_of(from) != size_of(made)) {
        add(made, i);
        continue;
      }
      Slot& slot = slots_[slot_of[made] = found->second];
      slot.contents.push_back(made);
      slot.end = std::max({slot.end, i, last(made)});
    }
  }

  /// The largest first, each at the lowest place that no other one has at the same time.
  void lay_out() {
    std::vector<Slot*> order;
    for (Slot& slot : slots_) order.push_back(&slot);
    std::stable_sort(order.begin(), order.end(), [](const Slot* a, const Slot* b) { return a->floats > b->floats; });
    std::vector<const Slot*> laid;  // by place
    for (Slot* slot : order) {
      for (const Slot* other : laid)
        if (other->begin <= slot->end && slot->begin <= other->end && other->place < slot->place + slot->floats)
          slot->place = std::max(slot->place, other->place + other->floats);
      laid.insert(std::upper_bound(laid.begin(), laid.end(), slot,
                                   [](const Slot* a, const Slot* b) { return a->place < b->place; }),
                  slot);
      plan_.floats = std::max(plan_.floats, slot->place + slot->floats);
    }
    std::vector<int64_t> place(graph_.values.size(), -1);
    for (const Slot& slot : slots_)
      for (const ValueId v : slot.contents) place[static_cast<size_t>(v)] = slot.place;
    for (size_t v = 0; v < place.size(); ++v) plan_.place[v] = place[static_cast<size_t>(content_[v])];
  }

  const Graph& graph_;
  const CWeights& weights_;
  std::vector<ValueId> content_;  // of each value: the first value that holds the same floats
  std::vector<int> last_;         // of each content: the last step that reads it
  std::vector<Slot> slots_;
  CPlan plan_;
};

}  // namespace

CWeights weights_by_param(const Graph& graph, const Model& model) {
  std::map<std::string, const NamedTensor*> named;
  for (const NamedTensor& tensor : model.weights) named[tensor.path] = &tensor;
  CWeights weights;
  for (const Param& param : graph.params) {
    const auto found = named.find(param.path());
    if (found == named.end()) throw Error("the model has no weights for " + param.path());
    if (found->second->shape != param.shape)
      throw Error("the model has " + param.path() + " of shape " + found->second->shape.text() + ", its layers take " +
                  param.shape.text());
    weights.push_back(&found->second->values);
  }
  return weights;
}

ChannelLine line_of(const BatchNorm& norm, const Op& op, const CWeights& weights) {
  const auto values = [&](size_t i) -> const std::vector<float>& {
    return *weights[static_cast<size_t>(op.params.at(i))];
  };
  ChannelLine line;
  for (size_t c = 0; c < static_cast<size_t>(norm.channels); ++c) {
    const double scale =
        static_cast<double>(values(0)[c]) / std::sqrt(static_cast<double>(values(3)[c]) + norm.epsilon);
    line.scale.push_back(scale);
    line.shift.push_back(static_cast<double>(values(1)[c]) - static_cast<double>(values(2)[c]) * scale);
  }
  return line;
}

CPlan c_plan(const Graph& graph, const CWeights& weights, bool sample_in_buffer) {
  return Planner(graph, weights, sample_in_buffer).take();
}

}  // namespace nn

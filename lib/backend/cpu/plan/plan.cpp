// SPDX-License-Identifier: MIT
#include "backend/cpu/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/unsupported.h"

namespace nn::cpu {

/// The bytes, or the floats, that the caller points to, as the input's values.
StepPointer make_pixels(StepData data, const Pixels& pixels);
StepPointer make_rows(StepData data, const float* const* rows);

namespace {

/// What every plan holds, before the places of the other values are known: afterwards no product of batch and shape
/// overflows.
const Graph& checked(const Graph& graph, const PlanOptions& options, const Budget& budget) {
  if (options.batch < 1 || options.tiles < 1) throw std::logic_error("a plan needs a batch and tiles of 1 at least");
  refuse_unsupported(graph, "cpu");
  std::vector<int64_t> elements(graph.values.size());
  for (const Input& input : graph.inputs)
    elements[static_cast<size_t>(input.value)] = graph.value(input.value).shape.count();
  for (const ValueId v : graph.outputs) elements[static_cast<size_t>(v)] = graph.value(v).shape.count();
  ask_for_values(budget, graph, options.batch, elements, 1, sizeof(float), options.rows);
  for (const Value& value : graph.values)
    Shape{value.ragged ? std::max<int64_t>(options.rows, 1) : options.batch, 16, options.tiles, value.shape.count()}
        .count();
  return graph;
}

/// Elements of a sample that a value and its gradient have arrays for.
std::vector<int64_t> arrays_of(const BufferPlan& places, const Graph& graph) {
  std::vector<int64_t> elements(graph.values.size());
  for (size_t v = 0; v < elements.size(); ++v) {
    const bool own_value = places.value[v] >= 0 && !places.alias[v] && !places.passing[v],
               own_gradient = places.gradient[v] >= 0 && !places.alias[v];
    elements[v] =
        graph.values[v].shape.count() * (static_cast<int64_t>(own_value) + static_cast<int64_t>(own_gradient));
  }
  return elements;
}

}  // namespace

CpuPlan::CpuPlan(const Graph& graph, const PlanOptions& options, const KernelChoices& choices, CpuMemory& memory,
                 const Kernels& kernels, Team& team, const Budget& budget)
    : graph_(graph),
      options_(options),
      budget_(budget),
      memory_(memory),
      team_(team),
      kernels_(kernels),
      bf16_words_(by_bf16_words(choices, kernels)),
      places_(checked(graph_, options_, budget), options_, choices, kernels),
      rows_(graph_, options_),
      in_flight_(graph_, options_) {
  ask_for_values(budget, graph_, options_.batch, arrays_of(places_, graph_), 1, sizeof(float), options_.rows);
  if (in_flight_)
    budget.ask_product({static_cast<uint64_t>(places_.size), sizeof(float)},
                       fmt::format("a batch of {} rows", options_.rows));
  packs_.reserve(static_cast<size_t>(options_.batch) + 1);
  arena_ = Floats(places_.size);
  make_host();
  make_steps();
  schedule();
  int64_t most = 0;
  for (const auto& s : steps_) most = std::max(most, s->scratch());
  budget.ask_product({static_cast<uint64_t>(most + 64), static_cast<uint64_t>(team_.size()), sizeof(float)},
                     fmt::format("scratch memory of {} threads", team_.size()));
  for (int w = 0; w < team_.size(); ++w) scratch_.emplace_back(most + 64);
}

void CpuPlan::make_host() {
  const bool has_loss = graph_.has_loss();
  if (has_loss) sample_loss_ = Aligned<double>(options_.batch);
  if (wants_labels(options_.hits) || (has_loss && targets() < 0)) labels_ = Aligned<int32_t>(options_.batch);
}

ValueId CpuPlan::targets() const {
  const Op* loss = graph_.loss();
  return loss && traits_of(loss->what).target == LossTarget::targets ? loss->inputs.at(1) : -1;
}

float* CpuPlan::at(const std::vector<int64_t>& places, ValueId v) const {
  const int64_t place = places.at(static_cast<size_t>(v));
  return place < 0 ? nullptr : arena_.get() + place;
}

StepData CpuPlan::data_of(ValueId output) {
  StepData data{
      graph_,        {}, kernels_, memory_, budget_, options_.batch, options_.tiles, options_.training, options_.exact,
      places_.extent};
  data.y = at(places_.value, output);
  data.dy = at(places_.gradient, output);
  data.y_lay = lay(output);
  data.output = output;
  data.workers = team_.size();
  data.precision = options_.precision;
  data.bf16_words = bf16_words_;
  data.plan_batch = options_.batch;
  return data;
}

void CpuPlan::take_inputs(const Group& group, StepData& data, std::vector<Part>& parts) {
  std::vector<ValueId> seen;
  data.inputs = group.inputs;
  for (const ValueId v : group.inputs) {
    data.x.push_back(at(places_.value, v));
    data.x_lay.push_back(lay(v));
    float* dx = places_.wanted[static_cast<size_t>(v)] ? at(places_.gradient, v) : nullptr;
    const bool again = std::find(seen.begin(), seen.end(), v) != seen.end();
    if (dx && (last_reader_[static_cast<size_t>(v)] != &group || again)) {
      extra_.push_back(data.floats(extent(v).size(lay(v), shape(v)) + 64));
      parts.push_back({nullptr, dx, extra_.back().get(), v});
      dx = extra_.back().get();
    }
    data.dx.push_back(dx);
    seen.push_back(v);
  }
}

void CpuPlan::make_steps() {
  const Host host{labels_.get(), sample_loss_.get(), &loss_};
  last_reader_.assign(graph_.values.size(), nullptr);
  for (const Group& group : places_.groups)
    for (const ValueId v : group.inputs) last_reader_[static_cast<size_t>(v)] = &group;
  std::vector<const Step*> makers(graph_.values.size());
  for (const Group& group : places_.groups) {
    StepData data = data_of(graph_.ops[group.first + group.count - 1].output);
    for (size_t k = 0; k < group.count; ++k) data.ops.push_back(&graph_.ops[group.first + k]);
    if (graph_.value(group.inputs.at(0)).ragged) {
      data.in_flight = &in_flight_;
      data.batch = options_.rows;
      data.extent = places_.row_extent;
      data.tiles = data.extent.tiles;
    }
    data.shares_params = shares_params(group);
    std::vector<Part> parts;
    take_inputs(group, data, parts);
    data.host = host;
    if (const ValueId x = group.inputs.empty() ? -1 : group.inputs[0]; x >= 0 && places_.remade[static_cast<size_t>(x)])
      data.source = makers[static_cast<size_t>(x)]->remade();
    if (group.alias && (!data.dx[0] || data.dx[0] == data.dy)) continue;
    steps_.push_back(group.pattern ? group.pattern->make(std::move(data)) : make_fallback(std::move(data)));
    makers[static_cast<size_t>(steps_.back()->d.output)] = steps_.back().get();
    for (Part& p : parts) p.step = steps_.back().get(), sums_.push_back(p);
  }
  if (rows_) take_input();
}

bool CpuPlan::shares_params(const Group& group) const {
  const auto of_group = std::span(graph_.ops).subspan(group.first, group.count);
  return std::any_of(graph_.ops.begin(), graph_.ops.end(), [&](const Op& other) {
    return std::any_of(of_group.begin(), of_group.end(), [&](const Op& op) {
      return &op != &other && std::find_first_of(op.params.begin(), op.params.end(), other.params.begin(),
                                                 other.params.end()) != op.params.end();
    });
  });
}

/// By the only step that reads the samples, if that one can, else by a step of its own.
void CpuPlan::take_input() {
  const ValueId input = graph_.input();
  const float* array = at(places_.value, input);
  std::vector<Step*> readers;
  for (const auto& s : steps_)
    if (std::find(s->d.x.begin(), s->d.x.end(), array) != s->d.x.end()) readers.push_back(s.get());
  const bool is_output = std::any_of(graph_.outputs.begin(), graph_.outputs.end(),
                                     [&](ValueId v) { return at(places_.value, v) == array; });
  Step* alone = options_.fuse && readers.size() == 1 && !is_output ? readers[0] : nullptr;
  StepData data = data_of(input);
  if (!rows_.of_bytes()) {
    if (!alone || !alone->bind_rows(rows_.floats()))
      steps_.insert(steps_.begin(), make_rows(std::move(data), rows_.floats()));
    return;
  }
  const std::span<const float> values = options_.source->byte_values;
  const int64_t planes = static_cast<int64_t>(values.size()) / 256;
  const Pixels pixels{rows_.bytes(), values.data(), shape(input).count() / planes};
  if (!alone || !alone->bind_pixels(pixels)) steps_.insert(steps_.begin(), make_pixels(std::move(data), pixels));
}

void CpuPlan::add_calls(std::vector<Segment>& segments, Step* step, Pass pass) const {
  const int phases = pass == Pass::forward ? step->forward_phases() : step->backward_phases();
  for (int phase = 0; phase < phases; ++phase) {
    const Call* last = segments.empty() ? nullptr : &segments.back().back();
    if (!last || step->waits(pass, phase) || step->joint(pass, phase) || step->d.ragged() != ragged(*last) ||
        (last->step && last->step->joint(pass, last->phase)))
      segments.emplace_back();
    segments.back().push_back({step, phase});
  }
}

void CpuPlan::add_sums(Step* step) {
  for (const Part& p : sums_) {
    if (p.step != step) continue;
    const Call& last = backward_.back().back();
    if (last.step && last.step->joint(Pass::backward, last.phase)) backward_.emplace_back();
    backward_.back().push_back({nullptr, 0, p.sum, p.part, p.value});
  }
}

bool CpuPlan::takes_words_beside() const {
  const auto draws = [](const Call& c) { return c.step->draws(c.phase); };
  const Segment& first = forward_.front();
  return std::none_of(first.begin(), first.end(), draws) &&
         std::any_of(forward_.begin() + 1, forward_.end(),
                     [&](const Segment& s) { return std::any_of(s.begin(), s.end(), draws); });
}

void CpuPlan::schedule() {
  for (const auto& s : steps_) add_calls(forward_, s.get(), Pass::forward);
  if (!options_.training) return;
  words_beside_ = !forward_.empty() && takes_words_beside();
  for (size_t i = steps_.size(); i-- > 0;) {
    Step* step = steps_[i].get();
    if (!has_backward(*step)) continue;
    add_calls(backward_, step, Pass::backward);
    add_sums(step);
  }
}

/// False in front of the first trained parameter, where layers are frozen: nothing asks for a gradient there.
bool CpuPlan::has_backward(const Step& step) const {
  return !step.d.ops.empty() && places_.wanted[static_cast<size_t>(step.d.output)];
}

Plan::Inputs CpuPlan::inputs() {
  const Value& input = graph_.value(graph_.input());
  std::span<float> x;
  if (input.type == ElementType::float32 && !rows_)
    x = {at(places_.value, graph_.input()),
         static_cast<size_t>((input.ragged ? options_.rows : options_.batch) * input.shape.count())};
  return {x,
          rows_.index(),
          rows_.has_labels() ? std::span<int32_t>() : labels_of_batch(),
          rows_.has_targets() ? std::span<float>() : targets_of_batch(),
          in_flight_.start(),
          in_flight_.ids()};
}

std::span<const float> CpuPlan::output(size_t which) { return floats_of(graph_.outputs.at(which)); }

std::vector<double> CpuPlan::in_rows(const float* array, ValueId v) const {
  const Shape& sample = shape(v);
  const int64_t n = sample.count(), channels = sample.rank() > 0 ? sample[0] : 1,
                area = n / std::max<int64_t>(1, channels);
  if (graph_.value(v).ragged) return {array, array + in_flight_.count() * n};
  std::vector<double> rows(static_cast<size_t>(options_.batch * n));
  for (int t = 0; t < options_.tiles; ++t) {
    const auto [begin, end] = part_of(options_.batch, t, options_.tiles);
    for (int64_t s = begin; s < end; ++s)
      for (int64_t i = 0; i < n; ++i) {
        int64_t from = s * n + i;
        if (lay(v) == Layout::batch_innermost) from = (t * n + i) * places_.extent.width + s - begin;
        if (lay(v) == Layout::nhwc) from = s * n + i % area * channels + i / area;
        rows[static_cast<size_t>(s * n + i)] = static_cast<double>(array[from]);
      }
  }
  return rows;
}

std::vector<double> CpuPlan::value(ValueId value) {
  if (places_.passing[static_cast<size_t>(value)])
    throw std::logic_error(fmt::format("value {} lies where others lie in evaluation", value));
  if (const float* v = at(places_.value, value)) return in_rows(v, value);
  if (graph_.has_loss() && graph_.loss()->output == value)
    return {sample_loss_.get(), sample_loss_.get() + sample_loss_.size()};
  throw std::logic_error(fmt::format("value {} is inside a step", value));
}

std::vector<double> CpuPlan::gradient(ValueId value) {
  const float* g = at(places_.gradient, value);
  if (!g) throw std::logic_error(fmt::format("no gradient of value {} is kept", value));
  return in_rows(g, value);
}

size_t CpuPlan::bytes() const {
  size_t n = arena_.bytes() + labels_.bytes() + sample_loss_.bytes();
  for (const auto& f : extra_) n += f.bytes();
  for (const auto& f : scratch_) n += f.bytes();
  for (const auto& s : steps_) n += s->bytes();
  return n;
}

std::vector<std::string> CpuPlan::describe() const {
  std::vector<std::string> lines;
  for (const auto& s : steps_) {
    std::string kinds;
    for (const Op* op : s->d.ops) kinds += std::string(kinds.empty() ? "" : "+") + name_of(*op);
    const bool fills = s->d.ops.empty();
    lines.push_back(fmt::format("{:<12} {:<12} {:<24} {} -> {}", fills ? graph_.inputs[0].name : s->d.op().layer,
                                fills ? "input" : kinds, s->kernel(), (fills ? s->d.out() : s->d.in()).text(),
                                s->d.out().text()));
  }
  return lines;
}

}  // namespace nn::cpu

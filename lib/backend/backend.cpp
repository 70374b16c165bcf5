// SPDX-License-Identifier: MIT
#include "backend/backend.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/system/processor.h"
#include "base/text/number.h"

namespace nn {

#define PLUGIN_TYPE BackendType
#define PLUGIN_TABLE backends
#define PLUGIN_OBJECT(name) name##_backend
#define PLUGIN_LIST "backend/devices.def"
#include "base/plugin_table.inc"

int usable_anywhere(std::string&) { return 1; }

std::string Backend::processor() const { return processor_name(); }
Peak Backend::peak() { return measure_peak(team()); }

namespace {

/// UsageError for a number that is none.
int number_of(std::string_view name, std::string_view number) {
  int64_t value = 0;
  try {
    parse_value(number, value);
  } catch (const UsageError&) {
    value = -1;
  }
  if (value < 0 || value > 1'000'000)
    throw UsageError(fmt::format("device {}: expected NAME or NAME:NUMBER, with a number from 0", name));
  return static_cast<int>(value);
}

const BackendType& best_usable() {
  const BackendType* best = nullptr;
  std::string why;
  for (const BackendType* type : backends())
    if ((!best || type->rank > best->rank) && type->usable(why) > 0) best = type;
  if (!best) throw Error("no device can be used: " + why);
  return *best;
}

}  // namespace

Device find_device(std::string_view name) {
  const size_t colon = name.find(':');
  if (name == "auto") return {&best_usable(), 0};
  const BackendType& type = find_in(backends(), name.substr(0, colon), "device");
  const int number = colon == std::string_view::npos ? 0 : number_of(name, name.substr(colon + 1));
  std::string why;
  const int count = type.usable(why);
  if (count == 0) throw Error(fmt::format("device {} cannot be used: {}", name, why));
  if (number >= count)
    throw UsageError(fmt::format("device {}: there {}", name,
                                 count == 1
                                     ? fmt::format("is one only, named {}", type.name)
                                     : fmt::format("are {}, {}:0 to {}:{}", count, type.name, type.name, count - 1)));
  return {&type, number};
}

std::vector<std::pair<std::string, std::string>> devices() {
  std::vector<std::pair<std::string, std::string>> lines{{"auto", ""}};
  for (const BackendType* type : backends()) {
    std::string why;
    const int count = type->usable(why);
    if (count <= 1) lines.emplace_back(type->name, count == 1 ? type->summary : fmt::format("cannot be used: {}", why));
    for (int i = 0; count > 1 && i < count; ++i) lines.emplace_back(fmt::format("{}:{}", type->name, i), type->summary);
  }
  lines[0].second = fmt::format("the fastest that can be used: {}", best_usable().name);
  return lines;
}

std::unique_ptr<Backend> make_backend(std::string_view name, int threads, const Budget& budget) {
  const Device device = find_device(name);
  return device.type->make({device.number, threads > 0 ? threads : usable_cpus(), budget});
}

std::unique_ptr<Backend> open_device(const std::string& device) { return make_backend(device, 1); }

void ask_for_memory(const Budget& budget, const Graph& graph, int slots, size_t element) {
  for (const Param& p : graph.params)
    budget.ask_product(
        {static_cast<uint64_t>(p.shape.count()), p.trainable ? 2 + static_cast<uint64_t>(slots) : 1, element},
        fmt::format("{} of shape {}, with {} optimizer slots", p.path(), p.shape.text(), slots));
  const ArenaLayout layout = layout_of(graph);
  budget.ask_product({static_cast<uint64_t>(layout.trainable), 2 + static_cast<uint64_t>(slots), element},
                     "the weights of all layers together");
}

void ask_for_values(const Budget& budget, const Graph& graph, int64_t batch, const std::vector<int64_t>& elements,
                    int64_t arrays, size_t element) {
  uint64_t sum = 0;
  for (size_t v = 0; v < elements.size(); ++v) {
    const auto maker = std::find_if(graph.ops.begin(), graph.ops.end(),
                                    [&](const Op& op) { return op.output == static_cast<ValueId>(v); });
    const std::string layer = maker == graph.ops.end() || maker->layer.empty() ? "the input" : "layer " + maker->layer;
    const std::string what =
        fmt::format("{}, {} for each of {} samples a batch,", layer, graph.values[v].shape.text(), batch);
    const std::initializer_list<uint64_t> factors{static_cast<uint64_t>(elements[v]), static_cast<uint64_t>(batch),
                                                  static_cast<uint64_t>(arrays), element};
    budget.ask_product(factors, what);
    uint64_t bytes = 1;  // within the budget, hence no overflow
    for (const uint64_t factor : factors) bytes *= factor;
    sum += bytes;
    budget.ask(sum, fmt::format("a batch of {} samples, up to {},", batch, layer));
  }
}

}  // namespace nn

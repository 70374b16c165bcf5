// SPDX-License-Identifier: MIT
// Devices by their names. In a file of its own: a module that holds one backend has what stands in backend.cpp, but no
// table.
#include <fmt/format.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/text/number.h"

namespace nn {

#define PLUGIN_TYPE BackendType
#define PLUGIN_TABLE backends
#define PLUGIN_OBJECT(name) name##_backend
#define PLUGIN_LIST "backend/devices.def"
#include "base/plugin_table.inc"

int usable_anywhere(std::string&) { return 1; }

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

std::vector<std::string> device_names() {
  std::vector<std::string> names = names_of(backends());
  names.insert(names.begin(), "auto");
  return names;
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

std::string auto_choice() {
  const BackendType& best = best_usable();
  std::string text = fmt::format("device auto: {}", best.name);
  for (const BackendType* type : backends()) {
    if (type->rank <= best.rank) continue;
    std::string why;
    type->usable(why);
    text += fmt::format("; {} cannot be used: {}", type->name, why);
  }
  return text;
}

std::unique_ptr<Backend> make_backend(std::string_view name, int threads, const Budget& budget) {
  const Device device = find_device(name);
  return device.type->make({device.number, threads > 0 ? threads : usable_cpus(), budget});
}

std::unique_ptr<Backend> open_device(const std::string& device) { return make_backend(device, 1); }

}  // namespace nn

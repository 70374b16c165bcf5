// SPDX-License-Identifier: MIT
#include <limits>

#include "base/plugin.h"
#include "train/callbacks/callback.h"

namespace nn {

#define CALLBACK(name) extern const CallbackType name##_callback;
#include "train/callbacks/callbacks.def"
#undef CALLBACK

Table<CallbackType> callback_types() {
  static const CallbackType* const all[] = {
#define CALLBACK(name) &name##_callback,
#include "train/callbacks/callbacks.def"
#undef CALLBACK
  };
  return all;
}

std::unique_ptr<Callback> make_callback(const CallbackType& type, std::string_view value, const FrameworkRules& like) {
  const std::string option = std::string("--") + type.name;
  return in_context(option, [&] {
    std::unique_ptr<Callback> made = type.make();
    made->like(like);
    set_options(*made, parse_spec(std::string(type.name) + "," + std::string(value), ','));
    made->check();
    return made;
  });
}

double EpochEnd::metric(const std::string& name) const {
  for (const auto& [column, values] : row)
    if (column == name) return values.at(0);
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace nn

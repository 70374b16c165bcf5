// SPDX-License-Identifier: MIT
#include <limits>

#include "train/callbacks/callback.h"

namespace nn {

#define PLUGIN_TYPE CallbackType
#define PLUGIN_TABLE callback_types
#define PLUGIN_OBJECT(name) name##_callback
#define PLUGIN_LIST "train/callbacks/callbacks.def"
#include "base/plugin_table.inc"

Configured<Callback> make_callback(const CallbackType& type, std::string_view value, const FrameworkRules& like) {
  const std::string name = type.name;
  return in_context("--" + name, [&] {
    Configured<Callback> callback{name, type.make(), OptionSet(like.name)};
    callback->options(callback.options);
    apply_spec(parse_spec(name + "," + std::string(value), ','), callback.options);
    callback->check();  // without the name again in front of what it finds
    return callback;
  });
}

double EpochEnd::metric(const std::string& name) const {
  for (const auto& [column, values] : row)
    if (column == name) return values.at(0);
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// An option whose value is a number with keys behind it: --clip-norm 1,each=false.
#pragma once

#include <string>
#include <utility>

#include "base/options.h"

namespace nn {

/// Keys has declare(OptionSet&) over optional fields; those that are not given stay empty, and so does what get() says
/// of them. Both references must outlive the option.
template <class Number, class Keys>
Option keyed_number(std::string name, Number& number, Keys& keys, std::string metavar, std::string help) {
  Option option;
  option.name = std::move(name);
  option.metavar = std::move(metavar);
  option.help = std::move(help);
  option.set = [&number, &keys](std::string_view text) {
    Spec spec = parse_spec(text, ',');
    parse_value(spec.name, number);
    keys = {};
    OptionSet set;
    keys.declare(set);
    apply_spec(spec, set);
  };
  option.get = [&number, &keys] {
    std::string text = value_text(number);
    OptionSet set;
    keys.declare(set);
    for (const Option& key : set.all())
      if (const std::string value = key.get(); !value.empty()) text += "," + key.name + "=" + value;
    return text;
  };
  option.default_text = option.get();
  return option;
}

}  // namespace nn

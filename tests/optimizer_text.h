// SPDX-License-Identifier: MIT
// An optimizer of torch or Keras as recorded, class and arguments, in our words. An argument that is not known here
// throws.
#pragma once

#include <algorithm>
#include <cctype>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/text/json.h"
#include "base/text/number.h"

namespace nn_test {

struct OptimizerText {
  std::string text;
  double rate = 0;  ///< 0: the class's default
};

inline OptimizerText optimizer_text(const std::string& type, const nn::Json& args) {
  static const std::pair<const char*, const char*> numbers[] = {{"momentum", "momentum"},
                                                                {"dampening", "dampening"},
                                                                {"weight_decay", "weight-decay"},
                                                                {"eps", "eps"},
                                                                {"epsilon", "eps"},
                                                                {"alpha", "alpha"},
                                                                {"rho", "alpha"},
                                                                {"beta_1", "beta1"},
                                                                {"beta_2", "beta2"},
                                                                {"lr_decay", "lr-decay"},
                                                                {"initial_accumulator_value", "start"},
                                                                {"momentum_decay", "momentum-decay"}};
  static const std::pair<const char*, const char*> flags[] = {{"nesterov", "nesterov"},
                                                              {"amsgrad", "amsgrad"},
                                                              {"centered", "centered"},
                                                              {"decoupled_weight_decay", "decoupled"}};
  OptimizerText s;
  for (const char c : type) s.text += static_cast<char>(std::tolower(c));
  for (const auto& [key, value] : args.members()) {
    const auto is_it = [&key = key](const auto& pair) { return key == pair.first; };
    const auto* number = std::find_if(std::begin(numbers), std::end(numbers), is_it);
    const auto* flag = std::find_if(std::begin(flags), std::end(flags), is_it);
    if (key == "lr" || key == "learning_rate") {
      s.rate = value.number();
    } else if (key == "betas") {
      s.text += ",beta1=" + nn::value_text(value.items().at(0).number()) +
                ",beta2=" + nn::value_text(value.items().at(1).number());
    } else if (number != std::end(numbers)) {
      s.text += std::string(",") + number->second + "=" + nn::value_text(value.number());
    } else if (flag != std::end(flags)) {
      if (value.boolean()) s.text += std::string(",") + flag->second;
    } else {
      throw std::runtime_error("argument " + key + " of " + type + " is not known to the tests");
    }
  }
  return s;
}

}  // namespace nn_test

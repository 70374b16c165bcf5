// SPDX-License-Identifier: MIT
#include "info/replay/claims.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "info/replay/record.h"

namespace nn {
namespace {

/// The step whose main output the input is; empty for none.
std::string maker_of(const Json& input) {
  const std::string output = text_of(input, "output");
  return output.empty() || output == "output" ? text_of(input, "step") : "";
}

}  // namespace

OutputClaims::OutputClaims(const Json& steps) {
  if (!steps.is_array()) return;
  for (const Json& step : steps.items())
    if (const Json* inputs = step.find("inputs"))
      for (const Json& input : inputs->items())
        if (const std::string maker = maker_of(input); !maker.empty())
          names_[maker][input.at("digest").string()].insert(input.at("name").string());
}

bool OutputClaims::is_made(const Json& input, const std::string& recorded) const {
  const auto claims = names_.find(maker_of(input));
  if (claims == names_.end() || claims->second.size() < 2) return true;
  std::string made;
  int named = 0;
  for (const auto& [digest, names] : claims->second)
    if (names.count(recorded)) made = digest, ++named;
  if (named != 1)
    throw Error(
        fmt::format("{}: the record does not say whether the step before it made it, or a command with "
                    "--no-history",
                    printable(input.at("name").string())));
  return made == input.at("digest").string();
}

}  // namespace nn

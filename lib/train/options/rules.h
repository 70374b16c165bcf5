// SPDX-License-Identifier: MIT
// The rules of a run in which the frameworks differ, as they are in force: those of --like, and over them what the
// run's own options say. Printed by --print-config, kept in the model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/framework_rules.h"
#include "train/run/trainer.h"

namespace nn {

/// --like with what nn-train's own options set over it; options of optimizers, layers and so on go over it in turn.
FrameworkRules rules_of(const TrainOptions& options);

struct Rule {
  std::string name, value;  ///< of the field; several values of several layers are joined by " | "
  std::string usual;        ///< what --like alone says
  std::string option;       ///< that sets it
};
/// Every field of the table. UsageError for a wrong name anywhere in the options; without a model layers count as if
/// they said nothing of their own.
std::vector<Rule> rules_in_force(const TrainOptions& options);
/// Name and value of each, for a model file.
std::vector<std::pair<std::string, std::string>> rules_record(const TrainOptions& options);
/// A comment line each, for --print-config.
std::string rules_text(const TrainOptions& options);

}  // namespace nn

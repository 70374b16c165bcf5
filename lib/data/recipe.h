// SPDX-License-Identifier: MIT
// /prep/recipe: one step per line, "NAME argument". Steps act in the order of the table prep/steps.def, so a second
// nn-prep gives what one with all the options would have given.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "data/dataset.h"
#include "data/prep/step.h"

namespace nn {

struct RecipeLine {
  std::string name, argument;
};
std::vector<RecipeLine> recipe_lines(const std::string& recipe);

/// The steps with checked shapes. raw is one sample; augment false leaves the augmenting steps out.
std::vector<std::unique_ptr<PrepStep>> make_steps(const h5::PrepRecord& prep, const Shape& raw, bool integer_pixels,
                                                  double valid_min, double valid_max, bool augment);

/// The data with this augmentation in the place of the recipe's own, checked against the samples; "none" takes it out,
/// "" leaves it.
Dataset with_augmentation(Dataset data, const std::string& how);

/// UsageError for a malformed one, before the data is waited for.
void check_augmentation(const std::string& how);

/// One option for every step of the table, and what they do to a dataset.
class RecipeOptions {
 public:
  RecipeOptions();
  void declare(OptionSet& set);
  /// UsageError for a malformed argument, before the data is waited for.
  void check() const;
  /// Adds the steps given to the recipe, checks them against the samples, and computes the statistics that
  /// standardize needs from the training split: of its pixels as they are after scaling, without padding or
  /// augmentation; a channel that never varies keeps deviation 1.
  void apply(Dataset& data) const;

 private:
  struct Given {
    std::string argument;
    bool on = false;
  };
  std::vector<Given> given_;  ///< one per step type; sized once, options refer into it
};

}  // namespace nn

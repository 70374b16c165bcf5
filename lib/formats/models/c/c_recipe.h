// SPDX-License-Identifier: MIT
// The preparation recipe of a model as a function of C that makes prepared samples of raw ones.
#pragma once

#include "formats/models/c/c_writer.h"

namespace nn {

struct CRecipe {
  bool bytes = false;    ///< raw samples are bytes, as the dataset holds them; else floats
  std::string function;  ///< "static void prepare(...)"; empty: raw floats are what the layers take
};

/// One sample before the recipe.
Shape raw_shape(const Model& model);
/// With the sums that the steps do, in their order. Error for a step that has no counterpart, or that gives another
/// shape than the layers take. Constants go to `to`.
CRecipe c_recipe(CWriter& to, const Model& model);
/// Whether raw samples go through `prepare`, and whether they are bytes.
bool has_c_recipe(const Model& model);
bool takes_bytes_in_c(const Model& model);

}  // namespace nn

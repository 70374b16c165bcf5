// SPDX-License-Identifier: MIT
// OpParams is in a model file: its layers, its training, its plan.
#pragma once

#include <string>

#include "backend/backend.h"
#include "base/text/json.h"
#include "h5/reading/reader.h"

namespace nn {

std::string model_text(const h5::Reader& file);
Json model_json(const h5::Reader& file);

/// Layer text of a model file.
std::string model_layers(const h5::Reader& file);
/// The rules in which frameworks differ as they were in force, a line each: name, tab, value. Error when the model has
/// none.
std::string model_rules(const h5::Reader& file);
/// Graphviz text of a model file.
std::string model_dot(const h5::Reader& file);
/// The model compiled by a backend for that batch, a line per step.
std::string model_plan(const h5::Reader& file, Backend& backend, int64_t batch, bool training);

}  // namespace nn

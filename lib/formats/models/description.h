// SPDX-License-Identifier: MIT
// What a model of ours knows beside its weights, as one JSON object that travels in formats with a place for text: keys
// layers, input, loss, classes, features, targets, recipe, mean, std, raw_input, range, values.
#pragma once

#include <string>

#include "formats/models/model_format.h"

namespace nn {

constexpr const char* description_key = "nn_model";

std::string description_of(const Model& model);
/// Puts it into the model that is read. Error for JSON of another form.
void take_description(const std::string& json, ForeignModel& model);

}  // namespace nn

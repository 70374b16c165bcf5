// SPDX-License-Identifier: MIT
// What is in one of our files, for people and as JSON (nn-info).
#pragma once

#include <string>

#include "backend/backend.h"
#include "base/json.h"
#include "h5/reader.h"

namespace nn {

/// By nn_kind: table of layers, splits and classes, metrics, or predictions; where the file comes from.
std::string report_text(const h5::Reader& file);
Json report_json(const h5::Reader& file);

/// The commands that made the file, newest first, with the time and the digests of what they read.
std::string provenance_text(const h5::Reader& file);

/// The two of each kind; report_text and report_json choose among them.
std::string model_text(const h5::Reader& file);
Json model_json(const h5::Reader& file);
/// What a checkpoint has besides: epochs and steps done, options, machine.
std::string checkpoint_text(const h5::Reader& file);
Json checkpoint_json(const h5::Reader& file);
std::string dataset_text(const h5::Reader& file);
Json dataset_json(const h5::Reader& file);

/// Layer text of a model file.
std::string model_layers(const h5::Reader& file);
/// The rules in which frameworks differ as they were in force, a line each: name, tab, value. Error when the model has none.
std::string model_rules(const h5::Reader& file);
/// Graphviz text of a model file.
std::string model_dot(const h5::Reader& file);
/// The model compiled by a backend for that batch, a line a step.
std::string model_plan(const h5::Reader& file, Backend& backend, int64_t batch, bool training);

}  // namespace nn

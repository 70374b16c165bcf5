// SPDX-License-Identifier: MIT
// nn-convert --verify: a model file that was written is read back, and its predictions are compared. A file of C is
// compiled and run.
#pragma once

#include "formats/convert_options.h"

namespace nn {

/// Predictions of both for the samples of options.verify. ConditionError (status 3) where an output differs by more
/// than options.tolerance of the largest; what was found is said on the log.
void verify_model(const Model& model, const std::string& written, const OutputFormat& to,
                  const ConvertOptions& options);

}  // namespace nn

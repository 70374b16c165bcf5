// SPDX-License-Identifier: MIT
// OpParams is in one of our files, for people and as JSON (nn-info).
#pragma once

#include <string>

#include "base/text/json.h"
#include "h5/reading/reader.h"

namespace nn {

/// By nn_kind: table of layers, splits and classes, metrics, or predictions; where the file comes from.
std::string report_text(const h5::Reader& file);
Json report_json(const h5::Reader& file);

/// The commands that made the file, newest first, with the time and the digests of what they read.
std::string provenance_text(const h5::Reader& file);

}  // namespace nn

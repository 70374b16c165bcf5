// SPDX-License-Identifier: MIT
// The history of a training, as a model file keeps it.
#pragma once

#include <string>

#include "base/text/table.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"

namespace nn {

/// /history, or /steps, alone, without the weights; empty when there is none. Error for columns of unequal length.
h5::Columns read_history(const h5::Reader& model, const std::string& group = "/history");
/// A column each.
TextTable table_of(const h5::Columns& columns);

}  // namespace nn

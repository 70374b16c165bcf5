// SPDX-License-Identifier: MIT
// OpParams is in a dataset file: its splits, classes and recipe.
#pragma once

#include <string>

#include "base/text/json.h"
#include "h5/reading/reader.h"

namespace nn {

std::string dataset_text(const h5::Reader& file);
Json dataset_json(const h5::Reader& file);

}  // namespace nn

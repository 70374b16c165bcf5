// SPDX-License-Identifier: MIT
// OpParams a checkpoint has besides a model: epochs and steps done, options, machine.
#pragma once

#include <string>

#include "base/text/json.h"
#include "h5/reading/reader.h"

namespace nn {

std::string checkpoint_text(const h5::Reader& file);
Json checkpoint_json(const h5::Reader& file);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Numbers as cells of a table or of JSON.
#pragma once

#include <string>

#include "base/text/json.h"

namespace nn {

/// A whole number without a fraction, null for NaN.
Json number_cell(double value);
/// The same for a float, by its own shortest text.
Json float_cell(float value);
/// A setting as it is kept, in text: a number or true or false where the text is exactly that.
Json setting_json(const std::string& text);

}  // namespace nn

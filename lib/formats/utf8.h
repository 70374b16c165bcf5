// SPDX-License-Identifier: MIT
// Foreign text has to be UTF-8: names go into our files as such.
#pragma once

#include <string_view>

namespace nn {

bool is_utf8(std::string_view text);
/// Error with line and byte when the text is not UTF-8, with the command that converts it.
void check_utf8(std::string_view text);

}  // namespace nn

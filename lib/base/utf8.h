// SPDX-License-Identifier: MIT
// Text of files is UTF-8: the check of it.
#pragma once

#include <cstddef>
#include <string_view>

namespace nn {

/// Where the first byte stands that is not UTF-8 (as RFC 3629: no overlong forms, no surrogates); npos when all is.
size_t invalid_utf8(std::string_view text);

}  // namespace nn

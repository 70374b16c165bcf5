// SPDX-License-Identifier: MIT
// Credentials in URLs are neither printed nor recorded.
#pragma once

#include <string>
#include <string_view>

namespace nn {

/// The text with "***" in the place of what stands between "://" and the '@' in front of the host, and of the values of
/// parameters that are secrets by their name (password, token, key, secret, signature), in every URL in it.
std::string without_credentials(std::string_view text);

}  // namespace nn

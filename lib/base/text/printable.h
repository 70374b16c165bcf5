// SPDX-License-Identifier: MIT
// Text of results on its way out; printable() in base/log.h is for names in messages.
#pragma once

#include <string>
#include <string_view>

namespace nn {

/// Ends of lines and tabs stay; other control characters (C0, DEL, C1) and what is not UTF-8 become \xNN; on a terminal
/// also the marks that turn the direction of writing around and characters without a width.
std::string printable_lines(std::string_view text, bool terminal);

/// A word for a message, which is one line: one of more than 200 bytes is cut to its first 160 and "...".
std::string cut_word(std::string_view word);

}  // namespace nn

// SPDX-License-Identifier: MIT
// CF flag_meanings: class names as words with one blank between.
#pragma once

#include <string>
#include <vector>

namespace nn {

/// One word a class, all of them different. Of ASCII only letters, digits and _ . + - @ stay, as CF wants; all else,
/// and every blank of Unicode, becomes '_'. A word that came before gets a number behind it.
std::string flag_meanings(const std::vector<std::string>& classes);

}  // namespace nn

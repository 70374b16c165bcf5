// SPDX-License-Identifier: MIT
// gnuplot, run as a program: the script on its standard input, the picture from its standard output.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

/// A text as a gnuplot string: single quotes, in which nothing is substituted or executed; control bytes made visible.
std::string gnuplot_quote(const std::string& text);
/// The line "set terminal ..." for "svg", "png" or "pdf".
std::string gnuplot_terminal(std::string_view format, int width, int height);
/// Runs gnuplot without the user's settings. Error: gnuplot is not installed (names the package), its own message with
/// the line it complains about, or an empty picture.
std::vector<std::byte> run_gnuplot(const std::string& script);

}  // namespace nn

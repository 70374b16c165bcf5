// SPDX-License-Identifier: MIT
// gnuplot, run as a program: the script on its standard input, the picture from its standard output.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

/// A text as a gnuplot string in which nothing is substituted or executed: in single quotes, or where it has some
/// itself in double quotes with octal codes. Control bytes are made visible.
std::string gnuplot_quote(const std::string& text);
/// The same for the name of a tic, which is a format: a percent sign stands for itself.
std::string gnuplot_tic(const std::string& text);
/// The line "set terminal ..." for "svg", "png" or "pdf".
std::string gnuplot_terminal(std::string_view format, int width, int height);
/// Runs gnuplot without the user's settings. Error: gnuplot is not installed (names the package), its own message with
/// the line it complains about, or an empty picture.
std::vector<std::byte> run_gnuplot(const std::string& script);

}  // namespace nn

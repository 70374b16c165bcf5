// SPDX-License-Identifier: MIT
// --depfile: the files that an output was made from, as a rule that make and ninja read.
#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace nn::cli {

/// The output that --if-changed and --depfile are about: -o FILE or the operand OUT; empty when there is none or it is
/// standard output.
std::string main_output(const OptionSet& options);

/// Every file that the options and operands name for reading and that is there, in order, each once; of a folder that
/// is named itself (as nn-convert's), the folder and all in it. Not pipes and devices. Then `further`, likewise.
std::vector<std::string> files_read(const OptionSet& options, const std::vector<std::string>& further);

/// "out: in1 in2\n", blanks and '#' behind a backslash, ':' too, '$' twice (GNU make, gcc -MD, ninja). UsageError for a
/// name that make has no way to write: with a line end, ';', a wildcard, a backslash at its end, '~' at its start; the
/// output's with '=' or '%'; inputs with '=' when there is none without, to stand first.
std::string depfile_rule(const std::string& output, std::vector<std::string> inputs);

}  // namespace nn::cli

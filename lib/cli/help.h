// SPDX-License-Identifier: MIT
// What a tool says about itself: -h, --help, --version, --list; all from the one declaration of its options.
#pragma once

#include <string>

#include "cli/tool.h"

namespace nn::cli {

/// At most 24 lines of 80 columns: one line for each option with brief_help().
std::string brief_help(const ToolInfo& info, const OptionSet& set);
/// All options under their headings with defaults, and the lists.
std::string full_help(const ToolInfo& info, const OptionSet& set);
std::string version_text(const ToolInfo& info);
/// One line an entry: name, arguments with defaults, summary.
std::string list_text(const NamedList& list);

/// One line a device: name, summary.
std::string device_text(const Devices& devices);

/// "-j, --threads=N"; "--[no-]shuffle" for a flag that is on by default.
std::string option_heading(const Option& option);
/// The help, with the default when there is one worth naming.
std::string option_help(const Option& option);
/// "rate=0.5,noise" for the help of a plug-in.
std::string arguments_text(const OptionSet& options);
/// Headings in order of first use, the tool's own ("") first and the common ones last.
std::vector<std::string> option_groups(const OptionSet& set);

}  // namespace nn::cli

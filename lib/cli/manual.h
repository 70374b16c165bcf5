// SPDX-License-Identifier: MIT
// The generated parts of man pages, in mdoc, from the declaration of the options and the tables of plug-ins.
#pragma once

#include <string>

#include "cli/tool.h"

namespace nn::cli {

/// Body of the section OPTIONS: a list of the tool's own options, then one a heading, then the names in its lists.
std::string manual_options(const ToolInfo& info, const OptionSet& set);

/// One list with the arguments of each entry explained, for a section of its own.
std::string manual_list(const NamedList& list);

}  // namespace nn::cli

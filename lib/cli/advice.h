// SPDX-License-Identifier: MIT
// What to write in the place of an option that a tool does not have: words of PyTorch, Keras and common usage are
// answered by ours, as the options and plug-ins of the tool declare them.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/options.h"
#include "cli/tool.h"

namespace nn::cli {

/// "unknown option --learning-rate: here it is --lr (nn-frameworks(7))", or with the nearest of `names`. dashes: "--",
/// or nothing for a configuration, where names stand alone.
std::string unknown_option(const std::string& name, const OptionSet& set, const std::vector<NamedList>& lists,
                           std::vector<std::string> names, const std::string& dashes);

/// The message, with the tool's own option where the unknown one is that: "adam,lr=0.1".
std::string with_own_option(const UnknownOption& error, const OptionSet& set);

}  // namespace nn::cli

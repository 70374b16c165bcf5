// SPDX-License-Identifier: MIT
// nn-info --check and --digest: a line for each of many files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "h5/reading/reader.h"
#include "info/info_options.h"

namespace nn {

/// Goes on after a bad file, which is said and counts as failed; the only file that is bad is an Error.
Exit check_each(const InfoOptions& options, const std::vector<std::string>& files,
                const std::function<h5::Reader(const std::string&)>& open,
                const std::function<void(const std::string&)>& print, const Log& log);

}  // namespace nn

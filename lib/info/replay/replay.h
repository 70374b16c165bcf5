// SPDX-License-Identifier: MIT
// nn-info --replay: what the options of it ask for.
#pragma once

#include <string>
#include <vector>

#include "info/replay/verify.h"

namespace nn {

struct ReplayRequest {
  std::vector<std::string> files;  ///< the file, then where its inputs may be
  bool makefile = false, verify = false;
};

/// What computes on the CPU here.
ReplayMachine this_machine(const Budget& budget);

/// The script or makefile as text; or, with verify, what is printed on the way, and whether all is equal.
std::string replay_text(const ReplayRequest& request, const h5::Reader& file, const VerifyContext& context);
bool verify_replay(const ReplayRequest& request, const h5::Reader& file, const VerifyContext& context);

}  // namespace nn

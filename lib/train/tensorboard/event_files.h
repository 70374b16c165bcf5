// SPDX-License-Identifier: MIT
// Event files that an earlier process left in a folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nn::tensorboard {

/// Event files of a folder in the order in which readers take them; none when there is no such folder.
std::vector<std::string> event_files(const std::string& folder);
/// Seconds in the name of the newest, -1 for none.
int64_t latest_seconds(const std::string& folder);
/// Cuts the files off before their first value of that step or a later one, so that what is done again does not stand
/// twice. TensorBoard itself needs only a session that begins there; simpler readers take what the files hold. A file
/// that cannot be read or cut stays as it is.
void cut_from(const std::string& folder, int64_t step);

}  // namespace nn::tensorboard

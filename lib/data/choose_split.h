// SPDX-License-Identifier: MIT
// Which split of a dataset file a tool works on.
#pragma once

#include <string>
#include <vector>

#include "h5/reading/reader.h"

namespace nn {

/// Splits of a dataset file, in its order.
std::vector<std::string> splits_in(const h5::Reader& file);
/// asked; or, when that is empty, test, else val, else train. Error lists the splits there are.
std::string choose_split(const h5::Reader& file, const std::string& asked);
/// The same for several, joined by commas.
std::vector<std::string> choose_splits(const h5::Reader& file, const std::string& asked);
/// What training reads: train, the validation split if it is there, and test when it is measured at the end. Everything
/// when one that was asked for is missing, so that the message can list what there is.
std::vector<std::string> training_splits(const h5::Reader& file, const std::string& validation, bool test);

}  // namespace nn

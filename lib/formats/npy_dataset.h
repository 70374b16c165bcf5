// SPDX-License-Identifier: MIT
// Named NumPy arrays to a data set and back: what the formats npz (members of a zip) and npy (files of a folder) share.
// Names: x and y with the split before or after (x_train, y_train, x_test, train_x, X_val, train_images, train_labels);
// x and y alone are the split train; class_names holds the classes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/format.h"
#include "formats/npy.h"

namespace nn {

/// Error names the array, and what was expected of its type and shape.
/// x: uint8 of rank 3 or 4 are images (channels first or last, by the axis of extent 1 or 3), the others features;
/// y: integers {N} or text {N} are classes; floats and rows of several numbers are targets.
Dataset dataset_from(const std::vector<std::pair<std::string, NpyArray>>& arrays, const FormatOptions& options);
/// x_train.npy, y_train.npy, ..., class_names.npy, each with its bytes.
std::vector<ForeignFile> arrays_of(const Dataset& data);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Named NumPy arrays to a data set and back: what the formats npz (members of a zip) and npy (files of a folder) share.
// Names: x (also images, features, data), y (also labels, label, target) and targets, with the split before or after
// (x_train, train_x, X_val, train_images, targets_test); without a split they are the split train. Beside them
// class_names (or classes), feature_names, target_names (text), valid_min and valid_max (the range of pixels), layout
// (text: NCHW or NHWC, where images with four axes hold their channels), and splits (text: the names of splits other
// than train, val and test).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/datasets/numpy/npy.h"
#include "formats/datasets/numpy/numpy_options.h"

namespace nn {

using NamedArrays = std::vector<std::pair<std::string, NpyArray>>;

/// Error names the array, and what was expected of its type and shape.
/// x: rank 3 or 4 are images (channels first or last), whole numbers from 0 to 255 as uint8, others as float32; rank 2
/// features. y: whole numbers {N} or text {N} are classes, whole floats too, which is noted; other floats and rows of
/// several numbers are targets; options.y decides otherwise.
Dataset dataset_from(NamedArrays arrays, const NumpyOptions& options);
/// The files beside one of samples that are there: of labels, Y or y for X, y for x; and of the layout, layout.npy.
std::vector<std::string> npy_files_beside(const std::string& input);
/// x_train.npy, y_train.npy, targets_train.npy, ..., class_names.npy, each with its bytes.
std::vector<ForeignFile> arrays_of(const Dataset& data, const FormatOptions& options);

}  // namespace nn

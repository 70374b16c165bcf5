// SPDX-License-Identifier: MIT
// What an array of samples or of labels becomes in a dataset.
#pragma once

#include <string>
#include <vector>

#include "formats/datasets/numpy/npy.h"
#include "formats/datasets/numpy/numpy_options.h"

namespace nn {

/// Where images with four axes hold their channels; unknown: the extents tell, and what they leave open is noted.
enum class Layout { unknown, channels_first, channels_last };
/// Of "NCHW" and "NHWC"; unknown for any other text.
Layout layout_named(const std::string& axes);

/// The samples of the array called name: images {N,C,H,W} of uint8 or float32, or features {N,D} of float32.
h5::Array samples_of(const std::string& name, const NpyArray& array, const std::vector<std::string>& columns,
                     Layout layout, const FormatOptions& options);

/// Labels as words or numbers, or targets.
/// Whether the values are floats {N} or {N,1} with a fraction.
bool holds_fractions(const NpyArray& array);

struct Truth {
  std::vector<int64_t> numbers;
  std::vector<std::string> words;
  h5::Array targets;
};
/// only_targets: the name says so.
Truth truth_of(const std::string& name, const NpyArray& array, bool only_targets,
               const std::vector<std::string>& columns, const NumpyOptions& options);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Columns of a split in its file: /SPLIT/NAME, and /SPLIT/NAME_start {N+1} of a ragged one.
#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

namespace nn {

/// group: "/train", whose /train/sample is there already. small_labels: as uint8.
void write_column(h5::Writer& to, const std::string& group, const Column& column, const Dataset& data,
                  bool small_labels);
/// Of the columns of a split in its file, in the order of Split::columns. images hide features.
std::vector<std::string> columns_in(const h5::Reader& file, const std::string& split);
/// Error naming file and path for offsets that are none, and for labels and rows that cannot be; check() holds it
/// against the split.
Column read_column(const h5::Reader& file, const std::string& split, const std::string& name);
/// Whether a split can be made of this group: it has images, features, or a column that stands for samples.
bool is_split(const h5::Reader& file, const std::string& name);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Columns of a split in its file: /SPLIT/NAME, and /SPLIT/NAME_start {N+1} of a ragged one.
#pragma once

#include <string>
#include <vector>

#include "data/column.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

namespace nn {

/// group: "/train", whose /train/sample is there already.
void write_column(h5::Writer& to, const std::string& group, const Column& column);
/// All columns of a split but images, features, labels, targets and sample, in the order of the file. Error naming file
/// and path for offsets that are none; check() holds them against the split.
std::vector<Column> read_columns(const h5::Reader& file, const std::string& split);
/// Whether a split can be made of this group: it has images, features, or a column that stands for samples.
bool is_split(const h5::Reader& file, const std::string& name);

}  // namespace nn

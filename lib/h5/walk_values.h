// SPDX-License-Identifier: MIT
// Parts of the table of contents: an attribute with its value, a dataset with the places of its values, references of
// dimension scales. Runs in the child (walk.h).
#pragma once

#include <hdf5.h>

#include "h5/contents.h"

namespace nn::h5 {

void write_attribute(TableWriter& table, hid_t attribute, uint64_t file_size);
void write_dataset(TableWriter& table, hid_t dataset, uint64_t file_size, bool texts);
void write_references(TableWriter& table, hid_t object);

}  // namespace nn::h5

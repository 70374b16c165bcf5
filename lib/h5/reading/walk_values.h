// SPDX-License-Identifier: MIT
// Parts of the table of contents: an attribute with its value, a dataset with the places of its values, references of
// dimension scales. Runs in the child (walk.h).
#pragma once

#include <hdf5.h>

#include <span>
#include <string>

#include "h5/reading/contents.h"
#include "h5/reading/file_bytes.h"

namespace nn::h5 {

/// deep, as in Walk: whether other programs see it as our writer describes it, texts and stored bytes of chunks too.
void write_attribute(TableWriter& table, hid_t attribute, const std::string& name, uint64_t file_size, bool deep);
void write_dataset(TableWriter& table, hid_t dataset, const FileBytes& image, bool deep);
void write_references(TableWriter& table, hid_t object);

}  // namespace nn::h5

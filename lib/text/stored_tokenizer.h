// SPDX-License-Identifier: MIT
// A tokenizer in our files: the group /tokenizer of a model that takes texts (nn-hdf5(5)).
#pragma once

#include "h5/reading/reader.h"
#include "h5/writing/writer.h"
#include "text/tokenizer.h"

namespace nn {

void write_tokenizer(const TokenizerSettings& settings, h5::Writer& to);
bool has_tokenizer(const h5::Reader& file);
/// Error naming the path for what is not there or makes no sense.
TokenizerSettings read_stored_tokenizer(const h5::Reader& file);

}  // namespace nn

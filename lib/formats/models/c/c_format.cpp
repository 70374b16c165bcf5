// SPDX-License-Identifier: MIT
// C: a network as one file that predicts, for programs and microcontrollers. Written only.
#include "formats/models/c/c_model.h"

namespace nn {

extern const ModelFormat c_model;
const ModelFormat c_model{
    .name = "c",
    .summary = "one file of C99 that predicts, recipe and weights inside, without any library but libm",
    .suffixes = {".c"},
    .folder = false,
    .text = true,
    .content = nullptr,
    .reader = nullptr,
    .writer = writer_with<COptions, write_c>,
};

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "data/source.h"

namespace nn {

extern const SourceType digits_source;
const SourceType digits_source{
    "digits", "1,442 + 355 handwritten digits, 8x8, 0..16, 10 classes; embedded, no network", false,
    [](const SourceContext&, const CatalogueEntry& entry) { return read_table_source(entry, true); }};

}  // namespace nn

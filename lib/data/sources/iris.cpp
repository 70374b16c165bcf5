// SPDX-License-Identifier: MIT
#include "data/source.h"

namespace nn {

extern const SourceType iris_source;
const SourceType iris_source{
    "iris", "120 + 30 irises, 4 features, 3 classes; embedded, no network", false,
    [](const SourceContext&, const CatalogueEntry& entry) { return read_table_source(entry, false); }};

}  // namespace nn

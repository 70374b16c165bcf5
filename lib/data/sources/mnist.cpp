// SPDX-License-Identifier: MIT
#include "data/source.h"

namespace nn {

extern const SourceType mnist_source;
const SourceType mnist_source{"mnist", "60,000 + 10,000 handwritten digits, 28x28, 10 classes", false, read_idx_source};

}  // namespace nn

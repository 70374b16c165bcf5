// SPDX-License-Identifier: MIT
#include "data/source.h"

namespace nn {

extern const SourceType fashion_mnist_source;
const SourceType fashion_mnist_source{"fashion-mnist", "60,000 + 10,000 articles of clothing, 28x28, 10 classes", false,
                                      read_idx_source};

}  // namespace nn

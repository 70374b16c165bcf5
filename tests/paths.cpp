// SPDX-License-Identifier: MIT
#include "paths.h"

namespace nn_test {

std::string source_folder() { return NN_SOURCE; }
std::string data_folder() { return NN_TEST_DATA; }

}  // namespace nn_test

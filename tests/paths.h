// SPDX-License-Identifier: MIT
// Where the tests find their files. Compiled once, so that a checkout's place is in no other object.
#pragma once

#include <string>

namespace nn_test {

std::string source_folder();  ///< of this checkout
std::string data_folder();    ///< with datasets/ and fixtures/; need not exist

}  // namespace nn_test

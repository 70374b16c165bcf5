// SPDX-License-Identifier: MIT
// main() of a written file, under -DNN_MAIN.
#pragma once

#include <string>

namespace nn {

struct CMain {
  std::string name, upper;  ///< what the names of the file begin with, and its macros
  bool bytes;               ///< samples are raw bytes, else numbers between blanks
  bool decides;             ///< NAME_predict returns a class
  bool probabilities;       ///< it gives probabilities, else outputs
};
/// The text from "#ifdef NN_MAIN" to its end.
std::string c_main(const CMain& of);

}  // namespace nn

// SPDX-License-Identifier: MIT
// What a network is refused with.
#pragma once

#include <string>

#include "base/error.h"
#include "model/network.h"

namespace nn_test {

struct Refusal {
  std::string message;
  nn::Exit status = nn::Exit::done;
};
inline Refusal refusal_on(const nn::Shape& input, const std::string& text) {
  try {
    nn::Network network(text, input);
  } catch (const nn::Error& e) {
    return {e.what(), e.status()};
  }
  return {"accepted"};
}

}  // namespace nn_test

// SPDX-License-Identifier: MIT
// A data set as a format reads it, and what is said to the user meanwhile.
#pragma once

#include <string>
#include <utility>

#include "base/log.h"
#include "talk.h"
#include "told.h"

namespace nn_test {

struct Read {
  nn::Dataset data;
  std::string said;
};

/// reading: of the options to a data set.
template <class Reading>
Read read_said(Told options, Reading&& reading) {
  Read read;
  const nn::Log log("test");
  options.log = &log;
  read.said = talk_of([&] { read.data = reading(std::as_const(options)); });
  return read;
}

}  // namespace nn_test

// SPDX-License-Identifier: MIT
// A call that must end as a wrong command line does (status 2), whatever places stand in front of its message.
#pragma once

#include "base/error.h"
#include "catch.h"

template <class Call>
bool is_usage_error(Call&& call) {
  try {
    call();
  } catch (const nn::Error& e) {
    return e.status() == nn::Exit::usage;
  }
  return false;
}
#define CHECK_USAGE_ERROR(expression) CHECK(is_usage_error([&] { (void)(expression); }))

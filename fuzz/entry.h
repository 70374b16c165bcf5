// SPDX-License-Identifier: MIT
// What the fuzz targets share. Each file of this folder is a target: one function that takes any bytes. A refusal is an
// nn::Error; any other exception, a report of a sanitizer or a failed `expect` is a finding.
//
// libFuzzer calls the function (make -f Makefile.demo fuzz); in the ordinary suite run_corpus.cpp gives it every file
// of corpus/NAME and damaged copies of it. A finding's file goes into corpus/NAME together with the change that mends
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace nn::fuzz {

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
inline std::span<const std::byte> bytes_of(const uint8_t* data, size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// What must hold of an input that was accepted.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

/// work(), whose refusals are fine; each says why.
template <class Work>
void refusals_are_fine(Work work) {
  try {
    work();
  } catch (const Error& e) {
    expect(!std::string_view(e.what()).empty(), "a refusal says why");
  }
}

}  // namespace nn::fuzz

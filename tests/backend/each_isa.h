// SPDX-License-Identifier: MIT
// The same work with each instruction set that this processor runs.
#pragma once

#include <stdlib.h>

#include <string>

#include "backend/cpu/kernels/kernels.h"

namespace nn::test {

/// NN_ISA set to a name, and what it was before afterwards.
class IsaSetting {
 public:
  explicit IsaSetting(const char* isa) {
    if (const char* v = getenv("NN_ISA")) before_ = v;
    setenv("NN_ISA", isa, 1);
  }
  ~IsaSetting() { before_.empty() ? unsetenv("NN_ISA") : setenv("NN_ISA", before_.c_str(), 1); }
  IsaSetting(const IsaSetting&) = delete;
  IsaSetting& operator=(const IsaSetting&) = delete;

 private:
  std::string before_;
};

/// work(kernels) with each one forced.
template <class Work>
void on_each_isa(Work work) {
  for (const cpu::Kernels* k : cpu::usable_kernels()) {
    const IsaSetting setting(k->isa);
    work(*k);
  }
}

}  // namespace nn::test

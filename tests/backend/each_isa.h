// SPDX-License-Identifier: MIT
// The same work with each instruction set that this processor runs, and with kernels of one's choice.
#pragma once

#include <stdlib.h>

#include <string>
#include <vector>

#include "backend/cpu/kernels/kernels.h"
#include "backend/cpu/plan/backend.h"

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

/// Those that a test walks. Under ThreadSanitizer, which makes loops some twenty times slower, the first and last
/// alone: how work is shared among threads does not depend on the instruction set, but for the tiles of AMX.
inline std::vector<const cpu::Kernels*> kernels_to_test() {
  const auto all = cpu::usable_kernels();
  std::vector<const cpu::Kernels*> some(all.begin(), all.end());
#ifdef __SANITIZE_THREAD__
  if (some.size() > 2) some = {some.front(), some.back()};
#endif
  return some;
}

/// A cpu backend that takes these kernels, whatever its tables say.
inline std::unique_ptr<Backend> cpu_by(int threads, const cpu::KernelChoices& choices) {
  return cpu::make_backend({.threads = threads}, choices);
}

/// work(kernels) with each one forced.
template <class Work>
void on_each_isa(Work work) {
  for (const cpu::Kernels* k : kernels_to_test()) {
    const IsaSetting setting(k->isa);
    work(*k);
  }
}

}  // namespace nn::test

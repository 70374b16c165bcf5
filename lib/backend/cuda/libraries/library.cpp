// SPDX-License-Identifier: MIT
#include "backend/cuda/libraries/library.h"

#include <dlfcn.h>

namespace nn::cuda {

Library::Library(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (!handle_) handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

void* Library::address(const char* name) {
  void* const found = handle_ ? dlsym(handle_, name) : nullptr;
  if (!found) handle_ = nullptr;
  return found;
}

}  // namespace nn::cuda

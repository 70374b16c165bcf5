// SPDX-License-Identifier: MIT
#include "backend/backend.h"

namespace nn {

#define BACKEND(name) extern const BackendType name##_backend;
#include "backend/backends.def"
#undef BACKEND

Table<BackendType> backends() {
  static const BackendType* const table[] = {
#define BACKEND(name) &name##_backend,
#include "backend/backends.def"
#undef BACKEND
  };
  return table;
}

std::unique_ptr<Backend> make_backend(std::string_view device, int threads) {
  return find_in(backends(), device, "device").make(threads > 0 ? threads : usable_cpus());
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// The device cuda as the tools know it: a module that is looked for, opened and asked when somebody wants the device.
// The tools are linked with nothing of NVIDIA.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "backend/cuda/module.h"
#include "base/error.h"

namespace nn {
namespace cuda {
namespace {

/// In NN_MODULES, if that is set; else ../lib/nn-tools from the program's folder, or that folder (a build tree).
std::filesystem::path module_file() {
  if (const char* folder = std::getenv("NN_MODULES")) return std::filesystem::path(folder) / module_name;
  std::error_code ignored;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path installed = here.parent_path() / "lib" / "nn-tools" / module_name;
  return std::filesystem::exists(installed, ignored) ? installed : here / module_name;
}

/// Null, with the reason. It stays open.
const BackendType* load(std::string& why) {
  const std::filesystem::path file = module_file();
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    why = fmt::format("this installation has no {} (package nn-tools-cuda)", module_name);
    return nullptr;
  }
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = dlerror();
    why = fmt::format("the module cannot be opened: {}", reason ? reason : file.string());
    return nullptr;
  }
  const auto entry = reinterpret_cast<ModuleEntry>(dlsym(library, module_entry));
  const BackendType* type = entry ? entry(module_version().c_str()) : nullptr;
  if (!type)
    why = fmt::format("{} is of another version than this tool ({}): install both of one version", file.string(),
                      version());
  return type;
}

int usable(std::string& why) {
  const BackendType* type = load(why);
  return type ? type->usable(why) : 0;
}

std::unique_ptr<Backend> make(const DeviceRequest& request) {
  std::string why;
  const BackendType* type = load(why);
  if (!type) throw Error("device cuda cannot be used: " + why);
  return type->make(request);
}

}  // namespace
}  // namespace cuda

extern const BackendType cuda_backend;
const BackendType cuda_backend{"cuda", "an NVIDIA GPU, in float32", 2, cuda::usable, cuda::make};

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "train/run/machine.h"

#include <fstream>

#include "base/system/version.h"
#include "train/run/resume.h"

namespace nn {
namespace {

/// As the kernel names it; empty where it does not say.
std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

}  // namespace

NamedTexts machine_of(const Backend& backend) {
  NamedTexts machine{
      {"nn-tools", version()}, {"device", backend.name()}, {"isa", backend.isa()}, {"processor", processor()}};
  for (const std::string& library : backend.libraries()) {
    const size_t blank = library.rfind(' ');
    machine.emplace_back(library.substr(0, blank), blank == std::string::npos ? "" : library.substr(blank + 1));
  }
  return machine;
}

Json run_record(const Backend& backend, uint64_t seed, const Checkpoint* from) {
  Json record = Json::object();
  record["seed"] = static_cast<int64_t>(seed);
  record["device"] = backend.name();
  record["isa"] = backend.isa();
  for (const std::string& library : backend.libraries()) record["libraries"].push_back(library);
  if (from)
    for (const std::string& difference : machine_differences(from->machine, machine_of(backend)))
      record["resumed_where"].push_back(difference);
  return record;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "train/run/machine.h"

#include "base/system/version.h"
#include "train/run/resume.h"

namespace nn {

NamedTexts machine_of(const Backend& backend) {
  NamedTexts machine{
      {"nn-tools", version()}, {"device", backend.name()}, {"isa", backend.isa()}, {"processor", backend.processor()}};
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

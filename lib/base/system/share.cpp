// SPDX-License-Identifier: MIT
#include "base/system/share.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"

namespace nn {

std::string share_path(const std::string& relative) {
  namespace fs = std::filesystem;
  std::vector<fs::path> places;
  if (const char* chosen = std::getenv("NN_SHARE"); chosen && *chosen) places.emplace_back(chosen);
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) places.push_back(program.parent_path().parent_path() / "share" / "nn-tools");
  places.emplace_back(NN_SOURCE_SHARE);
  std::string looked;
  for (const fs::path& place : places) {
    if (fs::exists(place / relative, failure)) return (place / relative).string();
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  throw Error("share/" + relative + " was not found; looked in " + looked + " (NN_SHARE names another place)");
}

}  // namespace nn

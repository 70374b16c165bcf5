// SPDX-License-Identifier: MIT
// Files from mirrors, used only when size and SHA-256 are the catalogue's (data/fetch/download.h). All mirrors are
// tried in order, and again after a while when a failure may pass; a server's Retry-After is kept, within patience.
// Kept in a cache by content: $XDG_CACHE_HOME/nn/sha256/ab/<hash>, written privately and renamed, so that several
// fetches at once do no harm; checked again each time it is read.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "data/fetch/catalogue.h"

namespace nn {

struct FetchOptions {
  std::vector<std::string> mirrors;  ///< tried first; a file is MIRROR/NAME/BASENAME
  bool offline = false;              ///< cache and file:// only
  std::string cache;                 ///< folder; empty: default_cache()
  int rounds = 3;                    ///< times all mirrors are tried while failures look passing
  int64_t patience = 60;             ///< seconds; a server that asks for a longer wait is not asked again
  const Log* log = nullptr;
  std::function<void(const std::string& name, int64_t done, int64_t total)> progress;
  std::function<bool()> interrupted;
};

/// $XDG_CACHE_HOME/nn or ~/.cache/nn; empty when neither is known.
std::string default_cache();
/// The folders that fetching NAME reads: that of the cache, and NAME in a mirror of file://. Empty text counts for
/// nothing.
std::vector<std::string> fetch_folders(const std::string& name, const std::string& mirror);
/// The same with the mirror that NN_MIRROR names.
std::vector<std::string> folders_of_dataset(const std::string& name);

/// The bytes of one file of the entry. Error lists what each mirror said.
std::vector<std::byte> fetch(const CatalogueEntry& entry, const CatalogueFile& file, const FetchOptions& options);

}  // namespace nn

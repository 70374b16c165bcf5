// SPDX-License-Identifier: MIT
// share/catalogue/NAME.json: what is known of a dataset before it is fetched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/text/json.h"

namespace nn {

struct CatalogueFile {
  /// "train/images", "train/labels", "test/images", "test/labels", "table"; "archive": one or more, any of which will
  /// do
  std::string role;
  std::string name;    ///< base name, as mirrors have it
  int64_t size = 0;    ///< bytes
  std::string sha256;  ///< 64 lower-case digits
  /// Folders that have it; none: those of the entry.
  std::optional<std::vector<std::string>> mirrors = {};
};

struct CatalogueEntry {
  std::string name, title, source, license, citation;
  std::vector<std::string> classes;
  std::vector<std::string> features;  ///< names of the columns of a table; empty: unnamed
  double valid_min = 0, valid_max = 255;
  std::vector<std::string> mirrors;  ///< folders, tried in order; a file is MIRROR/BASENAME
  std::string shared;                ///< path below share/ of embedded data; empty: fetched
  std::vector<CatalogueFile> files;

  const CatalogueFile& file(const std::string& role) const;  ///< the first; Error when there is none
};

CatalogueEntry parse_catalogue(const Json& json, const std::string& name);
/// The entry from share/.
CatalogueEntry read_catalogue(const std::string& name);

/// For a person: title, source, license, citation, one line each.
std::string citation(const CatalogueEntry& entry);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Where datasets come from: nn-fetch NAME. To add one: a file in sources/ with `extern const SourceType NAME_source`, a
// line in sources.def, and an entry share/catalogue/NAME.json (license, citation, classes, files).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/registry.h"
#include "base/system/budget.h"
#include "data/dataset.h"
#include "data/fetch/catalogue.h"
#include "data/fetch/fetch.h"

namespace nn {

struct SourceContext {
  FetchOptions fetch;
  uint64_t seed = 0;                    ///< of generated data
  int64_t train = 60000, test = 10000;  ///< rows of generated data
  int threads = 1;
  std::function<void(int64_t done, int64_t total)>
      progress;  ///< images of generated data; files have their own in fetch
  Budget budget;
};

struct SourceType {
  const char* name;  ///< of the catalogue entry
  const char* summary;
  bool generated;  ///< seed and sizes have a meaning
  Dataset (*make)(const SourceContext& context, const CatalogueEntry& entry);
};
Table<SourceType> source_types();

/// The dataset of that name, checked; UsageError that suggests the nearest name otherwise.
Dataset make_source(const std::string& name, const SourceContext& context);

/// The four IDX files of an MNIST-like entry.
Dataset read_idx_source(const SourceContext& context, const CatalogueEntry& entry);
/// Rows "number,...,label" of a table in share/; every fifth row of a class, counted in file order, is for testing.
Dataset read_table_source(const CatalogueEntry& entry, bool images);

/// Name, summary and license of each, as TSV (nn-fetch --list).
std::string list_sources();

}  // namespace nn

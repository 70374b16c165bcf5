// SPDX-License-Identifier: MIT
#include "base/text/table.h"
#include "data/fetch/catalogue.h"
#include "data/source.h"

namespace nn {

#define PLUGIN_TYPE SourceType
#define PLUGIN_TABLE source_types
#define PLUGIN_OBJECT(name) name##_source
#define PLUGIN_LIST "data/sources/sources.def"
#include "base/plugin_table.inc"

Dataset make_source(const std::string& name, const SourceContext& context) {
  const SourceType& type = find_in(source_types(), name, "dataset");
  const CatalogueEntry entry = read_catalogue(type.name);
  Dataset data = type.make(context, entry);
  data.title = entry.title;
  data.source = entry.source;
  data.license = entry.license;
  data.citation = entry.citation;
  data.classes = entry.classes;
  data.feature_names = entry.features;
  data.valid_min = entry.valid_min;
  data.valid_max = entry.valid_max;
  check(data, name);
  return data;
}

std::string list_sources() {
  TextTable table{{"name", "what", "license"}, {}};
  for (const SourceType* source : source_types())
    table.rows.push_back({source->name, source->summary, read_catalogue(source->name).license});
  return table.text();
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "data/fetch/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/system/share.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {

std::vector<std::string> strings_of(const Json& list) {
  std::vector<std::string> strings;
  for (const Json& one : list.items()) strings.push_back(one.string());
  return strings;
}

CatalogueFile parse_file(const Json& json) {
  CatalogueFile file{json.at("role").string(), json.at("name").string(), json.at("size").integer(),
                     json.at("sha256").string()};
  if (file.name.empty() || file.name.find('/') != std::string::npos || file.name.starts_with("."))
    throw Error(fmt::format("file name '{}' is not a base name", file.name));
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (file.sha256.size() != 64 || !std::all_of(file.sha256.begin(), file.sha256.end(), is_digit))
    throw Error(fmt::format("{}: sha256 is not 64 lower-case hexadecimal digits", file.name));
  if (const Json* mirrors = json.find("mirrors")) file.mirrors = strings_of(*mirrors);
  if (file.size <= 0) throw Error(fmt::format("{}: size {} is not positive", file.name, file.size));
  return file;
}

}  // namespace

const CatalogueFile& CatalogueEntry::file(const std::string& role) const {
  for (const CatalogueFile& f : files)
    if (f.role == role) return f;
  throw Error(fmt::format("catalogue entry {}: no file for {}", name, role));
}

CatalogueEntry parse_catalogue(const Json& json, const std::string& name) {
  CatalogueEntry entry;
  entry.name = name;
  entry.title = json.at("title").string();
  entry.source = json.at("source").string();
  entry.license = json.at("license").string();
  entry.citation = json.at("citation").string();
  entry.classes = strings_of(json.at("classes"));
  if (const Json* v = json.find("features")) entry.features = strings_of(*v);
  if (const Json* v = json.find("valid_max")) entry.valid_max = v->number();
  if (const Json* v = json.find("shared")) entry.shared = v->string();
  if (const Json* v = json.find("mirrors")) entry.mirrors = strings_of(*v);
  if (const Json* v = json.find("files"))
    for (const Json& f : v->items()) entry.files.push_back(parse_file(f));
  return entry;
}

CatalogueEntry read_catalogue(const std::string& name) {
  const std::string path = share_path("catalogue/" + name + ".json");
  return in_context(path, [&] {
    const std::vector<std::byte> bytes = h5::read_bytes(path);
    return parse_catalogue(Json::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}), name);
  });
}

std::string citation(const CatalogueEntry& entry) {
  return entry.title + "\nsource: " + entry.source + "\nlicense: " + entry.license + "\ncitation: " + entry.citation +
         "\n";
}

}  // namespace nn

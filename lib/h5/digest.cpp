// SPDX-License-Identifier: MIT
#include "h5/digest.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace nn::h5 {

bool is_housekeeping(std::string_view attribute) {
  constexpr std::array<std::string_view, 8> names{"CLASS",            "NAME",      "DIMENSION_LIST", "REFERENCE_LIST",
                                                  "DIMENSION_LABELS", "nn_sha256", "nn_volatile",    "nn_root_sha256"};
  return std::find(names.begin(), names.end(), attribute) != names.end() || attribute.starts_with("_Netcdf4") || attribute.starts_with("_NC");
}

std::string root_sum(const std::map<std::string, std::string>& texts) {
  constexpr std::array<std::string_view, 6> names{"Conventions", "title", "history", "nn_digest", "nn_format", "nn_provenance"};
  Sha256 sum;
  for (const auto& [name, text] : texts)
    if (std::find(names.begin(), names.end(), name) != names.end()) sum.add(name + '\t' + sha256_hex(std::as_bytes(std::span<const char>(text))) + '\n');
  return sum.hex();
}

bool ContentDigest::counts(std::string_view path) { return path != "/preview" && !path.starts_with("/preview/"); }

bool ContentDigest::counts(std::string_view path, std::string_view attribute) {
  if (path == "/") return attribute == "nn_kind" || attribute == "nn_class" || attribute == "nn_layers" || attribute == "nn_feature" || attribute == "nn_target";
  return counts(path) && !is_housekeeping(attribute);
}

void ContentDigest::dataset(const std::string& path, const std::string& type, const std::string& shape, const std::string& sha256) {
  if (counts(path)) lines_[path] = type + '\t' + shape + '\t' + sha256;
}

void ContentDigest::attribute(const std::string& path, const std::string& name, const std::string& type, const std::string& shape,
                              std::span<const std::byte> values) {
  if (counts(path, name)) lines_[path + '@' + name] = type + '\t' + shape + '\t' + sha256_hex(values);
}

std::string ContentDigest::hex() const {
  Sha256 sum;
  for (const auto& [path, rest] : lines_) sum.add(path + '\t' + rest + '\n');
  return sum.hex();
}

}  // namespace nn::h5

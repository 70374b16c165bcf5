// SPDX-License-Identifier: MIT
#include "h5/digest.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace nn::h5 {
namespace {

/// Attributes of netCDF come with programs that look at a file.
bool is_of_netcdf(std::string_view attribute) {
  return attribute.starts_with("_Netcdf4") || attribute.starts_with("_NC");
}

std::string sum_of(const std::map<std::string, std::string>& lines) {
  Sha256 sum;
  for (const auto& [path, rest] : lines) sum.add(path + '\t' + rest + '\n');
  return sum.hex();
}

}  // namespace

bool is_housekeeping(std::string_view attribute) {
  constexpr std::array<std::string_view, 8> names{
      "CLASS",     "NAME",        "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS",
      "nn_sha256", "nn_volatile", "nn_root_sha256"};
  return std::find(names.begin(), names.end(), attribute) != names.end() || is_of_netcdf(attribute);
}

bool ContentDigest::counts(std::string_view path) { return path != "/preview" && !path.starts_with("/preview/"); }

bool ContentDigest::counts(std::string_view path, std::string_view attribute) {
  if (path == "/")
    return attribute == "nn_kind" || attribute == "nn_class" || attribute == "nn_layers" || attribute == "nn_feature" ||
           attribute == "nn_target";
  return counts(path) && !is_housekeeping(attribute);
}

void ContentDigest::dataset(const std::string& path, const std::string& type, const std::string& shape,
                            const std::string& sha256) {
  if (counts(path)) lines_[path] = type + '\t' + shape + '\t' + sha256;
}

void ContentDigest::attribute(const std::string& path, const std::string& name, const std::string& type,
                              const std::string& shape, std::span<const std::byte> values) {
  if (counts(path, name)) lines_[path + '@' + name] = type + '\t' + shape + '\t' + sha256_hex(values);
}

std::string ContentDigest::hex() const { return sum_of(lines_); }

void RootSum::object(const std::string& path, const std::string& kind, const Shape& shape,
                     const std::vector<std::string>& axes, const std::string& sha256) {
  std::string& line = lines_[path];
  line = kind + '\t' + shape.text() + '\t' + sha256;
  for (const std::string& axis : axes) line += '\t' + axis;
}

void RootSum::attribute(const std::string& path, const std::string& name, const std::string& type,
                        const std::string& shape, std::span<const std::byte> values) {
  if (name != "nn_root_sha256" && !is_of_netcdf(name))
    lines_[path + '@' + name] = type + '\t' + shape + '\t' + sha256_hex(values);
}

std::string RootSum::hex() const { return sum_of(lines_); }

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
// nn_digest: SHA-256 over lines "path TAB type TAB shape TAB sha256 LF", sorted by path, of every dataset of numbers and
// every attribute of ours ("path@name"). Storage (chunks, compression, order, addresses) does not enter.
// Left out: /preview, datasets with nn_volatile = 1, text datasets (each repeats an attribute that counts), the
// attributes of dimension scales, and root attributes other than nn_kind, nn_class and nn_layers.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace nn::h5 {

class ContentDigest {
 public:
  void dataset(const std::string& path, const std::string& type, const std::string& shape, const std::string& sha256);
  void attribute(const std::string& path, const std::string& name, const std::string& type, const std::string& shape,
                 std::span<const std::byte> values);
  std::string hex() const;

  static bool counts(std::string_view path);
  static bool counts(std::string_view path, std::string_view attribute);

 private:
  std::map<std::string, std::string> lines_;  // by path or path@name
};

/// nn_root_sha256: SHA-256 over lines "name TAB sha256 LF" of the texts of the root group that nn_digest leaves out and
/// our writer makes (title, history, provenance, ...), nn_digest with them: they may lie where HDF5 keeps no sum.
std::string root_sum(const std::map<std::string, std::string>& texts);

/// Attributes that HDF5's dimension scales, netCDF and our hashes need; not content.
bool is_housekeeping(std::string_view attribute);

}  // namespace nn::h5

// SPDX-License-Identifier: MIT
// nn_digest: SHA-256 over lines "path TAB type TAB shape TAB sha256 LF", sorted by path, of every dataset of numbers
// and every attribute of ours ("path@name"). Storage (chunks, compression, order, addresses) does not enter. Left out:
// /preview, datasets with nn_volatile = 1, text datasets (each repeats an attribute that counts), the attributes of
// dimension scales, and root attributes other than nn_kind, nn_class and nn_layers.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/shape.h"

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

/// nn_root_sha256: SHA-256 over sorted lines of all that nn_digest leaves out and other programs show: every object
/// with its kind, shape and axes, volatile values, the attributes of the root group (nn_digest with them) and of what
/// is volatile, and those of dimension scales. They may differ between equal files, or lie where HDF5 keeps no sum.
class RootSum {
 public:
  /// kind: "group", "text" or the type of numbers. axes: paths of the dimension scales, "" for none; sha256: of
  /// volatile values.
  void object(const std::string& path, const std::string& kind, const Shape& shape,
              const std::vector<std::string>& axes, const std::string& sha256);
  /// Of those that ContentDigest does not count. type: as there.
  void attribute(const std::string& path, const std::string& name, const std::string& type, const std::string& shape,
                 std::span<const std::byte> values);
  std::string hex() const;

 private:
  std::map<std::string, std::string> lines_;  // by path or path@name
};

/// Attributes that HDF5's dimension scales, netCDF and our hashes need; not content.
bool is_housekeeping(std::string_view attribute);

}  // namespace nn::h5

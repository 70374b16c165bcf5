// SPDX-License-Identifier: MIT
// Builds one of our files in memory (core driver, no backing store), with hashes and nn_digest, and gives its bytes.
// Rules: ../../man/nn-hdf5.5. Groups are made when first named. Order of calls is the order in the file.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "h5/array.h"

namespace nn::h5 {

struct DatasetOptions {
  std::vector<std::string> axes;  ///< paths of the dimension scales, one an axis ("" for none); made before
  bool is_scale = false;          ///< this dataset is a dimension scale
  bool is_volatile = false;       ///< left out of the digest (nn_volatile = 1)
};

class Writer {
 public:
  /// compress: gzip 1 on disk, none into pipes. kind: nn_kind.
  Writer(const std::string& kind, const std::string& title, bool compress);
  Writer(Writer&&) noexcept;
  ~Writer();

  void dataset(const std::string& path, const Array& values, const DatasetOptions& options = {});
  /// Variable-length text, scalar or {n}: only for other people's tools (/class, /layers); never read by us.
  void strings(const std::string& path, const std::vector<std::string>& values, bool scalar, bool is_scale = false);
  /// An axis without values of interest (0..n-1), if it is not there yet.
  void axis(const std::string& path, int64_t n);

  void text(const std::string& path, const std::string& attribute, const std::string& value);
  void number(const std::string& path, const std::string& attribute, double value);
  void integer(const std::string& path, const std::string& attribute, int64_t value);
  void values(const std::string& path, const std::string& attribute, const Array& value);

  /// Adds the digest, closes, puts the superblock checksum right, and gives the bytes. The Writer is spent.
  std::vector<std::byte> finish();
  std::string digest() const;  ///< after finish

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace nn::h5

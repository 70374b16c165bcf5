// SPDX-License-Identifier: MIT
// An HDF5 file for another program, in the oldest form that all libraries read: groups, contiguous float32 and
// attributes of text.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/shape.h"

namespace nn::h5 {

class PlainWriter {
 public:
  PlainWriter();
  ~PlainWriter();
  /// Groups above it are made, too. Error for a path that is there.
  void group(const std::string& path);
  void floats(const std::string& path, const Shape& shape, std::span<const float> values);
  /// Of a group or dataset that is there.
  void text(const std::string& path, const std::string& name, const std::string& value);
  void texts(const std::string& path, const std::string& name, const std::vector<std::string>& values);
  /// The whole file.
  std::vector<std::byte> finish();

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace nn::h5

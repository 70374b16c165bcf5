// SPDX-License-Identifier: MIT
// libhdf5 reads an image: the one place where the library sees bytes of a file. Runs in a child process (child.h),
// since no version of the library survives every file.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "h5/reading/contents.h"
#include "h5/reading/file_bytes.h"

namespace nn::h5 {

/// Where the walk is, told before each object and attribute, and where the finished parts of the table go.
struct WalkOutput {
  std::function<void(const std::string& path, const std::string& attribute)> at;
  std::function<void(std::span<const std::byte>)> put;
};

/// Opens the image and describes every object once, as parse_contents reads it. deep: texts of variable length and the
/// references of dimension scales too, which only Reader::verify() needs. Error at what cannot be read.
class Walk {
 public:
  Walk(const FileBytes& image, bool deep, WalkOutput output);
  void run();

 private:
  struct Body;
  FileBytes image_;
  bool deep_;
  WalkOutput output_;
};

}  // namespace nn::h5

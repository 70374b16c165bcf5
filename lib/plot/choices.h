// SPDX-License-Identifier: MIT
// The options of all pictures on one command line: each declares its own, and one that the chosen picture, or the form
// in which it is written, does not have is refused.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/option_union.h"
#include "plot/plot.h"

namespace nn {

class PictureChoices {
 public:
  PictureChoices();
  void declare(OptionSet& set);
  /// UsageError for an option that is given and that this picture, or this form of it, does not have.
  void check(const PictureType& type, const OptionSet& set, PictureForm form) const;
  /// With the options that were set.
  std::unique_ptr<Picture> make(const PictureType& type, std::span<const h5::Reader> inputs);
  const std::string& size() const { return size_; }

 private:
  PlotOptions common_;
  std::string size_;  ///< "800x600" pixels; empty: by the content
  std::map<std::string, std::unique_ptr<PictureMaker>> makers_;
  OptionUnion options_, drawing_options_;
};

}  // namespace nn

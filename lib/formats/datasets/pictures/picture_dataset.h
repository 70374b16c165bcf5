// SPDX-License-Identifier: MIT
// A folder of PNG pictures as a dataset: SPLIT/CLASS/*.png, or CLASS/*.png for one split, or *.png without labels
// (formats/datasets/folders/class_tree.h).
#pragma once

#include "formats/format.h"

namespace nn {

struct PictureOptions : FormatOptions {
  std::string depth;       ///< "8": samples of 16 bits are scaled
  std::string color;       ///< "gray", "rgb": all pictures are made so; empty: as they are, all alike
  std::string background;  ///< of transparent pictures: a colour, or "none" for the colours as stored
  std::string split;       ///< read: name of the split made (train), or the one read; write: the split written

  void declare_reading(OptionSet& set);
  void declare_writing(OptionSet& set) { declare_split(set, split); }
};

/// What is left out is said in one warning. Error for what would change a value without an option that says how.
Dataset read_pictures(const std::string& input, const PictureOptions& options);

}  // namespace nn

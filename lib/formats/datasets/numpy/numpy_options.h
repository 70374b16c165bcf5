// SPDX-License-Identifier: MIT
// What the user may say of arrays of NumPy.
#pragma once

#include <string>

#include "formats/format.h"

namespace nn {

struct NumpyOptions : FormatOptions {
  std::string y = "auto";       ///< what an array of labels holds: auto, labels, targets
  std::string layout = "auto";  ///< where arrays of images hold their channels: auto, NCHW, NHWC
  std::string split;            ///< read: name of the split made (train), or the one read; write: the split written

  void declare_reading(OptionSet& set) {
    set.add("y", y, "WHAT", "what the array y holds: auto (whole numbers are labels), labels or targets")
        .one_of({"auto", "labels", "targets"});
    set.add("layout", layout, "AXES",
            "where arrays of images with four axes hold their channels: NCHW first, NHWC last; auto: as the file says, "
            "otherwise by the extents")
        .one_of({"auto", "NCHW", "NHWC"});
    declare_writing(set);
  }
  void declare_writing(OptionSet& set) { declare_split(set, split); }
};

}  // namespace nn

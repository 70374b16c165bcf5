// SPDX-License-Identifier: MIT
// What the user may say of a table of text.
#pragma once

#include <string>
#include <vector>

#include "formats/format.h"

namespace nn {

struct CsvOptions : FormatOptions {
  std::string label;                  ///< column with the class: a name, or a number from 1 (-1 is the last)
  std::vector<std::string> target;    ///< columns with numbers to predict
  std::vector<std::string> features;  ///< columns that are features; empty: those that are nothing else
  std::string text;                   ///< column that holds texts, which are the samples; empty: none
  std::vector<std::string> ignore;    ///< columns that are left out
  std::string header = "auto";        ///< auto, yes, no
  std::string separator = "auto";     ///< auto, comma, semicolon, tab, space, or one character
  std::string decimal = "auto";       ///< auto, ".", ","
  std::string shape;                  ///< "1x28x28": rows are images of that shape
  std::string split;                  ///< read: name of the split made (train); write: the split written

  void declare_reading(OptionSet& set);
  void declare_writing(OptionSet& set);
};

/// --label and --text, which other formats of text have, too.
void declare_label(OptionSet& set, std::string& label);
void declare_text(OptionSet& set, std::string& text);

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_options.h"

namespace nn {

void CsvOptions::declare_reading(OptionSet& set) {
  set.add("label", label, "COLUMN",
          "column of a table that holds the class: its name, or its number from 1 (-1 is the last)")
      .brief_help();
  set.add("target", target, "COLUMN", "column of a table that holds a number to predict; may be given again")
      .brief_help();
  set.add("features", features, "COLUMN",
          "column of a table that is a feature; may be given again; not given: all columns without another use");
  set.add("ignore", ignore, "COLUMN", "column of a table that is ignored; may be given again").brief_help();
  set.add("header", header, "WHEN", "whether the first line of a table holds names").one_of({"auto", "yes", "no"});
  set.add("shape", shape, "CxHxW", "rows of a table are images of this shape").brief_help();
  declare_writing(set);
}

void CsvOptions::declare_writing(OptionSet& set) {
  set.add("separator", separator, "CHARACTER",
          "separator of the columns of a table: auto, comma, semicolon, tab, space (one or more), or the character "
          "itself")
      .also("delimiter sep delim");
  set.add("decimal", decimal, "CHARACTER", "decimal sign of a table: auto, a point or a comma");
  declare_split(set, split);
}

}  // namespace nn

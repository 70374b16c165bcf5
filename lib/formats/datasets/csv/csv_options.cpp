// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_options.h"

namespace nn {

void declare_label(OptionSet& set, std::string& label) {
  set.add("label", label, "COLUMN",
          "column of a table that holds the class: its name, or its number from 1 (-1 is the last); of JSON lines the "
          "name of a member")
      .brief_help();
}

void declare_text(OptionSet& set, std::string& text) {
  set.add("text", text, "COLUMN",
          "column of a table, or member of JSON lines, that holds texts: these are the samples, and other columns are "
          "features only where --features names them")
      .brief_help();
}

void CsvOptions::declare_reading(OptionSet& set) {
  declare_label(set, label);
  set.add("target", target, "COLUMN", "column of a table that holds a number to predict; may be given again")
      .brief_help();
  set.add("features", features, "COLUMN",
          "column of a table that is a feature; may be given again; not given: all columns without another use");
  declare_text(set, text);
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

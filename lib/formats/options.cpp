// SPDX-License-Identifier: MIT
// What nn-convert may be told about a foreign file.
#include "formats/reading.h"

namespace nn {

void FormatOptions::declare(OptionSet& set) {
  set.add("title", title, "TEXT", "title of the data set made").brief_help();
  set.add("classes", classes, "FILE|NAME,...",
          "the classes, in order: a file with one name per line, a file of nn-tools that has classes, or names "
          "separated by commas; other labels are an error")
      .brief_help()
      .reads_file([](const std::string& value) {
        return names_classes_file(value) ? std::vector{value} : std::vector<std::string>{};
      });
  set.add("range", range, "MIN:MAX",
          "smallest and largest value of a pixel; not given: as the file says, otherwise 0:255")
      .brief_help();
  set.add("label", label, "COLUMN",
          "column of a table that holds the class: its name, or its number from 1 (-1 is the last)")
      .brief_help();
  set.add("target", target, "COLUMN", "column of a table that holds a number to predict; may be given again")
      .brief_help();
  set.add("features", features, "COLUMN",
          "column of a table that is a feature; may be given again; not given: all columns without another use");
  set.add("ignore", ignore, "COLUMN", "column of a table that is ignored; may be given again").brief_help();
  set.add("header", header, "WHEN", "whether the first line of a table holds names").one_of({"auto", "yes", "no"});
  set.add(
      "separator", separator, "CHARACTER",
      "separator of the columns of a table: auto, comma, semicolon, tab, space (one or more), or the character itself");
  set.add("decimal", decimal, "CHARACTER", "decimal sign of a table: auto, a point or a comma");
  set.add("shape", shape, "CxHxW", "rows of a table are images of this shape").brief_help();
  set.add("y", y, "WHAT", "what the array y holds: auto (whole numbers are labels), labels or targets")
      .one_of({"auto", "labels", "targets"});
  set.add("layout", layout, "AXES",
          "where arrays of images with four axes hold their channels: NCHW first, NHWC last; auto: as the file says, "
          "otherwise by the extents")
      .one_of({"auto", "NCHW", "NHWC"});
  set.add("depth", depth, "BITS",
          "8: samples of 16 bits in pictures are divided by 257; not given: values above 255 are refused")
      .one_of({"8"});
  set.add("color", color, "MODE",
          "make all pictures gray or rgb; not given: as they are, and gray beside colored ones are refused")
      .one_of({"gray", "rgb"});
  set.add("background", background, "COLOR",
          "what shows through transparent pictures: white, #ff8000, 255,128,0 or 128; none: the colors as they are "
          "stored; not given: transparency is refused");
  set.add("split", split, "NAME", "split to make (default train), to read or to write").brief_help();
}

}  // namespace nn

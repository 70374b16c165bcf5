// SPDX-License-Identifier: MIT
#include "formats/convert_options.h"

namespace nn {

void ConvertOptions::declare(OptionSet& set) {
  set.add("in", in, "IN", "file or folder to read").as_operand().must().reads_file([this](const std::string& value) {
    return files_read(value, from);
  });
  set.add("out", out, "OUT", "file or folder to write; not given: HDF5 to standard output").as_operand().writes_file();
  const auto [read, written] = format_names();
  set.add("from", from, "FORMAT", "format of IN; not given: by its content and suffix").one_of(read).brief_help();
  set.add("to", to, "FORMAT", "format of OUT; not given: by its suffix").one_of(written).brief_help();
  formats.declare(set);
}

}  // namespace nn

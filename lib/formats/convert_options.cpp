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
  set.add("verify", verify, "DATA",
          "read the model that was written back, or compile and run C, and compare its predictions of this dataset; "
          "status 3 where they differ")
      .reads_file();
  set.add("tolerance", tolerance, "X", "with --verify: greatest difference, as a part of the largest output")
      .at_least(0);
  set.flag("propose", propose, "print layers that the weights in IN allow, and exit");
}

const std::string& ConvertOptions::target(const std::string& output) const {
  if (!out.empty() && !output.empty()) throw UsageError("OUT is named twice: as operand and with -o");
  return out.empty() ? output : out;
}

void ConvertOptions::check_models(const OptionSet& set, bool reads_foreign, bool writes) const {
  const Option* of_tolerance = set.find("tolerance");
  if (of_tolerance && of_tolerance->asks() && verify.empty()) throw UsageError("--tolerance goes with --verify");
  if (propose && !reads_foreign) throw UsageError("--propose has no effect: IN is no model of another program");
  if (!verify.empty() && (propose || !writes)) throw UsageError("--verify has no effect: no model is written");
}

}  // namespace nn

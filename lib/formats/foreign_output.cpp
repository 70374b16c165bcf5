// SPDX-License-Identifier: MIT
// Output in foreign formats appears whole or not at all, folders too.
#include <algorithm>
#include <set>

#include "base/text/names.h"
#include "formats/folder_output.h"
#include "formats/format.h"
#include "h5/writing/outfile.h"

namespace nn {

std::vector<ForeignFile> foreign_files(DatasetWriter& writer, const DatasetFormat& format, const Dataset& data,
                                       const FormatOptions& options) {
  if (format.columns.empty()) (void)data.sample_shape();
  std::set<std::string> lost;
  for (const Split& split : data.splits) {
    for (const Column* column : split.others())
      if (std::ranges::find(format.columns, column->name) == format.columns.end()) lost.insert(column->name);
    if (!format.columns.empty() && split.has_samples()) lost.insert(split.samples()->name);
  }
  const std::vector<std::string> names(lost.begin(), lost.end());
  if (!names.empty())
    options.warning(std::string("format ") + format.name + " has no place for " + quoted_list(names) + ": not written");
  return writer.write(data, options);
}

void write_files(const std::string& target, const char* format, bool is_folder, bool text,
                 const std::vector<ForeignFile>& files, const h5::OutRules& rules,
                 const std::function<bool()>& interrupted) {
  if (!is_folder) {
    h5::OutFile out(target, text ? h5::OutFile::Content::text : h5::OutFile::Content::binary, rules);
    out.commit(std::span<const std::byte>(files.at(0).bytes));
    return;
  }
  if (target.empty() || target == "-")
    throw UsageError(std::string("format ") + format + " writes a folder: name it as the second operand");
  if (rules.if_changed)
    throw UsageError(std::string("--if-changed goes with a file, format ") + format + " writes a folder");
  const auto go_on = [&] {
    if (interrupted && interrupted()) throw Error("interrupted");
  };
  go_on();  // from here on a signal is noted, and what is made is removed before it takes its way
  FolderOutput folder(target, rules.no_clobber);
  for (const ForeignFile& file : files) {
    go_on();
    folder.add(file.name, file.bytes);
  }
  go_on();
  folder.commit();
}

}  // namespace nn

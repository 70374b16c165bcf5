// SPDX-License-Identifier: MIT
// numpy.savez files: one array a member.
#include "formats/npy_dataset.h"
#include "formats/zip.h"
#include "h5/reader.h"

namespace nn {
namespace {

Dataset read_npz(const std::string& input, const FormatOptions& options) {
  const std::vector<std::byte> bytes = h5::read_bytes(input);
  return in_context(input == "-" ? "standard input" : input, [&] {
    std::vector<std::pair<std::string, NpyArray>> arrays;
    for (ZipMember& member : read_zip(bytes)) {
      if (!member.name.ends_with(".npy")) continue;
      const std::string name = member.name.substr(0, member.name.size() - 4);
      arrays.emplace_back(name, in_context(name, [&] { return parse_npy(member.bytes); }));
      member.bytes = {};
    }
    return dataset_from(arrays, options);
  });
}

std::vector<ForeignFile> write_npz(const Dataset& data, const FormatOptions& options) {
  Dataset chosen = data;
  if (!options.split.empty()) chosen.splits = {data.at(options.split)};
  std::vector<ZipMember> members;
  for (ForeignFile& file : arrays_of(chosen)) members.push_back({file.name, std::move(file.bytes)});
  return {{"", write_zip(members)}};
}
}  // namespace

extern const FormatType npz_format;
const FormatType npz_format{
    .name = "npz",
    .summary = "NumPy arrays x_train, y_train, x_test, y_test in one file",
    .suffixes = {".npz"},
    .folder = false,
    .read = read_npz,
    .write = write_npz,
    .write_table = nullptr,
};

}  // namespace nn

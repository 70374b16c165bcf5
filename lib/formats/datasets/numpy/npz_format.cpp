// SPDX-License-Identifier: MIT
// numpy.savez files: one array a member.
#include "data/zip.h"
#include "formats/datasets/numpy/npy_dataset.h"
#include "formats/intake.h"

namespace nn {
namespace {

const Content npz_content{.begins = is_zip};

Dataset read_npz(const std::string& input, const NumpyOptions& options) {
  std::vector<std::byte> bytes = unpacked_bytes(input, options, npz_content);
  return in_context(input == "-" ? "standard input" : input, [&] {
    NamedArrays arrays;
    for (ZipMember& member :
         read_zip(bytes, options.budget, [](const std::string& name) { return name.ends_with(".npy"); })) {
      const std::string name = member.name.substr(0, member.name.size() - 4);
      arrays.emplace_back(name, in_context(name, [&] { return parse_npy(std::move(member.bytes)); }));
    }
    bytes = {};
    return dataset_from(std::move(arrays), options);
  });
}

std::vector<ForeignFile> write_npz(const Dataset& data, const NumpyOptions& options) {
  Dataset chosen = data;
  if (!options.split.empty()) chosen.splits = {data.at(options.split)};
  std::vector<ZipMember> members;
  for (ForeignFile& file : arrays_of(chosen, options)) members.push_back({file.name, std::move(file.bytes)});
  return {{"", write_zip(members)}};
}
}  // namespace

extern const DatasetFormat npz_format;
const DatasetFormat npz_format{
    .name = "npz",
    .summary = "NumPy arrays x_train, y_train, x_test, y_test in one file",
    .suffixes = {".npz"},
    .folder = false,
    .text = false,
    .content = &npz_content,
    .reader = reader_with<NumpyOptions, read_npz>,
    .writer = writer_with<NumpyOptions, write_npz>,
};

}  // namespace nn

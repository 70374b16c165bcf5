// SPDX-License-Identifier: MIT
// Zip archives of arrays as data sets, at most 64 MiB unpacked.
#include "data/dataset.h"
#include "entry.h"
#include "formats/npy_dataset.h"
#include "formats/zip.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    std::vector<std::pair<std::string, NpyArray>> arrays;
    for (const ZipMember& member : read_zip(fuzz::bytes_of(data, size), size_t{1} << 26)) {
      std::string name = member.name;
      if (name.ends_with(".npy")) name.resize(name.size() - 4);
      arrays.emplace_back(name, parse_npy(member.bytes));
    }
    check(dataset_from(arrays, {}), "what was accepted");
  });
  return 0;
}

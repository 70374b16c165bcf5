// SPDX-License-Identifier: MIT
// Zip archives of arrays as data sets.
#include "data/dataset.h"
#include "data/zip.h"
#include "entry.h"
#include "formats/datasets/numpy/npy_dataset.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    NamedArrays arrays;
    for (ZipMember& member : read_zip(fuzz::bytes_of(data, size), Budget(uint64_t{1} << 31))) {
      std::string name = member.name;
      if (name.ends_with(".npy")) name.resize(name.size() - 4);
      arrays.emplace_back(name, parse_npy(std::move(member.bytes)));
    }
    check(dataset_from(std::move(arrays), {}), "what was accepted");
  });
  return 0;
}

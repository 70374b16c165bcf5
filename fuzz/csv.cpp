// SPDX-License-Identifier: MIT
// Tables of text as data sets. The first byte chooses separator and options.
#include "data/dataset.h"
#include "entry.h"
#include "file.h"
#include "formats/datasets/csv/csv_dataset.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  CsvOptions options;
  if (choice & 2) options.label = choice & 4 ? "-1" : "class";
  if (choice & 8) options.target = {choice & 16 ? "y" : "2"};
  if (choice & 32) options.header = choice & 64 ? "no" : "yes";
  if (choice & 128) options.shape = "1x2x2";
  const fuzz::MemoryFile file(data + 1, size - 1);
  fuzz::refusals_are_fine([&] {
    const Dataset read = read_delimited(file.name(), choice & 1 ? '\t' : ',', options);
    check(read, "what was accepted");
    for (const Split& split : read.splits) {
      fuzz::expect(split.labels().empty() || split.labels().size() == static_cast<size_t>(split.size()),
                   "a label a row");
      for (const int32_t label : split.labels())
        fuzz::expect(label >= 0 && label < read.class_count(), "labels name classes");
    }
  });
  return 0;
}

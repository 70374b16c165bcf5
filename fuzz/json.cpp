// SPDX-License-Identifier: MIT
// What is accepted is written and read again to the same text.
#include "base/text/json.h"

#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    const std::string once = Json::parse(fuzz::text_of(data, size)).dump();
    fuzz::expect(Json::parse(once).dump() == once, "JSON reads back");
    const std::string indented = Json::parse(once).dump(1);
    fuzz::expect(Json::parse(indented).dump() == once, "indented JSON reads back");
  });
  return 0;
}

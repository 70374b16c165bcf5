// SPDX-License-Identifier: MIT
// The layer language. The first byte chooses input shape and framework; what is accepted means the same when its own
// text is read again.
#include "base/framework_rules.h"
#include "entry.h"
#include "graph/graph.h"
#include "model/network.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const Shape shapes[] = {{1, 28, 28}, {3, 8, 8}, {4}, {1}, {2, 1, 7}, {784}};
  static const char* likes[] = {"pytorch", "keras", "keras-jax", "keras-torch"};
  fuzz::refusals_are_fine([&] {
    const Network network(fuzz::text_of(data + 1, size - 1), shapes[data[0] % std::size(shapes)],
                          like_named(likes[data[0] / 8 % std::size(likes)]));
    const Network again(network.text(), network.input());
    fuzz::expect(again.text() == network.text(), "a network's text reads back");
    fuzz::expect(again.output() == network.output(), "a network's text gives the same output");
    (void)network.lower();
  });
  return 0;
}

// SPDX-License-Identifier: MIT
// Archives of TorchScript give their weights to layers that are named, and say so.
#include <cmath>

#include "catch.h"
#include "formats/models/model_of.h"
#include "formats/reading.h"
#include "golden_outputs.h"
#include "paths.h"

using namespace nn;
using Catch::Matchers::Contains;

namespace {

std::string in_golden(const std::string& name) {
  return nn_test::source_folder() + "/tests/golden/torchscript/" + name;
}

ForeignModel as_read(const std::string& name) {
  const ModelFormat* format = model_input_format(in_golden(name), "", {});
  REQUIRE(format != nullptr);
  REQUIRE(format->name == std::string("pth"));
  const auto reader = format->reader();
  OptionSet set;
  reader->options(set);
  return reader->read(in_golden(name), {});
}

}  // namespace

TEST_CASE("torchscript: weights without code, which the reader says", "[torchscript]") {
  ModelReading reading;
  reading.layers = "conv:4,3,pad=1,bias=false bn relu conv:4,3,pad=1 relu maxpool:2 flatten dense:3";
  reading.input = "1x8x8";
  const auto [x, y] = nn_test::golden(in_golden("outputs.npz"));
  for (const char* name : {"scripted.pt", "traced.pt"}) {
    INFO(name);
    const ForeignModel read = as_read(name);
    CHECK(read.layers.empty());
    REQUIRE(read.notes.size() == 1);
    CHECK_THAT(read.notes[0], Contains("archive of TorchScript: its weights are read, its code is not"));
    CHECK_THROWS_WITH(model_of(read, {}, {}, name),
                      Contains("weights without an architecture") && Contains("--layers"));
    const std::vector<double> found = nn_test::outputs(model_of(read, reading, {}, name), x.values, x.dims[0]);
    REQUIRE(found.size() == y.values.size());
    double largest = 0, worst = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      largest = std::max(largest, std::abs(y.values[i]));
      worst = std::max(worst, std::abs(found[i] - y.values[i]));
    }
    CHECK(worst <= 1e-6 * largest);
  }
}

TEST_CASE("torchscript: an archive whose weights are constants of its code is refused", "[torchscript]") {
  CHECK_THROWS_WITH(as_read("frozen.pt"), Contains("torch.jit.freeze") && Contains("save the module before that"));
}

// SPDX-License-Identifier: MIT
// Pixels on another scale than the model's are told, whatever their type is; values that only do not reach the ends are
// not.
#include "train/engine/pixel_range.h"

#include "catch.h"
#include "model/model_file.h"
#include "synthetic.h"
#include "talk.h"
#include "train/engine/align.h"
#include "train/engine/fine_tune.h"

using namespace nn;

namespace {

/// Whole pixels from 0 to `most`, or the same divided by `divisor` as floats.
Dataset pictures(int most, float divisor = 0) {
  Dataset data;
  data.valid_max = divisor > 0 ? 255 : most;
  for (const char* name : {"train", "test"}) {
    Split split;
    split.name = name;
    split.set_samples(h5::Array(divisor > 0 ? h5::Type::f32 : h5::Type::u8, {12, 1, 2, 2}));
    for (size_t i = 0; i < 48; ++i) {
      const auto value = static_cast<int>(i * 7 % static_cast<size_t>(most + 1));
      if (divisor > 0)
        split.samples()->values.as<float>()[i] = static_cast<float>(value) / divisor;
      else
        split.samples()->values.as<uint8_t>()[i] = static_cast<uint8_t>(value);
    }
    std::vector<int32_t> labels;
    for (int i = 0; i < 12; ++i) labels.push_back(i % 2);
    split.set("labels", labels);
    data.splits.push_back(std::move(split));
  }
  return data;
}

Model trained(const Dataset& data) {
  TrainOptions o;
  o.model = "flatten dense:2";
  o.epochs = 1;
  return read_model(h5::Reader::of_bytes(write_model(train_quietly(o, data), {}, false), "m.h5", "model"));
}

std::string warned(const Model& model, const Dataset& data) {
  const std::vector<std::string> warnings = align(model, data).warnings();
  return warnings.empty() ? "" : warnings.front();
}

}  // namespace

TEST_CASE("pixels: whole numbers and floats of another scale are told to a model of the other", "[range]") {
  const Dataset whole = pictures(16), scaled = pictures(16, 16), plain = pictures(16, 1);
  const Model of_whole = trained(whole), of_scaled = trained(scaled), of_plain = trained(plain);
  CHECK_FALSE(of_scaled.valid_max);
  CHECK((*of_scaled.least == 0 && *of_scaled.greatest == 1));
  CHECK_THAT(warned(of_whole, scaled), Contains("floats from 0 to 1") && Contains("whole pixels from 0 to 16"));
  CHECK_THAT(warned(of_scaled, whole), Contains("whole pixels from 0 to 16") && Contains("floats from 0 to 1"));
  CHECK_THAT(warned(of_scaled, plain), Contains("floats from 0 to 16") && Contains("floats from 0 to 1"));
  CHECK_THAT(warned(of_whole, pictures(255)), Contains("--range 0:16"));
  CHECK(warned(of_whole, plain).empty());
  CHECK(warned(of_plain, whole).empty());
  CHECK(warned(of_whole, whole).empty());
  CHECK(warned(of_scaled, scaled).empty());
  CHECK(warned(of_scaled, pictures(12, 16)).empty());
  Dataset centred = scaled;
  for (Split& split : centred.splits)
    for (float& v : split.samples()->values.as<float>()) v = 2 * v - 1;
  CHECK_THAT(warned(of_scaled, centred), Contains("floats from -1 to 1"));
}

TEST_CASE("--init says what the weights of another range expect, and that nameless features are matched by number",
          "[range]") {
  const auto said = [](const Model& from, const Dataset& data) {
    return nn_test::talk_of([&] { warn_of_other_recipe(from, data, "m.h5", Log("test")); });
  };
  const Model model = trained(pictures(16));
  CHECK_THAT(said(model, pictures(255)), Contains("range from 0 to 255") && Contains("0 to 16"));
  CHECK_THAT(said(model, pictures(16, 16)), Contains("floats from 0 to 1"));
  CHECK(said(model, pictures(16)).empty());
  Dataset table = blob_data();
  TrainOptions o;
  o.model = "dense:3";
  o.epochs = 1;
  Model of_table = train_quietly(o, table);
  CHECK(said(of_table, table).empty());
  table.feature_names = {"u", "v", "w", "x"};
  CHECK_THAT(said(of_table, table), Contains("names no features") && Contains("matched by number"));
  of_table.feature_names = table.feature_names;
  CHECK(said(of_table, table).empty());
  table.feature_names.clear();
  CHECK_THAT(said(of_table, table), Contains("the dataset does not") && Contains("matched by number"));
}

// SPDX-License-Identifier: MIT
#include "catch.h"
#include "pictures.h"
#include "plot/image_grid.h"

using namespace nn;
using namespace nn_test;

TEST_CASE("pixels are shown from valid_min to valid_max") {
  Files files;
  Dataset data = read_dataset(files.data());
  data.valid_max = 16;
  for (uint8_t& v : data.splits[0].samples()->values.as<uint8_t>()) v = static_cast<uint8_t>(v % 17);
  data.splits[0].samples()->values.as<uint8_t>()[0] = 16;
  data.splits[0].samples()->values.as<uint8_t>()[1] = 4;
  const Tile tile = tile_of(data.splits[0], 0, shades_of(data, data.splits[0]));
  CHECK(tile.rgb[0] == 255);
  CHECK(tile.rgb[3] == 64);
  data.valid_min = 8;
  CHECK(tile_of(data.splits[0], 0, shades_of(data, data.splits[0])).rgb[3] == 0);
}

TEST_CASE("samples and predictions: float images are shown from 0 to 1, or from the least to the greatest value") {
  Files files;
  Dataset data = read_dataset(files.data());
  Split& split = data.splits[0];
  h5::Array floats(h5::Type::f32, split.x().shape);
  for (float& v : floats.as<float>()) v = 0.25F;
  split.set_samples(floats);
  CHECK(tile_of(split, 0, shades_of(data, split)).rgb[0] == 64);
  split.samples()->values.as<float>()[0] = -1, split.samples()->values.as<float>()[1] = 3;
  const Tile tile = tile_of(split, 0, shades_of(data, split));
  CHECK(tile.rgb[0] == 0);
  CHECK(tile.rgb[3] == 255);
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(files.predictions());
  inputs.push_back(h5::Reader::open(folder.put("floats.h5", write_dataset(data, {}, true))));
  CHECK(drawn("predictions", inputs)->table().rows.size() == 2);
  inputs.erase(inputs.begin());
  CHECK(drawn("samples", inputs)->table().rows[0][3].number() == -1);
}

TEST_CASE("samples: a split of columns only is refused by their names") {
  Dataset data;
  data.splits.emplace_back();
  data.splits[0].name = "train";
  data.splits[0].set(Column{"tokens", h5::Array::of(std::vector<int32_t>{7, 8, 9}), {0, 1, 3}});
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("tokens.h5", write_dataset(data, {}, true))));
  CHECK_THROWS_WITH(drawn("samples", inputs), Contains("/train: no images or features, only tokens"));
}

TEST_CASE("samples and filters: values as they are") {
  const Files files;
  const TextTable samples = picture("samples", files)->table();
  REQUIRE(samples.rows.size() == 4);
  CHECK(samples.columns.size() == 33);
  CHECK(samples.rows[0][3].integer() == 7);
  CHECK(samples.rows[0][2].string() == "cat");
  Said options;
  options["rows"] = "2:4";
  CHECK(picture("samples", files, options)->table().rows[0][0].integer() == 2);
  const TextTable filters = picture("filters", files)->table();
  REQUIRE(filters.rows.size() == 2);
  CHECK(filters.rows[0][5].number() == -1);
  CHECK_THROWS_WITH(picture("filters", files, {{"layer", "conv2"}}), Contains("conv1"));
}

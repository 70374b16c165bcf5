// SPDX-License-Identifier: MIT
#include "catch.h"
#include "pictures.h"

using namespace nn;
using namespace nn_test;

TEST_CASE("confusion: golden table from metrics, counted from predictions") {
  const Files files;
  CHECK(picture("confusion", files)->table().text() ==
        "true\tcat\tit's `id` \"dog\"\teel\ncat\t1\t0\t0\nit's `id` \"dog\"\t0\t1\t1\neel\t0\t0\t1\n");
  std::vector<h5::Reader> one;
  one.push_back(files.predictions());
  const TextTable counted = drawn("confusion", one)->table();
  CHECK(counted.rows[1][2].integer() == 1);
  CHECK(counted.rows[1][3].integer() == 1);
  std::vector<h5::Reader> wrong;
  wrong.push_back(files.model());
  CHECK_THROWS_WITH(drawn("confusion", wrong), Contains("model holds no confusion"));
}

TEST_CASE("confusion: too many classes are told before anything is taken for them") {
  const Folder folder;
  Predictions p;
  p.split = "test";
  p.sample = {0};
  p.labels = p.predicted = {7};
  p.classes = 40000;
  p.probability.assign(40000, 0.000025F);
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("many.h5", write_predictions(p, {}, {}, true))));
  CHECK_THROWS_WITH(drawn("confusion", inputs), Contains("40000 classes are too many"));
}

// SPDX-License-Identifier: MIT
#include "catch.h"
#include "pictures.h"

using namespace nn;
using namespace nn_test;

TEST_CASE("predictions: rows of their split, wrong ones are marked") {
  Files files;
  const auto all = picture("predictions", files)->table();
  REQUIRE(all.rows.size() == 2);
  CHECK(all.columns ==
        std::vector<std::string>{"row", "label", "label_name", "predicted", "predicted_name", "confidence", "right"});
  CHECK(all.rows[0][0].integer() == 1);
  CHECK(all.rows[1][0].integer() == 3);
  CHECK(all.rows[0][5].number() == 0.5);
  CHECK(all.rows[1][6].integer() == 0);
  CHECK(all.rows[1][4].string() == "eel");
  Said options;
  options["wrong"] = "true";
  CHECK(picture("predictions", files, options)->table().rows.size() == 1);
  CHECK_THAT(picture("predictions", files, options)->script(),
             Contains("eel (75 %)") && Contains("set object rectangle") && Contains(": 1 of 2 wrong'"));
  options["split"] = "train";
  CHECK_THROWS_WITH(picture("predictions", files, options), Contains("split test") && Contains("train"));
  // Rows are those of the split, not places in the file.
  Said row;
  row["rows"] = "3";
  REQUIRE(picture("predictions", files, row)->table().rows.size() == 1);
  CHECK(picture("predictions", files, row)->table().rows[0][0].integer() == 3);
  row["rows"] = "0";
  CHECK_THROWS_WITH(picture("predictions", files, row), Contains("row 0 of split test was not predicted"));

  std::vector<h5::Reader> old;
  old.push_back(files.old_predictions());
  old.push_back(files.data());
  CHECK(drawn("predictions", old)->table().text() == all.text());
}

TEST_CASE("predictions: another split, another dataset and another numbering of classes") {
  Files files;
  Dataset data = read_dataset(files.data());
  const Folder folder;
  const auto redrawn = [&](const Dataset& over) {
    std::vector<h5::Reader> inputs;
    inputs.push_back(files.predictions());
    inputs.push_back(h5::Reader::open(folder.put("over.h5", write_dataset(over, {}, true))));
    return drawn("predictions", inputs)->table().text();
  };
  const std::string same = redrawn(data);
  Dataset numbered = data;
  std::swap(numbered.classes[0], numbered.classes[1]);
  for (int32_t& label : numbered.splits[0].labels()) label = label == 2 ? 2 : 1 - label;
  CHECK(redrawn(numbered) == same);
  Dataset other = data;
  other.splits[0].labels()[1] = 0;
  CHECK_THROWS_WITH(redrawn(other), Contains("row 1 of split test") && Contains("cat"));
  other = data;
  other.splits[0].name = "train";
  CHECK_THROWS_WITH(redrawn(other), Contains("'test'") && Contains("train"));
}

TEST_CASE("predictions: another dataset is refused by its samples, with labels that agree and without labels") {
  Files files;
  const Folder folder;
  Dataset data = read_dataset(files.data());
  Predictions p = read_predictions(files.predictions());
  p.samples_sum = samples_sum(files.data(), "test");
  const auto redrawn = [&](const Dataset& over) {
    std::vector<h5::Reader> inputs;
    inputs.push_back(
        h5::Reader::open(folder.put("p.h5", write_predictions(p, h5::read_classes(files.predictions()), {}, true))));
    inputs.push_back(h5::Reader::open(folder.put("over.h5", write_dataset(over, {}, true))));
    return drawn("predictions", inputs)->table().rows.size();
  };
  Dataset other = data;
  other.splits[0].samples()->values.as<uint8_t>()[0] ^= 1;
  // Another split beside it, labels and names do not matter: the samples are the same.
  Dataset more = data;
  more.splits.push_back(other.splits[0]);
  more.splits.back().name = "train";
  for (const bool labelled : {true, false}) {
    if (!labelled) {
      p.labels.clear();
      for (Dataset* d : {&data, &other, &more})
        for (Split& split : d->splits) split.remove("labels");
    }
    CHECK(redrawn(data) == 2);
    CHECK(redrawn(more) == 2);
    CHECK_THROWS_WITH(redrawn(other), Contains("p.h5") && Contains("other samples") && Contains("over.h5"));
  }
}

TEST_CASE("predictions: all rows that are asked for are shown, ten in a line, unless a grid says how many") {
  Dataset data;
  data.classes = {"a", "b"};
  Split split;
  split.name = "test";
  split.set_samples(h5::Array(h5::Type::u8, {30, 1, 2, 2}));
  Predictions p;
  p.split = "test";
  p.classes = 2;
  for (int64_t i = 0; i < 30; ++i) {
    p.sample.push_back(i);
    p.labels.push_back(static_cast<int32_t>(i % 2));
    p.predicted.push_back(0);
    p.probability.insert(p.probability.end(), {0.75F, 0.25F});
  }
  split.set("labels", p.labels);
  split.number_rows();
  data.splits.push_back(split);
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("p.h5", write_predictions(p, data.classes, {}, true))));
  inputs.push_back(h5::Reader::open(folder.put("d.h5", write_dataset(data, {}, true))));
  const auto rows_of = [&](const char* rows, const char* grid, bool wrong) {
    Said options;
    options["rows"] = rows, options["grid"] = grid;
    if (wrong) options["wrong"] = "true";
    std::vector<int64_t> rows_shown;
    for (const auto& row : drawn("predictions", inputs, options)->table().rows) rows_shown.push_back(row[0].integer());
    return rows_shown;
  };
  CHECK(rows_of("", "", false).size() == 10);
  CHECK(rows_of("3:28", "", false).size() == 25);
  CHECK(rows_of("3:28", "", false).back() == 27);
  CHECK(rows_of("3:28", "", true).size() == 13);
  CHECK(rows_of("29,0,5", "", false) == std::vector<int64_t>{29, 0, 5});
  CHECK(rows_of("3:28", "5x5", false).size() == 25);
  CHECK_THROWS_WITH(rows_of("3:28", "3x4", false), Contains("--grid 3x4 has 12 places") && Contains("25 samples"));
  CHECK(rows_of("3:28", "3x4", true).size() == 12);
  CHECK_THROWS_WITH(rows_of("0,2", "", true), Contains("no prediction of --rows 0,2 is wrong"));
  inputs.erase(inputs.begin());
  Said samples;
  samples["rows"] = "0:20";
  CHECK(drawn("samples", inputs, samples)->table().rows.size() == 20);
  samples["grid"] = "2x5";
  CHECK_THROWS_WITH(drawn("samples", inputs, samples),
                    Contains("--grid 2x5 has 10 places") && Contains("--rows 0:20 names 20 samples"));
}

TEST_CASE("a wrong prediction is never 100 % sure") {
  Files files;
  Predictions p = read_predictions(files.predictions());
  p.probability = {0, 1, 0, 0, 0, 1};
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(
      h5::Reader::open(folder.put("p.h5", write_predictions(p, h5::read_classes(files.predictions()), {}, true))));
  inputs.push_back(files.data());
  const std::string script = drawn("predictions", inputs)->script();
  CHECK_THAT(script, Contains("(100 %)") && Contains("eel (>99 %)"));
}

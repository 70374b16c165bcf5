// SPDX-License-Identifier: MIT
#include <cmath>

#include "catch.h"
#include "info/file_report.h"
#include "info/model_report.h"
#include "result_files.h"
#include "results/result_table.h"

using namespace nn;
using namespace nn_test;

TEST_CASE("report: what each kind of file holds, as text and as JSON") {
  const Files files;
  // conv 2*(9+1) = 20 parameters and 2*9*4*3 = 216 products; dense 24*3+3 = 75 and 72.
  CHECK_THAT(report_text(files.model()), Contains("conv1") && Contains("216") && Contains("95") && Contains("288") &&
                                             Contains("2 epochs") && Contains("digest"));
  CHECK_THAT(report_text(files.model()), Contains("settings   epochs 2, seed 0\n"));  // what is empty is left out
  const Json model = report_json(files.model());
  CHECK(model.at("parameters").integer() == 95);
  CHECK(model.at("multiply_adds").integer() == 288);
  CHECK(model.at("history").at("loss").items()[1].number() == 0.25);
  CHECK_THAT(report_text(files.data()), Contains("Three kinds") && Contains("test") && Contains("images 1x6x5 uint8"));
  const Json data = report_json(files.data());
  CHECK(data.at("splits").at("test").at("class_counts").items()[1].integer() == 2);
  CHECK_THAT(report_text(files.metrics()), Contains("accuracy\t0.75"));
  CHECK(report_json(files.metrics()).at("kind").string() == "metrics");
  CHECK_THAT(report_text(files.predictions()), Contains("1 of 2 agree"));
}

TEST_CASE("report: numbers and answers of the settings are numbers and answers in JSON, and epochs are whole") {
  const Files files;
  Model model = read_model(files.model());
  model.settings = {{"epochs", "30"}, {"shuffle", "true"},   {"lr", "0.001"},
                    {"eps", "1e-7"},  {"validation", "val"}, {"clip-norm", "1,each=false"},
                    {"tag", "007"},   {"init", ""},          {"device", "-"}};
  model.rules = {{"momentum", "0.5"}, {"reduction", "mean"}};
  model.layers = "conv:2,3 relu flatten dropout:0.010000000000000009 dropout:0.12345678901234567 dense:3";
  model.history = {{"epoch", {1}}, {"loss", {1.5}}};
  const Folder folder;
  const h5::Reader file = h5::Reader::open(folder.put("m.h5", write_model(model, {}, true)));
  const Json json = model_json(file), settings = json.at("settings");
  CHECK(settings.at("epochs").dump(0) == "30");
  CHECK(settings.at("shuffle").dump(0) == "true");
  CHECK(settings.at("lr").number() == 0.001);
  CHECK(settings.at("eps").number() == 1e-7);
  for (const char* text : {"validation", "clip-norm", "tag", "init", "device"})
    CHECK_NOTHROW(settings.at(text).string());
  CHECK(json.at("rules").at("momentum").number() == 0.5);
  CHECK(json.at("rules").at("reduction").string() == "mean");
  CHECK(json.at("history").at("epoch").dump(0).find("1.0") == std::string::npos);
  CHECK(json.at("history").at("epoch").items()[0].integer() == 1);
  CHECK_THAT(report_text(file), Contains("trained    1 epoch; last:  loss 1.5\n"));
  // Layers in text have no digits of rounding; digits that mean something stay.
  CHECK(model_layers(file) == "conv:2,3 relu flatten dropout:0.01 dropout:0.12345678901234567 dense:3\n");
}

TEST_CASE("report: layers, diagram and plan of a model") {
  const Files files;
  CHECK(model_layers(files.model()) == "conv:2,3 relu flatten dense:3\n");
  CHECK_THAT(model_dot(files.model()), Contains("digraph") && Contains("conv1"));
  const auto backend = make_backend("ref", 1);
  CHECK_THAT(model_plan(files.model(), *backend, 4, true), Contains("batch 4") && Contains("conv"));
}

TEST_CASE("results: tables for other programs") {
  const Files files;
  CHECK(result_table(files.model()).text().starts_with("epoch\tloss\tval_loss\taccuracy\n1\t1.5\t"));
  CHECK_THAT(result_table(files.metrics()).text(),
             Contains("split\tmetric\tvalue\n") && Contains("test\taccuracy\t0.75\n"));
  const TextTable p = result_table(files.predictions());
  CHECK(p.columns.size() == 9);
  CHECK(p.columns[8] == "p(eel)");
  CHECK(p.rows[1][8].number() == 0.75);
  CHECK_THROWS_AS(result_table(files.data()), Error);
}

TEST_CASE("report: columns of any name are listed with their type, ragged ones with their values") {
  Dataset data;
  Split split;
  split.name = "train";
  split.set(Column{"text", h5::Array::of(std::vector<uint8_t>{'a', 'b', 'c'}), {0, 1, 3}});
  split.set("weights", std::vector<float>{1, 2});
  split.set("labels", std::vector<int32_t>{0, 1});
  data.splits.push_back(split);
  const Folder folder;
  const h5::Reader file = h5::Reader::open(folder.put("d.h5", write_dataset(data, {}, true)));
  CHECK_THAT(report_text(file),
             Contains("train") && Contains("2  labels, text uint8, ragged, 3 values, weights float32\n"));
  const Json columns = report_json(file).at("splits").at("train").at("columns");
  CHECK(columns.at("text").at("ragged").boolean());
  CHECK(columns.at("text").at("values").integer() == 3);
  CHECK(columns.at("weights").at("type").string() == "float32");
}

// SPDX-License-Identifier: MIT
#include "catch.h"
#include "pictures.h"

using namespace nn;
using namespace nn_test;

TEST_CASE("history: golden table, columns and panels") {
  const Files files;
  CHECK(picture("history", files)->table().text() ==
        "epoch\tloss\tval_loss\taccuracy\n1\t1.5\t1.25\t0.5\n2\t0.25\t0.5\t0.75\n");
  Said options;
  options["columns"] = "val_loss";
  CHECK(picture("history", files, options)->table().text() == "epoch\tval_loss\n1\t1.25\n2\t0.5\n");
  options["columns"] = "val_los";
  CHECK_THROWS_WITH(picture("history", files, options), Contains("did you mean") && Contains("val_loss"));
  std::vector<h5::Reader> two;
  two.push_back(files.model());
  two.push_back(files.model());
  const auto both = drawn("history", two);
  CHECK(both->table().columns[0] == "file");
  CHECK(both->table().rows.size() == 4);
}

TEST_CASE("history: by step, from the means that --history-every keeps") {
  const Files files;
  Said options;
  options["by"] = "step";
  const auto steps = picture("history", files, options);
  CHECK(steps->table().text() == "step\tloss\taccuracy\n50\t2.5\t0.25\n100\t1.5\t0.5\n150\t0.25\t0.75\n");
  CHECK_THAT(steps->script(), Contains("set xlabel 'step'") && Contains("set xtics 20 ") && Contains("150 0.25\n"));
  CHECK_THAT(steps->text(60), Contains("step"));
  options["columns"] = "gradient_norm";
  CHECK_THAT(picture("history", files, options)->script(), Contains("norm of the gradient") && Contains("150 NaN\n"));
  options["columns"] = "val_loss";
  CHECK_THROWS_WITH(picture("history", files, options), Contains("gradient_norm"));
  CHECK_THAT(picture("history", files)->script(), Contains("set xlabel 'epoch'"));

  std::vector<h5::Reader> two;
  two.push_back(files.model());
  two.push_back(files.model());
  options["columns"] = "";
  const TextTable both = drawn("history", two, options)->table();
  CHECK(both.columns == std::vector<std::string>{"file", "step", "loss", "accuracy"});
  CHECK(both.rows.size() == 6);

  Model plain = read_model(files.model());
  plain.steps.clear();
  const Folder folder;
  two.pop_back();
  two.push_back(h5::Reader::open(folder.put("plain.h5", write_model(plain, {}, true))));
  CHECK_THROWS_WITH(drawn("history", two, options), Contains("plain.h5: no steps") && Contains("--history-every N"));
}

TEST_CASE("history: an axis of accuracy ends at 1") {
  const Files files;
  Model model = read_model(files.model());
  model.history = {{"epoch", {1, 2}}, {"it's", {1, 2}}, {"accuracy", {0.9, 1}}};
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("m.h5", write_model(model, {}, true))));
  Said options;
  options["columns"] = "accuracy,it's";
  const auto p = drawn("history", inputs, options);
  CHECK_THAT(p->script(), Contains("set yrange [0.894:1]\n"));
  if (has_gnuplot()) CHECK_FALSE(render(*p, PictureForm::svg, "").empty());
}

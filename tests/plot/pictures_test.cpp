// SPDX-License-Identifier: MIT
#include <cstdlib>

#include "catch.h"
#include "files.h"
#include "plot/gnuplot.h"
#include "plot/plot.h"

using namespace nn;
using namespace nn_test;

namespace {
/// The files that a picture of the table is made of.
std::vector<h5::Reader> inputs_of(const PictureType& type, const Files& files) {
  std::vector<h5::Reader> inputs;
  const std::string words = type.inputs;
  if (words.find("PREDICTIONS") != std::string::npos) inputs.push_back(files.predictions());
  if (words.find("METRICS") != std::string::npos) inputs.push_back(files.metrics());
  if (words.find("MODEL") != std::string::npos) inputs.push_back(files.model());
  if (words.find("DATA") != std::string::npos) inputs.push_back(files.data());
  return inputs;
}
std::unique_ptr<Picture> picture(const std::string& name, const Files& files, const PlotOptions& options = {}) {
  const PictureType& type = find_in(picture_types(), name, "picture");
  const std::vector<h5::Reader> inputs = inputs_of(type, files);
  return type.make(inputs, options);
}
bool has_gnuplot() { return std::system("gnuplot --version >/dev/null 2>&1") == 0; }
std::string text_of(const std::vector<std::byte>& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
uint32_t big_endian(const std::string& s, size_t at) {
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(s[at + i]);
  return v;
}
}  // namespace

TEST_CASE("pictures: each of the table gives a table, text and a script, and the same again") {
  const Files files;
  for (const PictureType* type : picture_types()) {
    INFO(type->name);
    const auto p = picture(type->name, files);
    const TextTable table = p->table();
    CHECK_FALSE(table.rows.empty());
    for (const auto& row : table.rows) CHECK(row.size() == table.columns.size());
    CHECK_FALSE(p->text(80).empty());
    CHECK_THAT(p->script(), Contains("plot ") && !Contains("`id`\""));
    CHECK(p->script() == picture(type->name, files)->script());
  }
}

TEST_CASE("pictures: gnuplot draws each as png, svg and pdf") {
  if (!has_gnuplot()) NN_SKIP("gnuplot is not installed");
  const Files files;
  for (const PictureType* type : picture_types()) {
    INFO(type->name);
    const auto p = picture(type->name, files);
    const std::string png = text_of(render(*p, PictureForm::png, ""));
    REQUIRE(png.size() > 1000);
    CHECK(png.substr(1, 3) == "PNG");
    CHECK(big_endian(png, 16) == static_cast<uint32_t>(p->width));
    CHECK(big_endian(png, 20) == static_cast<uint32_t>(p->height));
    CHECK_THAT(text_of(render(*p, PictureForm::svg, "")), Contains("<svg") && Contains("</svg>"));
    CHECK(text_of(render(*p, PictureForm::pdf, "")).substr(0, 5) == "%PDF-");
  }
  CHECK(big_endian(text_of(render(*picture("history", files), PictureForm::png, "300x200")), 16) == 300);
  CHECK_THROWS_WITH(run_gnuplot("set terminal pngcairo\nplot nonsense(\n"), Contains("gnuplot drew no picture"));
}

TEST_CASE("pictures: names in a script are never run") {
  if (!has_gnuplot()) NN_SKIP("gnuplot is not installed");
  const Files files;
  PlotOptions options;
  options.title = "`touch " + files.folder() + "/ran` '; system('touch " + files.folder() + "/ran'); #\n\"";
  (void)render(*picture("history", files, options), PictureForm::svg, "");
  (void)render(*picture("samples", files, options), PictureForm::svg, "");
  CHECK_FALSE(std::filesystem::exists(files.folder() + "/ran"));
}

TEST_CASE("pictures: without gnuplot the package is named") {
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  ::setenv("PATH", "/nonexistent", 1);
  CHECK_THROWS_WITH(run_gnuplot("plot x\n"), Contains("gnuplot-nox") && Contains("-T text"));
  ::setenv("PATH", before.c_str(), 1);
}

TEST_CASE("history: golden table, columns and panels") {
  const Files files;
  CHECK(picture("history", files)->table().text() ==
        "epoch\tloss\tval_loss\taccuracy\n1\t1.5\t1.25\t0.5\n2\t0.25\t0.5\t0.75\n");
  PlotOptions options;
  options.columns = "val_loss";
  CHECK(picture("history", files, options)->table().text() == "epoch\tval_loss\n1\t1.25\n2\t0.5\n");
  options.columns = "val_los";
  CHECK_THROWS_WITH(picture("history", files, options), Contains("did you mean") && Contains("val_loss"));
  std::vector<h5::Reader> two;
  two.push_back(files.model());
  two.push_back(files.model());
  const auto both = find_in(picture_types(), "history", "picture").make(two, {});
  CHECK(both->table().columns[0] == "file");
  CHECK(both->table().rows.size() == 4);
}

TEST_CASE("history: by step, from the means that --history-every keeps") {
  const Files files;
  PlotOptions options;
  options.abscissa = "step";
  const auto steps = picture("history", files, options);
  CHECK(steps->table().text() == "step\tloss\taccuracy\n50\t2.5\t0.25\n100\t1.5\t0.5\n150\t0.25\t0.75\n");
  CHECK_THAT(steps->script(), Contains("set xlabel 'step'") && Contains("set xtics 20 ") && Contains("150 0.25\n"));
  CHECK_THAT(steps->text(60), Contains("step"));
  options.columns = "gradient_norm";
  CHECK_THAT(picture("history", files, options)->script(), Contains("norm of the gradient") && Contains("150 NaN\n"));
  options.columns = "val_loss";
  CHECK_THROWS_WITH(picture("history", files, options), Contains("gradient_norm"));
  CHECK_THAT(picture("history", files)->script(), Contains("set xlabel 'epoch'"));

  const PictureType& history = find_in(picture_types(), "history", "picture");
  std::vector<h5::Reader> two;
  two.push_back(files.model());
  two.push_back(files.model());
  options.columns = "";
  const TextTable both = history.make(two, options)->table();
  CHECK(both.columns == std::vector<std::string>{"file", "step", "loss", "accuracy"});
  CHECK(both.rows.size() == 6);

  Model plain = read_model(files.model());
  plain.steps.clear();
  const Folder folder;
  two.pop_back();
  two.push_back(h5::Reader::open(folder.put("plain.h5", write_model(plain, {}, true))));
  CHECK_THROWS_WITH(history.make(two, options), Contains("plain.h5: no steps") && Contains("--history-every N"));
}

TEST_CASE("confusion: golden table from metrics, counted from predictions") {
  const Files files;
  CHECK(picture("confusion", files)->table().text() ==
        "true\tcat\tit's `id` \"dog\"\teel\ncat\t1\t0\t0\nit's `id` \"dog\"\t0\t1\t1\neel\t0\t0\t1\n");
  std::vector<h5::Reader> one;
  one.push_back(files.predictions());
  const TextTable counted = find_in(picture_types(), "confusion", "picture").make(one, {})->table();
  CHECK(counted.rows[1][2].integer() == 1);
  CHECK(counted.rows[1][3].integer() == 1);
  std::vector<h5::Reader> wrong;
  wrong.push_back(files.model());
  CHECK_THROWS_WITH(find_in(picture_types(), "confusion", "picture").make(wrong, {}), Contains("model holds no confusion"));
}

TEST_CASE("predictions: rows are found by sample, wrong ones are marked") {
  const Files files;
  const auto all = picture("predictions", files)->table();
  REQUIRE(all.rows.size() == 2);
  CHECK(all.rows[0][0].integer() == 11);
  CHECK(all.rows[0][4].number() == 0.5);
  CHECK(all.rows[1][5].integer() == 0);
  PlotOptions options;
  options.wrong = true;
  CHECK(picture("predictions", files, options)->table().rows.size() == 1);
  CHECK_THAT(picture("predictions", files, options)->script(), Contains("eel (75 %)") && Contains("set object rectangle"));
}

TEST_CASE("samples and filters: values as they are") {
  const Files files;
  const TextTable samples = picture("samples", files)->table();
  REQUIRE(samples.rows.size() == 4);
  CHECK(samples.columns.size() == 33);
  CHECK(samples.rows[0][3].integer() == 7);
  CHECK(samples.rows[0][2].string() == "cat");
  PlotOptions options;
  options.rows = "2:4";
  CHECK(picture("samples", files, options)->table().rows[0][0].integer() == 2);
  const TextTable filters = picture("filters", files)->table();
  REQUIRE(filters.rows.size() == 2);
  CHECK(filters.rows[0][5].number() == -1);
  options.layer = "conv2";
  CHECK_THROWS_WITH(picture("filters", files, options), Contains("conv1"));
}

TEST_CASE("pictures: a file of another kind is refused by each, by name") {
  const Files files;
  for (const PictureType* type : picture_types()) {
    INFO(type->name);
    for (int kind = 0; kind < 4; ++kind) {
      std::vector<h5::Reader> inputs;
      for (size_t i = 0; i < type->least; ++i) inputs.push_back(kind == 0 ? files.data() : kind == 1 ? files.model() : kind == 2 ? files.metrics() : files.predictions());
      try {
        (void)type->make(inputs, {});
      } catch (const Error& e) {
        CHECK_THAT(std::string(e.what()), Contains(".h5: ") || Contains(".h5 and "));
      }
    }
  }
}

TEST_CASE("pictures: the suffix tells the form") {
  CHECK(picture_form("", "") == PictureForm::table);
  CHECK(picture_form("", "a.b/loss") == PictureForm::table);
  CHECK(picture_form("", "loss.svg") == PictureForm::svg);
  CHECK(picture_form("text", "loss.svg") == PictureForm::text);
  CHECK_THROWS_WITH(picture_form("", "loss.jpg"), Contains("'jpg'"));
  CHECK_THROWS_AS(parse_grid("2"), UsageError);
  CHECK_THROWS_AS(parse_grid("0x5"), UsageError);
  CHECK(parse_grid("2x5") == std::pair<int64_t, int64_t>(2, 5));
}

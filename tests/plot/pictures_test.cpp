// SPDX-License-Identifier: MIT
#include <cstdlib>

#include "catch.h"
#include "plot/gnuplot.h"
#include "plot/image_grid.h"
#include "plot/plot.h"
#include "result_files.h"
#include "results/metrics.h"
#include "results/metrics_file.h"
#include "results/predictions.h"
#include "results/predictions_file.h"

using namespace nn;
using namespace nn_test;

namespace {
/// The files that a picture of the table is made of.
std::vector<h5::Reader> inputs_of(const PictureType& type, const Files& files) {
  std::vector<h5::Reader> inputs;
  const std::string words = type.inputs;
  if (words.starts_with("PREDICTIONS")) inputs.push_back(files.predictions());
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
std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
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

TEST_CASE("pictures: gnuplot draws each as png, svg and pdf", "[needs-gnuplot]") {
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
  CHECK(big_endian(text_of(render(*picture("history", files), PictureForm::png, "600x300")), 16) == 600);
  CHECK_THROWS_WITH(run_gnuplot("set terminal pngcairo\nplot nonsense(\n"), Contains("gnuplot drew no picture"));
}

TEST_CASE("pictures: names in a script are never run", "[needs-gnuplot]") {
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
  CHECK_THROWS_WITH(find_in(picture_types(), "confusion", "picture").make(wrong, {}),
                    Contains("model holds no confusion"));
}

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
  PlotOptions options;
  options.wrong = true;
  CHECK(picture("predictions", files, options)->table().rows.size() == 1);
  CHECK_THAT(picture("predictions", files, options)->script(),
             Contains("eel (75 %)") && Contains("set object rectangle") && Contains(": 1 of 2 wrong'"));
  options.split = "train";
  CHECK_THROWS_WITH(picture("predictions", files, options), Contains("split test") && Contains("train"));
  // Rows are those of the split, not places in the file.
  PlotOptions row;
  row.rows = "3";
  REQUIRE(picture("predictions", files, row)->table().rows.size() == 1);
  CHECK(picture("predictions", files, row)->table().rows[0][0].integer() == 3);
  row.rows = "0";
  CHECK_THROWS_WITH(picture("predictions", files, row), Contains("row 0 of split test was not predicted"));

  const PictureType& type = find_in(picture_types(), "predictions", "picture");
  std::vector<h5::Reader> old;
  old.push_back(files.old_predictions());
  old.push_back(files.data());
  CHECK(type.make(old, {})->table().text() == all.text());
}

TEST_CASE("predictions: another split, another dataset and another numbering of classes") {
  Files files;
  const PictureType& type = find_in(picture_types(), "predictions", "picture");
  Dataset data = read_dataset(files.data());
  const Folder folder;
  const auto drawn = [&](const Dataset& over) {
    std::vector<h5::Reader> inputs;
    inputs.push_back(files.predictions());
    inputs.push_back(h5::Reader::open(folder.put("over.h5", write_dataset(over, {}, true))));
    return type.make(inputs, {})->table().text();
  };
  const std::string same = drawn(data);
  Dataset numbered = data;
  std::swap(numbered.classes[0], numbered.classes[1]);
  for (int32_t& label : numbered.splits[0].labels) label = label == 2 ? 2 : 1 - label;
  CHECK(drawn(numbered) == same);
  Dataset other = data;
  other.splits[0].labels[1] = 0;
  CHECK_THROWS_WITH(drawn(other), Contains("row 1 of split test") && Contains("cat"));
  other = data;
  other.splits[0].name = "train";
  CHECK_THROWS_WITH(drawn(other), Contains("'test'") && Contains("train"));
}

TEST_CASE("predictions: another dataset is refused by its samples, with labels that agree and without labels") {
  Files files;
  const Folder folder;
  const PictureType& type = find_in(picture_types(), "predictions", "picture");
  Dataset data = read_dataset(files.data());
  Predictions p = read_predictions(files.predictions());
  p.samples_sum = samples_sum(files.data(), "test");
  const auto drawn = [&](const Dataset& over) {
    std::vector<h5::Reader> inputs;
    inputs.push_back(
        h5::Reader::open(folder.put("p.h5", write_predictions(p, h5::read_classes(files.predictions()), {}, true))));
    inputs.push_back(h5::Reader::open(folder.put("over.h5", write_dataset(over, {}, true))));
    return type.make(inputs, {})->table().rows.size();
  };
  Dataset other = data;
  other.splits[0].x.as<uint8_t>()[0] ^= 1;
  // Another split beside it, labels and names do not matter: the samples are the same.
  Dataset more = data;
  more.splits.push_back(other.splits[0]);
  more.splits.back().name = "train";
  for (const bool labelled : {true, false}) {
    if (!labelled) {
      p.labels.clear();
      for (Dataset* d : {&data, &other, &more})
        for (Split& split : d->splits) split.labels.clear();
    }
    CHECK(drawn(data) == 2);
    CHECK(drawn(more) == 2);
    CHECK_THROWS_WITH(drawn(other), Contains("p.h5") && Contains("other samples") && Contains("over.h5"));
  }
}

TEST_CASE("predictions: all rows that are asked for are shown, ten in a line, unless a grid says how many") {
  Dataset data;
  data.classes = {"a", "b"};
  Split split;
  split.name = "test";
  split.x = h5::Array(h5::Type::u8, {30, 1, 2, 2});
  Predictions p;
  p.split = "test";
  p.classes = 2;
  for (int64_t i = 0; i < 30; ++i) {
    split.labels.push_back(static_cast<int32_t>(i % 2));
    split.sample.push_back(i);
    p.sample.push_back(i);
    p.labels.push_back(static_cast<int32_t>(i % 2));
    p.predicted.push_back(0);
    p.probability.insert(p.probability.end(), {0.75F, 0.25F});
  }
  data.splits.push_back(split);
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("p.h5", write_predictions(p, data.classes, {}, true))));
  inputs.push_back(h5::Reader::open(folder.put("d.h5", write_dataset(data, {}, true))));
  const auto rows_of = [&](const char* rows, const char* grid, bool wrong) {
    PlotOptions options;
    options.rows = rows, options.grid = grid, options.wrong = wrong;
    std::vector<int64_t> rows_shown;
    for (const auto& row : find_in(picture_types(), "predictions", "picture").make(inputs, options)->table().rows)
      rows_shown.push_back(row[0].integer());
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
  PlotOptions samples;
  samples.rows = "0:20";
  CHECK(find_in(picture_types(), "samples", "picture").make(inputs, samples)->table().rows.size() == 20);
  samples.grid = "2x5";
  CHECK_THROWS_WITH(find_in(picture_types(), "samples", "picture").make(inputs, samples),
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
  const std::string script = find_in(picture_types(), "predictions", "picture").make(inputs, {})->script();
  CHECK_THAT(script, Contains("(100 %)") && Contains("eel (>99 %)"));
}

TEST_CASE("pixels are shown from valid_min to valid_max") {
  Files files;
  Dataset data = read_dataset(files.data());
  data.valid_max = 16;
  for (uint8_t& v : data.splits[0].x.as<uint8_t>()) v = static_cast<uint8_t>(v % 17);
  data.splits[0].x.as<uint8_t>()[0] = 16;
  data.splits[0].x.as<uint8_t>()[1] = 4;
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
  h5::Array floats(h5::Type::f32, split.x.shape);
  for (float& v : floats.as<float>()) v = 0.25F;
  split.x = floats;
  CHECK(tile_of(split, 0, shades_of(data, split)).rgb[0] == 64);
  split.x.as<float>()[0] = -1, split.x.as<float>()[1] = 3;
  const Tile tile = tile_of(split, 0, shades_of(data, split));
  CHECK(tile.rgb[0] == 0);
  CHECK(tile.rgb[3] == 255);
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(files.predictions());
  inputs.push_back(h5::Reader::open(folder.put("floats.h5", write_dataset(data, {}, true))));
  CHECK(find_in(picture_types(), "predictions", "picture").make(inputs, {})->table().rows.size() == 2);
  inputs.erase(inputs.begin());
  CHECK(find_in(picture_types(), "samples", "picture").make(inputs, {})->table().rows[0][3].number() == -1);
}

TEST_CASE("pictures: an option that a picture does not have is a usage error that names those that have it") {
  PlotOptions plot;
  OptionSet set;
  plot.declare(set);
  set.set_option("wrong", "true");
  const auto check = [&](const char* name, PictureForm form) {
    check_plot_options(find_in(picture_types(), name, "picture"), set, form);
  };
  CHECK_NOTHROW(check("predictions", PictureForm::svg));
  for (const char* name : {"history", "samples", "confusion", "filters"})
    CHECK_THROWS_WITH(check(name, PictureForm::svg), Contains("--wrong") && Contains(name) && Contains("predictions"));
  OptionSet sized;
  PlotOptions other;
  other.declare(sized);
  sized.set_option("size", "100x100");
  CHECK_NOTHROW(check_plot_options(*picture_types()[0], sized, PictureForm::png));
  for (const PictureForm form : {PictureForm::table, PictureForm::csv, PictureForm::json, PictureForm::text})
    CHECK_THROWS_WITH(check_plot_options(*picture_types()[0], sized, form),
                      Contains("--size") && Contains("svg, png, pdf and gp"));
}

TEST_CASE("pictures: special characters in titles, classes and names of files are drawn as they are",
          "[needs-gnuplot]") {
  if (!has_gnuplot()) NN_SKIP("gnuplot is not installed");
  const std::vector<std::string> names{
      "it's",        "a\"b", "back\\slash\\", "50%", "%s%d%g", "@home", "under_score^2",
      "{/Symbol a}", "`id`", "two\nlines",    "#no", "a;b",    "'",     "$x"};
  const Folder folder;
  Metrics m;
  m.split = "test";
  m.n = static_cast<int64_t>(names.size());
  m.loss = m.accuracy = m.top_k = 1;
  m.has_labels = true;
  for (size_t i = 0; i < names.size(); ++i)
    for (size_t j = 0; j < names.size(); ++j) m.confusion.push_back(i == j);
  per_class(m, m.n);
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("it's 50%.h5", write_metrics({m}, names, {}, true))));
  const auto p = find_in(picture_types(), "confusion", "picture").make(inputs, {});
  const std::string svg = text_of(render(*p, PictureForm::svg, ""));
  for (const char* shown : {"it&#39;s", "50%<", "%s%d%g", "@home", "under_score^2", "{/Symbol a}", "`id`",
                            "two\\x0alines", "#no", "a;b", "back\\slash\\"}) {
    INFO(shown);
    CHECK((svg.find(shown) != std::string::npos ||
           (std::string(shown) == "it&#39;s" && svg.find("it's") != std::string::npos)));
  }
  PlotOptions options;
  const Files files;
  for (const std::string& name : names) {
    INFO(name);
    options.title = name;
    for (const char* type : {"history", "samples", "filters"})
      CHECK_FALSE(render(*picture(type, files, options), PictureForm::svg, "").empty());
  }
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
  CHECK_THROWS_WITH(find_in(picture_types(), "confusion", "picture").make(inputs, {}),
                    Contains("40000 classes are too many"));
}

TEST_CASE("history: an axis of accuracy ends at 1") {
  const Files files;
  Model model = read_model(files.model());
  model.history = {{"epoch", {1, 2}}, {"it's", {1, 2}}, {"accuracy", {0.9, 1}}};
  const Folder folder;
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("m.h5", write_model(model, {}, true))));
  PlotOptions options;
  options.columns = "accuracy,it's";
  const auto p = find_in(picture_types(), "history", "picture").make(inputs, options);
  CHECK_THAT(p->script(), Contains("set yrange [0.894:1]\n"));
  if (has_gnuplot()) CHECK_FALSE(render(*p, PictureForm::svg, "").empty());
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
  const auto of_kind = [&](const std::string& kind) {
    return kind == "DATA"      ? files.data()
           : kind == "MODEL"   ? files.model()
           : kind == "METRICS" ? files.metrics()
                               : files.predictions();
  };
  int refused = 0;
  for (const PictureType* type : picture_types()) {
    for (const char* kind : {"DATA", "MODEL", "METRICS", "PREDICTIONS"}) {
      INFO(type->name << " of " << kind);
      const bool fits = std::string(type->inputs).find(kind) != std::string::npos;
      if (fits && type->least == 1) continue;
      std::vector<h5::Reader> inputs;
      for (size_t i = 0; i < type->least; ++i) inputs.push_back(of_kind(kind));
      CHECK_THROWS_WITH(type->make(inputs, {}), Contains(".h5") && Contains("expected"));
      ++refused;
    }
  }
  CHECK(refused == 15);  // every picture and kind but those that are drawn
}

TEST_CASE("pictures: the suffix tells the form") {
  CHECK(picture_form("", "") == PictureForm::table);
  CHECK(picture_form("", "a.b/loss") == PictureForm::table);
  CHECK(picture_form("", "loss.svg") == PictureForm::svg);
  CHECK(picture_form("text", "loss.svg") == PictureForm::text);
  CHECK_THAT(picture_suffix("png", "out.svg", false),
             Contains("out.svg: written is png") && Contains(".svg is that of svg"));
  CHECK(picture_suffix("png", "out.png", false).empty());
  CHECK(picture_suffix("png", "out.dat", false).empty());
  CHECK(picture_suffix("", "out.svg", false).empty());
  CHECK_THAT(picture_suffix("", "out.svg", true), Contains("written is json"));
  CHECK(picture_form("", "loss.csv") == PictureForm::csv);
  CHECK(picture_form("", "loss.json") == PictureForm::json);
  CHECK_THROWS_WITH(picture_form("", "loss.jpg"), Contains("'.jpg'") && Contains(".svg"));
  CHECK_THROWS_AS(parse_grid("grid", "2"), UsageError);
  CHECK_THROWS_AS(parse_grid("grid", "0x5"), UsageError);
  CHECK(parse_grid("grid", "2x5") == std::pair<int64_t, int64_t>(2, 5));
}

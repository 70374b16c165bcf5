// SPDX-License-Identifier: MIT
#include "pictures.h"

#include <cstdlib>

#include "catch.h"
#include "plot/gnuplot.h"

using namespace nn;
using namespace nn_test;

namespace {
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
    const std::string pdf = text_of(render(*p, PictureForm::pdf, ""));
    CHECK(pdf.substr(0, 5) == "%PDF-");
    CHECK_THAT(pdf, Contains("/Producer") && !Contains("/CreationDate"));
  }
  CHECK(big_endian(text_of(render(*picture("history", files), PictureForm::png, "600x300")), 16) == 600);
  CHECK_THROWS_WITH(run_gnuplot("set terminal pngcairo\nplot nonsense(\n"), Contains("gnuplot drew no picture"));
}

TEST_CASE("pictures: names in a script are never run", "[needs-gnuplot]") {
  if (!has_gnuplot()) NN_SKIP("gnuplot is not installed");
  const Files files;
  Said options;
  options["title"] = "`touch " + files.folder() + "/ran` '; system('touch " + files.folder() + "/ran'); #\n\"";
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

TEST_CASE("pictures: an option that a picture does not have is a usage error that names those that have it") {
  const auto check = [](const char* name, PictureForm form, const char* option, const char* value) {
    PictureChoices choices;
    OptionSet set;
    choices.declare(set);
    set.set_option(option, value);
    choices.check(find_in(picture_types(), name, "picture"), set, form);
  };
  CHECK_NOTHROW(check("predictions", PictureForm::svg, "wrong", "true"));
  for (const char* name : {"history", "samples", "confusion", "filters"})
    CHECK_THROWS_WITH(check(name, PictureForm::svg, "wrong", "true"),
                      Contains("--wrong") && Contains(name) && Contains("those that do: predictions"));
  CHECK_THROWS_WITH(check("history", PictureForm::svg, "layer", "conv9"), Contains("those that do: filters"));
  CHECK_THROWS_WITH(check("filters", PictureForm::svg, "rows", "1"), Contains("those that do: samples, predictions"));
  CHECK_NOTHROW(check("samples", PictureForm::text, "titles", "row"));
  for (const char* option : {"title", "titles"})
    for (const PictureForm form : {PictureForm::table, PictureForm::csv, PictureForm::json})
      CHECK_THROWS_WITH(check("samples", form, option, "none"), Contains(option) && Contains("no titles"));
  CHECK_NOTHROW(check("history", PictureForm::png, "size", "100x100"));
  for (const PictureForm form : {PictureForm::table, PictureForm::csv, PictureForm::json, PictureForm::text})
    CHECK_THROWS_WITH(check("history", form, "size", "100x100"),
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
  m.accuracy = m.loss = m.top_k = 1;
  m.has_labels = true;
  for (size_t i = 0; i < names.size(); ++i)
    for (size_t j = 0; j < names.size(); ++j) m.confusion.push_back(i == j);
  per_class(m, m.n);
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder.put("it's 50%.h5", write_metrics({m}, names, {}, true))));
  const auto p = drawn("confusion", inputs);
  const std::string svg = text_of(render(*p, PictureForm::svg, ""));
  for (const char* shown : {"it&#39;s", "50%<", "%s%d%g", "@home", "under_score^2", "{/Symbol a}", "`id`",
                            "two\\x0alines", "#no", "a;b", "back\\slash\\"}) {
    INFO(shown);
    CHECK((svg.find(shown) != std::string::npos ||
           (std::string(shown) == "it&#39;s" && svg.find("it's") != std::string::npos)));
  }
  Said options;
  const Files files;
  for (const std::string& name : names) {
    INFO(name);
    options["title"] = name;
    for (const char* type : {"history", "samples", "filters"})
      CHECK_FALSE(render(*picture(type, files, options), PictureForm::svg, "").empty());
  }
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
      CHECK_THROWS_WITH(drawn(type->name, inputs), Contains(".h5") && Contains("expected"));
      ++refused;
    }
  }
  CHECK(refused == 16);  // every picture and kind but those that are drawn
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

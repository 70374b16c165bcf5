// SPDX-License-Identifier: MIT
// Where texts and curves stand in a picture: nothing covers a curve, nothing is cut, names can be told apart.
#include <cmath>
#include <set>

#include "base/text/columns.h"
#include "catch.h"
#include "pictures.h"
#include "plot/legend.h"
#include "plot/short_names.h"
#include "plot/text_chart.h"

using namespace nn;
using namespace nn_test;

namespace {
const Folder& folder() {
  static const Folder one;
  return one;
}

h5::Reader run_of(const std::string& name, size_t epochs, bool validation = true) {
  const Files files;
  Model model = read_model(files.model());
  model.history = {{"epoch", {}}, {"loss", {}}, {"learning_rate", {}}};
  if (validation) model.history.push_back({"val_loss", {}});
  for (auto& [column, values] : model.history)
    for (size_t i = 1; i <= epochs; ++i)
      values.push_back(column == "epoch"           ? static_cast<double>(i)
                       : column == "learning_rate" ? 0.001
                                                   : 1.0 / static_cast<double>(i));
  return h5::Reader::open(folder().put(name, write_model(model, {}, true)));
}

std::unique_ptr<Picture> history(std::vector<h5::Reader> runs, const std::string& columns = "") {
  return drawn("history", runs, {{"columns", columns}});
}

/// The numbers that stand behind a text, in the order of the script.
std::vector<double> numbers_behind(const std::string& script, const std::string& text) {
  std::vector<double> out;
  for (size_t at = script.find(text); at != std::string::npos; at = script.find(text, at + 1))
    out.push_back(std::stod(script.substr(at + text.size())));
  return out;
}

std::unique_ptr<Picture> confusion(const std::vector<std::string>& names) {
  Metrics m;
  m.split = "test";
  m.n = static_cast<int64_t>(names.size());
  m.accuracy = m.loss = m.top_k = 1;
  m.has_labels = true;
  m.support.assign(names.size(), 1);
  m.predicted.assign(names.size(), 1);
  m.precision.assign(names.size(), 1);
  m.recall = m.f1 = m.precision;
  for (size_t i = 0; i < names.size(); ++i)
    for (size_t j = 0; j < names.size(); ++j) m.confusion.push_back(i == j);
  std::vector<h5::Reader> inputs;
  inputs.push_back(h5::Reader::open(folder().put("e.h5", write_metrics({m}, names, {}, true))));
  return drawn("confusion", inputs);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}
}  // namespace

TEST_CASE("history: the legend stands below every axis, once for each run and each kind of line") {
  for (const size_t runs : {1U, 3U, 8U}) {
    std::vector<h5::Reader> files;
    for (size_t i = 0; i < runs; ++i)
      files.push_back(run_of(
          "a-run-with-a-name-as-long-as-names-of-experiments-are,optimizer=adam,seed=" + std::to_string(i) + ".h5", 5));
    const auto picture = history(std::move(files), "loss,val_loss,learning_rate");
    const std::string script = picture->script();
    CHECK_THAT(script, Contains("unset key\n") && !Contains("\nset key"));
    const std::vector<double> bottoms = numbers_behind(script, "set bmargin at screen ");
    REQUIRE(bottoms.size() == 2);
    size_t samples = 0;
    for (const std::string& line : lines_of(script)) {
      if (!line.starts_with("set arrow from screen ")) continue;
      const double y = std::stod(line.substr(line.find(',') + 1));
      for (const double bottom : bottoms) CHECK(y < bottom);
      CHECK(y > 0);
      ++samples;
    }
    CHECK(samples == (runs == 1 ? 2 : runs + 2));
  }
}

TEST_CASE("history: a run of one epoch beside a long one is a point, drawn above the long line") {
  std::vector<h5::Reader> runs;
  runs.push_back(run_of("short.h5", 1, false));
  runs.push_back(run_of("long.h5", 200, false));
  const std::string script = history(std::move(runs), "loss")->script();
  const size_t line = script.find("$d1 using 1:2 with lines lc"),
               point = script.find("$d0 using 1:2 with linespoints lc");
  REQUIRE(line != std::string::npos);
  REQUIRE(point != std::string::npos);
  CHECK(point > line);
}

TEST_CASE("history: no two of many runs are drawn alike, in lines and in characters") {
  for (const size_t epochs : {5U, 200U}) {
    std::vector<h5::Reader> runs;
    for (size_t i = 0; i < 20; ++i) runs.push_back(run_of("run" + std::to_string(i) + ".h5", epochs, false));
    const auto picture = history(std::move(runs), "loss");
    std::set<std::string> styles, legend;
    for (const std::string& line : lines_of(picture->script()))
      if (const size_t at = line.find(" using 1:2 with "); at != std::string::npos)
        styles.insert(line.substr(at, line.find(',', at) - at));
    CHECK(styles.size() == 20);
    std::set<char> marks;
    for (const std::string& line : lines_of(picture->text(80)))
      if (line.ends_with(".h5")) marks.insert(line[line.find_first_not_of(' ')]);
    CHECK(marks.size() == 20);
  }
}

TEST_CASE("history: values that are not numbers stay in the table, and a drawing says that it lacks them") {
  const Files files;
  Model model = read_model(files.model());
  const double nan = std::nan("");
  model.history = {{"epoch", {1, 2}}, {"loss", {nan, nan}}, {"accuracy", {0.5, 0.25}}, {"val_loss", {nan, nan}}};
  std::vector<h5::Reader> runs;
  runs.push_back(h5::Reader::open(folder().put("nan.h5", write_model(model, {}, true))));
  const auto picture = history(std::move(runs));
  CHECK(picture->table().text() == "epoch\tloss\tval_loss\taccuracy\n1\tnan\tnan\t0.5\n2\tnan\tnan\t0.25\n");
  const std::vector<std::string> remarks = picture->remarks();
  REQUIRE(remarks.size() == 2);
  CHECK_THAT(remarks[0], Contains("nan.h5: 2 of 2 values of loss are not finite numbers"));
  std::vector<h5::Reader> good;
  good.push_back(run_of("good.h5", 3));
  CHECK(history(std::move(good))->remarks().empty());
}

TEST_CASE("history: an axis of values that are nowhere below 0 does not go below 0") {
  std::vector<h5::Reader> runs;
  runs.push_back(run_of("lr.h5", 3));
  const auto picture = history(std::move(runs), "learning_rate");
  CHECK_THAT(picture->script(), Contains("set yrange [0.0009:0.0011]\n"));
  CHECK_THAT(picture->text(80), Contains("0.0009 |") && Contains("0.0011 |") && !Contains("-0.0"));
  CHECK_THAT(text_chart("t", "epoch", {{"a", {1, 2}, {0, 0}}}, 40, 6), Contains("         0 |") || Contains(" 0 |"));
}

TEST_CASE("pictures: a size that has no room for the texts is refused with the least size") {
  std::vector<h5::Reader> runs;
  runs.push_back(run_of("one.h5", 20));
  const auto two_panels = history(std::move(runs), "loss,val_loss,learning_rate");
  CHECK_THROWS_WITH(render(*two_panels, PictureForm::script, "300x200"),
                    Contains("--size 300x200") && Contains("at least 536x"));
  CHECK_NOTHROW(render(*two_panels, PictureForm::script, "540x300"));
  CHECK_THROWS_AS(render(*confusion({"a", "b"}), PictureForm::script, "100x100"), UsageError);
}

TEST_CASE("names: cut so that they can be told apart") {
  using Names = std::vector<std::string>;
  CHECK(short_names({"barbera", "barolo"}, 10) == Names{"barbera", "barolo"});
  CHECK(short_names({"barbera", "grignolino"}, 5) == Names{"barb.", "grig."});
  for (const size_t width : {4U, 6U, 10U, 12U, 30U}) {
    Names names;
    for (size_t i = 0; i < 120; ++i)
      names.push_back("a class of many with the number " + std::to_string(i) + " of them all");
    const Names cut = short_names(names, width);
    CHECK(std::set<std::string>(cut.begin(), cut.end()).size() == names.size());
    for (const std::string& name : cut) CHECK(columns_of(name) <= width);
  }
  CHECK(short_names({"gr\xc3\xbcn-gr\xc3\xbcn-1", "gr\xc3\xbcn-gr\xc3\xbcn-2"}, 8) ==
        Names{"gr..\xc3\xbcn-1", "gr..\xc3\xbcn-2"});
}

TEST_CASE("confusion: names in text and in the drawing can be told apart") {
  const std::vector<std::string> few = lines_of(confusion({"barbera", "barolo", "grignolino"})->text(80));
  CHECK(few[2] == "              barbera     barolo grignolino");
  CHECK(few[4] == "barolo              .          1          .");
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("class number " + std::to_string(i) + " of the forty");
  const auto picture = confusion(names);
  const std::vector<std::string> many = lines_of(picture->text(80));
  CHECK(many[3].starts_with(" 0 class number 0 of th."));
  CHECK(many[20].starts_with("17 class number 17 of t."));
  // Names that differ at their ends only.
  std::vector<std::string> alike;
  for (int i = 0; i < 12; ++i) alike.push_back("a very long class name that ends in " + std::to_string(i));
  const std::vector<std::string> ends = lines_of(confusion(alike)->text(80));
  for (int i = 0; i < 12; ++i) CHECK_THAT(ends[static_cast<size_t>(i) + 3], Contains("in " + std::to_string(i) + " "));
  // Names below the columns stand upright where the columns are narrow, and the name of the bar has its own room.
  const std::string script = picture->script();
  CHECK_THAT(script, Contains("rotate by 90 right") && Contains("set colorbox vertical user origin screen"));
  const double bar = numbers_behind(script, "user origin screen ").at(0);
  CHECK(bar * picture->width + 16 + 80 < picture->width);
  std::set<std::string> shown;
  for (size_t at = script.find("set xtics"); script[at] != '\n'; ++at)
    if (script[at] == '\'') {
      const size_t end = script.find('\'', at + 1);
      shown.insert(script.substr(at + 1, end - at - 1));
      at = end;
    }
  CHECK(shown.size() == 41);  // the names and the font
}

// SPDX-License-Identifier: MIT
#include "report/report.h"

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "folder.h"
#include "report/commands.h"
#include "report/report_folder.h"

using namespace nn;
using namespace nn_test;

namespace {

const char* page = "<meta name=\"generator\" content=\"nn-compare --report\">";

std::string content(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}
size_t entries(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("report: names in an SVG are its own, and texts stay as they are") {
  const std::string svg =
      "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 560 200\"\n><title>Gnuplot</title>"
      "<g id=\"canvas\"/><circle id='p5'/><use xlink:href='#p5'/><rect fill='url(#p5)'/><text>a id='x' "
      "url(#y)</text></svg>";
  const std::string own = inline_svg(svg, "strip", "a < b");
  CHECK(own ==
        "<svg role=\"img\" width=\"560\" \n viewBox=\"0 0 560 200\"\n><title>a &lt; b</title>"
        "<g id=\"strip-canvas\"/><circle id='strip-p5'/><use xlink:href='#strip-p5'/><rect fill='url(#strip-p5)'/>"
        "<text>a id='x' url(#y)</text></svg>");
  CHECK(inline_svg("", "strip", "").empty());
}

TEST_CASE("report: commands in Markdown cannot close their fence, and everything in HTML is text") {
  Report report;
  report.page.title = "<script>";
  report.page.notes = {"a | b"};
  report.figures = {{"strip", "\"x\"", {}, "<svg></svg>"}};
  report.commands = {{"all", {"echo ````", "nn-train '</code>'"}}};
  const std::string markdown = report_markdown(report), html = report_html(report);
  CHECK_THAT(markdown, Contains("`````sh\necho ````\nnn-train '</code>'\n`````\n") && Contains("- a \\| b\n") &&
                           Contains("](strip.svg)"));
  CHECK_THAT(html, Contains("<h1>&lt;script&gt;</h1>") && Contains("'&lt;/code&gt;'") && Contains(page));
  CHECK(report_files(report).size() == 3);
}

TEST_CASE("report: commands stand as they were typed, with pipes and with files at standard input") {
  const auto step = [](const std::string& id, const std::string& argv, const std::string& inputs) {
    return R"({"id":")" + id + R"(","argv":)" + argv + R"(,"inputs":)" + inputs + "}";
  };
  h5::Provenance made;
  made.history =
      "2026-01-01T00:00:03Z: nn-train --model 'dense:10 relu' -o m.h5\n2026-01-01T00:00:02Z: nn-prep --flatten\n"
      "2026-01-01T00:00:01Z: nn-prep --scale 0:1\n2026-01-01T00:00:00Z: nn-fetch digits -o 'r 1.h5'";
  made.steps = Json::parse(
      "[" + step("d", R"(["nn-train","--model","dense:10 relu","-o","m.h5"])", R"([{"name":"-","step":"c"}])") + "," +
      step("c", R"(["nn-prep","--flatten"])", R"([{"name":"-","step":"b"}])") + "," +
      step("b", R"(["nn-prep","--scale","0:1"])", R"([{"name":"-","step":"a"}])") + "," +
      step("a", R"(["nn-fetch","digits","-o","r 1.h5"])", "[]") + "]");
  CHECK(typed_commands(made) ==
        std::vector<std::string>{
            "nn-fetch digits -o 'r 1.h5'",
            "nn-prep --scale 0:1 < 'r 1.h5' | nn-prep --flatten | nn-train --model 'dense:10 relu' -o m.h5"});
  made.steps = Json::parse("[" + step("a", R"(["nn-prep","--flatten"])", R"([{"name":"-","step":"a"}])") + "]");
  CHECK(typed_commands(made).size() == 3);  // a ring ends; its line is in front of a pipe to itself
  made.steps = Json();
  CHECK(typed_commands(made).size() == 4);
}

TEST_CASE("report: a folder is made, exchanged, and refused where something else stands") {
  const Folder folder;
  const std::string place = folder.path() + "/report";
  ReportFolder(place, false).commit({{"index.html", page}, {"old.svg", "old"}});
  CHECK(content(place + "/old.svg") == "old");
  ReportFolder(place + "/", false).commit({{"index.html", std::string(page) + "2"}});
  CHECK(content(place + "/index.html") == std::string(page) + "2");
  CHECK(entries(place) == 1);
  CHECK(entries(folder.path()) == 1);  // nothing is left beside it
  CHECK_THROWS_WITH(ReportFolder(place, true), Contains("--no-clobber"));
  h5::OutRules unless_equal;
  unless_equal.if_changed = true;
  std::string kept;
  unless_equal.kept = [&](const std::string& name) { kept = name; };
  const auto before = std::filesystem::last_write_time(place + "/index.html");
  ReportFolder(place, unless_equal).commit({{"index.html", std::string(page) + "2"}});
  CHECK(kept == place);
  CHECK(std::filesystem::last_write_time(place + "/index.html") == before);
  kept.clear();
  ReportFolder(place, unless_equal).commit({{"index.html", std::string(page) + "2"}, {"new.svg", ""}});
  CHECK(kept.empty());
  CHECK(entries(place) == 2);
  std::ofstream(place + "/mine.txt") << "mine";
  CHECK_THROWS_WITH(ReportFolder(place, false), Contains("holds mine.txt"));
  CHECK_THROWS_AS(ReportFolder(folder.path() + "/.", false), UsageError);
  CHECK_THROWS_AS(ReportFolder("/", false), UsageError);
  // What comes between the check and the writing is not lost either.
  const ReportFolder later(folder.path() + "/later", false);
  std::filesystem::create_directory(folder.path() + "/later");
  std::ofstream(folder.path() + "/later/mine.txt") << "mine";
  CHECK_THROWS_WITH(later.commit({{"index.html", page}}), Contains("holds mine.txt"));
  CHECK(content(folder.path() + "/later/mine.txt") == "mine");
  CHECK(entries(folder.path()) == 2);
  // A link is followed.
  std::filesystem::remove(place + "/mine.txt");
  std::filesystem::create_directory_symlink(place, folder.path() + "/link");
  ReportFolder(folder.path() + "/link", false).commit({{"index.html", std::string(page) + "3"}});
  CHECK(std::filesystem::is_symlink(folder.path() + "/link"));
  CHECK(content(place + "/index.html") == std::string(page) + "3");
}

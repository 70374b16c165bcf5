// SPDX-License-Identifier: MIT
// Plans of files whose provenance is written by hand, hostile ones too, and how their words are quoted.
#include "catch.h"
#include "folder.h"
#include "h5/writing/writer.h"
#include "info/replay/file_names.h"
#include "info/replay/plan.h"
#include "info/replay/script.h"

using namespace nn;
using namespace nn_test;

namespace {

/// A file of ours with that record.
h5::Reader file_with(const Folder& folder, const std::string& provenance, const std::string& kind = "dataset") {
  h5::Writer writer(kind, "t", false);
  writer.text("/", "nn_provenance", provenance);
  return h5::Reader::open(folder.put("f.h5", writer.finish()));
}

/// As a tool would: "-o NAME" is written, "--label X" is a value, "--init NAME" is read; operands are read.
Json explained(const std::string&, const std::vector<std::string>& words) {
  Json all = Json::object();
  all["settings"] = Json::array(), all["operands"] = Json::array();
  for (size_t i = 0; i < words.size(); ++i) {
    Json entry = Json::object();
    const bool option = words[i].starts_with('-') && words[i].size() > 1;
    entry["option"] = words[i] == "-o" ? std::string("output") : option ? words[i].substr(2) : "data";
    const std::string value = option ? words.at(++i) : words[i];
    entry["value"] = value;
    if (entry.at("option").string() != "label") {
      entry["file"] = words[i - option] == "-o" ? "written" : "read";
      entry["names"] = Json(Json::Array{Json(value)});
    }
    (option ? all["settings"] : all["operands"]).push_back(entry);
  }
  return all;
}

ReplayPlan plan_of(const std::string& provenance, const std::string& kind = "dataset") {
  const Folder folder;
  return replay_plan(file_with(folder, provenance, kind), explained);
}

std::string step(const std::string& id, const std::string& argv, const std::string& inputs,
                 const std::string& tool = "nn-prep") {
  return R"({"id":")" + id + R"(","tool":")" + tool + R"(","version":"0.0.1","argv":[")" + tool + "\"" + argv +
         R"(],"inputs":[)" + inputs + "]}";
}
std::string input(const std::string& name, const std::string& made_by) {
  return R"({"name":")" + name + R"(","digest":"0123","step":")" + made_by + "\"}";
}

}  // namespace

TEST_CASE("replay: nothing but our own tools becomes a step, and they are not asked about others") {
  const auto refused = [](const std::string& provenance) {
    const Folder folder;
    const h5::Reader file = file_with(folder, provenance);
    bool asked = false;
    CHECK_THROWS_WITH(replay_plan(file,
                                  [&](const std::string& tool, const std::vector<std::string>& words) {
                                    asked = true;
                                    return explained(tool, words);
                                  }),
                      Contains("no tool of nn-tools"));
    CHECK(!asked);
  };
  for (const char* tool : {"rm", "sh", "/bin/sh", "nn-prep; rm x", "../nn-prep", "nn-info", "nn-plot-data", ""})
    refused("[" + step("a", "", "", tool) + "]");
  refused("[" + step("a", R"(,"d.h5")", input("d.h5", "b")) + "," + step("b", "", "", "rm") + "]");
}

TEST_CASE("replay: a record that is broken, or lacks a step, is one error that names the place") {
  CHECK_THROWS_WITH(plan_of("[]"), Contains("no record of commands"));
  CHECK_THROWS_WITH(plan_of("[" + step("a", R"(,"d.h5")", input("d.h5", "gone")) + "]"),
                    Contains("nn-prep: step gone is missing"));
  CHECK_THROWS_WITH(plan_of("[" + step("a", R"(,"d.h5")", input("d.h5", "b")) + "," +
                            step("b", R"(,"e.h5")", input("e.h5", "a")) + "]"),
                    Contains("circle"));
  CHECK_THROWS_WITH(plan_of("[" + step("a", "", "") + "]", "model"), Contains("run with --no-history"));
  for (const char* bad :
       {R"([1])", R"(["x"])", R"([{"tool":"nn-prep","argv":3}])", R"([{"tool":"nn-prep","argv":[3]}])",
        R"([{"tool":"nn-prep","argv":[],"inputs":7}])", R"([{"tool":"nn-prep","argv":[],"inputs":[7]}])",
        R"([{"tool":["nn-prep"],"argv":[]}])", R"([{"tool":"nn-prep","argv":["nn-prep","x"],"files":{"a":1}}])"})
    CHECK_THROWS_AS(plan_of(bad), Error);
  // Old files: two inputs, and one of them has a history.
  CHECK_THROWS_WITH(plan_of(R"([{"id":"a","tool":"nn-prep","argv":["nn-prep"],"inputs":[{"name":"x","digest":"1"},)"
                            R"({"name":"y","digest":"2"}],"parents":["b"]},)" +
                            step("b", "", "") + "]"),
                    Contains("older version"));
}

TEST_CASE("replay: steps stand in the order of their dependence, each once, with files of their own") {
  const ReplayPlan plan = plan_of(
      "[" + step("c", R"(,"-o","x.h5","--init","x.h5","-")", input("x.h5", "b") + "," + input("-", "a")) + "," +
      step("b", R"(,"-o","/far/away/x.h5","x.h5")", input("x.h5", "a")) + "," + step("a", "", "", "nn-fetch") + "]");
  REQUIRE(plan.steps.size() == 3);
  CHECK(plan.steps[0].tool == "nn-fetch");
  std::vector<std::string> names;
  for (const ReplayStep& one : plan.steps) names.push_back(plan.files[static_cast<size_t>(one.writes.at(0))].name);
  CHECK(names == std::vector<std::string>{"x.h5", "x-2.h5", "f.h5"});
  CHECK(plan.steps[2].reads == std::vector<int>{plan.steps[1].writes[0], plan.steps[0].writes[0]});
  const std::string script = replay_script(plan, {"0.0.2", "", {}});
  CHECK_THAT(script, Contains("\nnn-prep -o f.h5 --init x-2.h5 - < x.h5\n"));
  CHECK_THAT(script, Contains("# warning: made by nn-prep 0.0.1, this is 0.0.2; the result may differ\n"));
  CHECK_THAT(replay_script(plan, {"0.0.1", "", {}}), !Contains("warning"));
}

TEST_CASE("replay: what version 0.1 recorded is enough where each input has its parent") {
  const ReplayPlan plan =
      plan_of(R"([{"id":"a","tool":"nn-prep","argv":["nn-prep","d.h5"],"inputs":[{"name":"d.h5","digest":"12"}],)"
              R"("parents":["b"]},)" +
              step("b", R"(,"-o","d.h5")", "", "nn-fetch") + "]");
  REQUIRE(plan.steps.size() == 2);
  CHECK(plan.steps[1].reads == plan.steps[0].writes);
  CHECK(plan.files[static_cast<size_t>(plan.steps[0].writes[0])].digest == "12");
}

TEST_CASE("replay: a file of a command with --no-history is an input, whatever stands in its record") {
  const auto read = [](const std::string& name, const std::string& digest, const std::string& more = "") {
    return R"({"name":")" + name + R"(","digest":")" + digest + R"(","step":"b")" + more + "}";
  };
  const auto plan = [&](const std::string& inputs, const std::string& argv) {
    return plan_of("[" + step("a", argv, inputs) + "," + step("b", R"(,"-o","d.h5")", "", "nn-fetch") + "]");
  };
  // Said in the file.
  const ReplayPlan said = plan(read("n.h5", "11", R"(,"output":"no-history")"), R"(,"n.h5")");
  REQUIRE(said.steps.size() == 1);
  const ReplayFile& input = said.files[static_cast<size_t>(said.steps[0].reads.at(0))];
  CHECK(input.step == -1);
  CHECK(input.digest == "11");
  // Not said: the step made the file that has the name of its output, in any order.
  for (const bool first : {true, false}) {
    const std::string n = read("n.h5", "11"), d = read("d.h5", "22");
    const ReplayPlan told = plan(first ? n + "," + d : d + "," + n, R"(,"n.h5","d.h5")");
    REQUIRE(told.steps.size() == 2);
    const std::vector<int>& reads = told.steps[1].reads;
    CHECK(told.files[static_cast<size_t>(reads.at(0))].step == -1);
    CHECK(told.files[static_cast<size_t>(reads.at(0))].digest == "11");
    CHECK(told.files[static_cast<size_t>(reads.at(1))].step == 0);
    CHECK(told.files[static_cast<size_t>(reads.at(1))].digest == "22");
  }
  CHECK_THROWS_WITH(plan(read("n.h5", "11") + "," + read("m.h5", "22"), R"(,"n.h5","m.h5")"),
                    Contains("nn-prep: n.h5: the record does not say"));
  // One file under two names is one file.
  CHECK(plan(read("d.h5", "11") + "," + read("e.h5", "11"), R"(,"d.h5","e.h5")").steps.size() == 2);
}

TEST_CASE("replay: the name of --init stays as it was recorded where it leads to the same file") {
  const auto script = [](const std::string& name) {
    return replay_script(plan_of("[" + step("a", R"(,"--init",")" + name + "\"", input(name, "b")) + "," +
                                 step("b", R"(,"-o","runs/d.h5")", "", "nn-fetch") + "]"),
                         {"0.0.1", "", {}});
  };
  CHECK_THAT(script("./runs//d.h5"), Contains(" --init ./runs//d.h5"));
  CHECK_THAT(script("../runs/d.h5"), Contains(" --init runs/d.h5"));
}

TEST_CASE("replay: words of the file are words of the script") {
  const std::string hostile = R"($(touch evil) `touch evil` ; # ' \" \\ \n| &)";
  const ReplayPlan plan =
      plan_of("[" + step("a", R"(,"--label",")" + hostile + R"(","-o","$(evil).h5","x.csv\nrm")", "") + "]");
  const std::string script = replay_script(plan, {"0.0.1", "", {}});
  CHECK_THAT(script, Contains("--label '$(touch evil) `touch evil` ; # '\\'' \" \\ \n| &' "));
  CHECK_THAT(script, Contains("\"$inputs\"/'x.csv\nrm'"));
  CHECK_THAT(script, !Contains("$(evil)"));
  const std::string makefile = replay_makefile(plan, {"0.0.1", "", {}});
  CHECK_THAT(makefile, Contains("--label '$$(touch evil) `touch evil` ; # '\\'' \" \\ '\"$$NEWLINE\"'| &' "));
  // No word of the file stands at the start of a line of a makefile, and comments are one line.
  CHECK_THAT(makefile, !Contains("\nrm"));
}

TEST_CASE("replay: nothing is written into a folder that is an input") {
  const std::string reads_png = R"({"id":"b","tool":"nn-convert","argv":["nn-convert","-o","./png/train/x.h5","png"],)"
                                R"("inputs":[],"files":[{"option":"in","name":"png","sha256":"00"}]})";
  CHECK_THROWS_WITH(plan_of("[" + step("a", R"(,"-")", input("-", "b")) + "," + reads_png + "]"),
                    Contains("lies in png, which is read"));
}

TEST_CASE("replay: names of files") {
  UniqueNames names;
  CHECK(names.unique("a b.h5") == "a b.h5");
  CHECK(names.unique("a b.h5") == "a b-2.h5");
  CHECK(names.unique("-x=1;$(y).h5") == "_-x_1___y_.h5");
  CHECK(names.unique("..") == "_..");
  CHECK(names.unique("") == "_");
  CHECK(names.unique("check") == "check-2");
  CHECK(names.as_recorded("runs/m.h5") == "runs/m.h5");
  CHECK(names.as_recorded("./runs/m.h5") == "m.h5");
  CHECK(names.as_recorded("/etc/x.h5") == "x.h5");
  CHECK(names.as_recorded("runs/../../x.h5") == "x-2.h5");
  CHECK(names.as_recorded("-x.h5") == "_-x.h5");
  CHECK(shell_quoted("a/b,c=1") == "a/b,c=1");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("~") == "'~'");
  CHECK(recipe_quoted("$x\ny") == "'$$x'\"$$NEWLINE\"y");
  CHECK(make_name("a b#c:d$e") == "a\\ b\\#c\\:d$$e");
  CHECK(make_name("a\\ b") == "a\\\\\\ b");
  for (const char* bad : {"a=b", "a;b", "a%", "a\nb", "~a", "a\\", "a*"}) CHECK(make_name(bad).empty());
}

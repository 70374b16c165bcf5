// SPDX-License-Identifier: MIT
// An output is neither an input nor another output, under whatever name; the table names what is refused and what is
// not.
#include "cli/clashes.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../folder.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::cli;

namespace {

namespace fs = std::filesystem;

struct Tool {
  std::string data, model, output, checkpoint, log, resume, events;
  std::vector<std::string> more;
  OptionSet set;
  ToolInfo info;
  Tool() {
    set.add("data", data, "DATA", "").as_operand().reads_file();
    set.add("more", more, "FILE...", "").as_operand().reads_file();
    set.add("init", model, "NAME|MODEL", "").reads_file();
    set.add("resume", resume, "FILE", "").reads_file();
    set.add("output", output, "FILE", "").writes_file();
    set.add("log", log, "FILE", "").writes_file();
    set.add("events", events, "DIR", "").writes_file();
    set.add("checkpoint", checkpoint, "FILE[,KEY=VALUE...]", "").writes_file([](const std::string& value) {
      const std::string name = value.substr(0, value.find(','));
      return std::vector<std::string>{name, name + ".1"};
    });
    info.in_place = {{"checkpoint", "resume"}};
  }
  std::string refusal() {
    try {
      refuse_clashes(info, set);
    } catch (const Error& e) {
      CHECK(e.status() == Exit::usage);
      return e.what();
    }
    return "";
  }
};

using Given = std::vector<std::pair<const char*, std::string>>;

std::string refusal(const Given& given) {
  Tool tool;
  tool.set.set_option("output", "other.h5");
  for (const auto& [name, value] : given) tool.set.set_option(name, value);
  return tool.refusal();
}

}  // namespace

TEST_CASE("an output that is an input or another output is refused with both names", "[cli]") {
  const nn_test::Folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  for (const char* name : {"d.h5", "e.h5", "run.1", "a,b.h5"}) std::ofstream(name) << name;
  fs::create_directories("sub/deep");
  fs::create_directories("sub/in");
  for (const char* name : {"sub/in/a", "sub/in/b"}) std::ofstream(name) << name;
  fs::create_symlink("d.h5", "link.h5");
  fs::create_symlink("sub/in/a", "a.link");
  fs::create_symlink("nothing.h5", "dangling.h5");
  fs::create_symlink("sub", "way");
  fs::create_hard_link("d.h5", "second.h5");
  const std::string here = fs::current_path().string();

  const Given read_and_written[] = {
      {{"data", "d.h5"}, {"output", "d.h5"}},        {{"data", "d.h5"}, {"output", "./d.h5"}},
      {{"data", "d.h5"}, {"output", "sub/../d.h5"}}, {{"data", "d.h5"}, {"output", here + "/d.h5"}},
      {{"data", "link.h5"}, {"output", "d.h5"}},     {{"data", "d.h5"}, {"output", "link.h5"}},
      {{"data", "d.h5"}, {"output", "second.h5"}},   {{"more", "e.h5"}, {"more", "d.h5"}, {"output", "d.h5"}},
      {{"init", "d.h5"}, {"output", "d.h5"}},        {{"data", "d.h5"}, {"checkpoint", "d.h5,keep=3"}},
      {{"data", "run.1"}, {"checkpoint", "run"}},    {{"data", "sub"}, {"output", "sub/"}},
      {{"data", "a,b.h5"}, {"output", "a,b.h5"}},    {{"data", "way/../d.h5"}, {"output", "d.h5"}},
      {{"resume", "d.h5"}, {"output", "d.h5"}}};
  for (const Given& given : read_and_written) {
    INFO(given.front().second << " " << given.back().second);
    CHECK_THAT(refusal(given), Contains("is the file that is read as"));
  }
  const Given into_a_folder[] = {{{"data", "sub/in"}, {"output", "sub/in/a"}},
                                 {{"data", "sub/in"}, {"output", "sub/in/new"}},
                                 {{"data", "sub"}, {"output", "sub/in/new"}},
                                 {{"data", "sub/"}, {"output", "./sub/x"}},
                                 {{"data", "way"}, {"output", "sub/x"}},
                                 {{"data", "sub"}, {"output", "way/in/a"}},
                                 {{"data", "sub"}, {"output", here + "/sub/in/x"}},
                                 {{"data", "."}, {"output", "x"}},
                                 {{"data", "sub/in/.."}, {"checkpoint", "sub/x,keep=3"}},
                                 {{"data", "sub"}, {"output", "sub/absent/x"}},
                                 {{"data", "sub"}, {"output", "a.link"}},
                                 {{"data", "sub/in"}, {"events", "sub/in/logs"}},
                                 {{"data", "sub"}, {"output", "sub/deep/"}},
                                 {{"more", "d.h5"}, {"more", "sub"}, {"log", "sub/x"}}};
  for (const Given& given : into_a_folder) {
    INFO(given.front().second << " " << given.back().second);
    CHECK_THAT(refusal(given), Contains("lies in the folder that is read as"));
  }
  CHECK_THAT(refusal({{"data", "sub/in/a"}, {"output", "sub"}}),
             Contains("--output sub is a folder with the file that is read as DATA sub/in/a"));
  CHECK_THAT(refusal({{"data", "sub/in"}, {"output", "."}}), Contains("is a folder with"));
  CHECK(refusal({{"data", "sub/in"}, {"output", "sub/in/a"}}) ==
        "--output sub/in/a lies in the folder that is read as DATA sub/in, and could take the place of what is in it; "
        "name one outside");
  CHECK(refusal({{"output", "new"}, {"events", "new/logs"}}) ==
        "--events new/logs lies below --output new, which is a file; name another");
  const Given two_outputs[] = {
      {{"log", "new"}, {"output", "new"}},         {{"log", "./new"}, {"output", "new"}},
      {{"log", "way/new"}, {"output", "sub/new"}}, {{"log", "dangling.h5"}, {"output", "nothing.h5"}},
      {{"log", here + "/new"}, {"output", "new"}}, {{"log", "c.1"}, {"checkpoint", "c"}},
      {{"log", "d.h5"}, {"output", "link.h5"}},    {{"log", "sub"}, {"output", "sub/deep/.."}},
      {{"log", "absent/"}, {"output", "absent"}},  {{"log", "absent/x"}, {"output", "./absent/./x"}}};
  for (const Given& given : two_outputs) {
    INFO(given.front().second << " " << given.back().second);
    CHECK_THAT(refusal(given), Contains("are one file"));
  }
  CHECK(refusal({{"data", "d.h5"}, {"output", "./d.h5"}}) ==
        "--output ./d.h5 is the file that is read as DATA d.h5, and would take its place; name another");
  CHECK(refusal({{"checkpoint", "c"}, {"log", "./c.1"}}) ==
        "--log ./c.1 and --checkpoint c.1 are one file: the one would take the place of the other; name another");

  const Given fine[] = {{{"data", "d.h5"}, {"output", "new"}},
                        {{"data", "d.h5"}, {"init", "d.h5"}},
                        {{"resume", "d.h5"}, {"checkpoint", "d.h5"}},
                        {{"init", "zeros"}, {"output", "zeros"}},
                        {{"data", "d.h5"}, {"output", "/dev/null"}},
                        {{"log", "/dev/null"}, {"output", "/dev/null"}},
                        {{"data", "/dev/stdin"}, {"output", "/dev/stdout"}},
                        {{"log", "sub/d.h5"}, {"data", "d.h5"}},
                        {{"log", ""}, {"data", ""}},
                        {{"data", "-"}, {"output", "-"}},
                        {{"data", "sub/in/a"}, {"output", "sub/in.h5"}},
                        {{"data", "sub/in"}, {"output", "sub/indeed"}},
                        {{"data", "sub/in"}, {"output", "sub/in/../x"}},
                        {{"data", "sub/in/a"}, {"events", "sub"}},
                        {{"output", "sub/deep/m.h5"}, {"events", "sub/deep"}}};
  for (const Given& given : fine) {
    INFO(given.front().second << " " << given.back().second);
    CHECK(refusal(given) == "");
  }
  CHECK_THAT(refusal({{"data", "-"}, {"resume", "-"}}),
             Contains("DATA - and --resume -: both are '-', standard input, which can be used once only"));
  CHECK_THAT(refusal({{"output", "-"}, {"log", "-"}}), Contains("standard output, which can be used once only"));
  fs::current_path(before);
}

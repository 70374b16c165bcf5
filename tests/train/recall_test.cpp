// SPDX-License-Identifier: MIT
// Which options a run that goes on takes from its checkpoint, and which differences are refused.
#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "train/run/resume.h"

using namespace nn;

namespace {

struct Options {
  std::string model, lr = "0.1", output, resume, threads = "1";
  bool shuffle = true;
  std::vector<std::string> track;
  OptionSet set;
  Options() {
    set.add("model", model, "MODEL", "");
    set.add("lr", lr, "RATE", "");
    set.add("output", output, "FILE", "");
    set.add("resume", resume, "FILE", "").of_one_run();
    set.add("threads", threads, "N", "").of_one_run();
    set.flag("shuffle", shuffle, "");
    set.add("track", track, "NAME", "");
  }
  void give(const NamedTexts& texts) {
    for (const auto& [name, value] : texts) set.set_option(name, value);
  }
};

Checkpoint sample() {
  Checkpoint c;
  c.name = "ck.h5";
  c.model.layers = "dense:2";
  c.model.input = c.model.raw_input = {3};
  c.model.settings = {{"epochs", "10"}, {"lr", "0.5"}, {"test", "false"}};
  c.model.history = {{"epoch", {1, 2, 3}}};
  c.model.data_digest = std::string(64, 'd');
  c.command = {{"model", "mlp"}, {"lr", "0.5"},      {"shuffle", "false"}, {"track", "a"},
               {"track", "b"},   {"output", "m.h5"}, {"data", "d.h5"}};
  c.machine = {{"device", "cpu"}, {"isa", "avx2"}, {"HDF5", "1.10.8"}};
  return c;
}

}  // namespace

TEST_CASE("a checkpoint keeps the options of the training, not those of one run", "[resume]") {
  const Options o;
  const NamedTexts given{{"lr", "0.5"}, {"threads", "4"}, {"track", "a"}, {"track", "b"}, {"resume", "ck.h5"}};
  CHECK(command_of(o.set, given, "d.h5") ==
        NamedTexts{{"lr", "0.5"}, {"track", "a"}, {"track", "b"}, {"data", "d.h5"}});
  CHECK(command_of(o.set, {}, "") == NamedTexts{});
  TrainCommand command;
  OptionSet all;
  command.declare(all);
  for (const char* name : {"resume", "strict", "trust-outputs"}) CHECK(all.find(name)->one_run);
  for (const char* name : {"model", "lr", "checkpoint", "requeue", "time-limit"}) CHECK_FALSE(all.find(name)->one_run);
}

TEST_CASE("a resume without options has those of the checkpoint", "[resume]") {
  Options o;
  const NamedTexts given{{"resume", "ck.h5"}, {"threads", "2"}};
  o.give(given);
  std::string data;
  const NamedTexts command = recall(sample(), o.set, given, data);
  CHECK(o.model == "dense:2");  // the layers themselves: the name may mean others by now
  CHECK(o.lr == "0.5");
  CHECK_FALSE(o.shuffle);
  CHECK(o.track == std::vector<std::string>{"a", "b"});
  CHECK(o.output == "m.h5");
  CHECK(data == "d.h5");
  CHECK(o.threads == "2");
  NamedTexts expected = sample().command;
  expected[0].second = "dense:2";
  CHECK(command == expected);
}

TEST_CASE("what is given now goes over the checkpoint", "[resume]") {
  Options o;
  const NamedTexts given{{"lr", "0.25"}, {"track", "c"}, {"model", "mlp"}};
  o.give(given);
  std::string data = "other.h5";
  const NamedTexts command = recall(sample(), o.set, given, data);
  CHECK(o.lr == "0.25");
  CHECK(o.track == std::vector<std::string>{"c"});
  CHECK(o.model == "mlp");
  CHECK(data == "other.h5");
  CHECK(command == NamedTexts{{"shuffle", "false"},
                              {"output", "m.h5"},
                              {"lr", "0.25"},
                              {"track", "c"},
                              {"model", "mlp"},
                              {"data", "other.h5"}});
}

TEST_CASE("layers that came with --init are those of the checkpoint", "[resume]") {
  Options o;
  Checkpoint c = sample();
  c.command.erase(c.command.begin());
  std::string data;
  CHECK(recall(c, o.set, {}, data)[0] == std::pair<std::string, std::string>("model", "dense:2"));
  CHECK(o.model == "dense:2");
}

TEST_CASE("outputs that only the checkpoint names are written where that run would write them, nowhere else",
          "[resume]") {
  const nn_test::Folder folder;
  const auto said = [&](const std::string& option, const std::string& value, NamedTexts given = {},
                        bool trust = false) -> std::string {
    Options o;
    std::string best, data;
    o.set.add("save-best", best, "FILE", "").writes_file();
    Checkpoint c = sample();
    c.name = folder.put("ck.h5", "x");
    c.command = {{option, value}};
    try {
      recall(c, o.set, given, data, trust);
      return "";
    } catch (const UsageError& e) {
      return e.what();
    }
  };
  CHECK(said("output", "no-such-file-here.h5").empty());
  CHECK(said("output", folder / "beside.h5").empty());
  CHECK(said("save-best", (folder / "beside.h5") + ",val_loss").empty());
  CHECK(said("output", "-").empty());
  for (const char* elsewhere : {"/etc/profile", "../../elsewhere.h5", "/dev/null"}) {
    INFO(elsewhere);
    CHECK_THAT(said("output", elsewhere), Contains("--output") && Contains(elsewhere) && Contains("lies elsewhere") &&
                                              Contains("--trust-outputs"));
    CHECK_FALSE(said("save-best", std::string(elsewhere) + ",val_loss").empty());
    CHECK(said("output", elsewhere, {}, true).empty());
    CHECK(said("output", elsewhere, {{"output", "named.h5"}}).empty());
  }
  const std::string notes = folder.put("notes", "of mine");
  CHECK_THAT(said("output", notes), Contains("holds something else"));
  // Through a link that lies in the right folder.
  std::filesystem::create_symlink("/etc/profile", folder / "link.h5");
  CHECK_THAT(said("output", folder / "link.h5"), Contains("lies elsewhere"));
}

TEST_CASE("an option that this version does not know is named", "[resume]") {
  Options o;
  Checkpoint c = sample();
  c.command.emplace_back("warp", "9");
  std::string data;
  CHECK_THROWS_WITH(recall(c, o.set, {}, data), Contains("ck.h5") && Contains("--warp"));
}

TEST_CASE("a resume that would give another result is refused with the difference", "[resume]") {
  const Checkpoint c = sample();
  const auto changed = [&](const std::string& name, const std::string& value) {
    Model now = c.model;
    for (auto& [key, text] : now.settings)
      if (key == name) text = value;
    return now;
  };
  CHECK_NOTHROW(check_same_run(c, c.model, true));
  CHECK_NOTHROW(check_same_run(c, changed("epochs", "20"), false));
  CHECK_NOTHROW(check_same_run(c, changed("epochs", "3"), false));
  CHECK_NOTHROW(check_same_run(c, changed("test", "true"), true));
  CHECK_THROWS_WITH(check_same_run(c, changed("epochs", "20"), true),
                    Contains("--epochs 10") && Contains("20") && Contains("schedule"));
  CHECK_THROWS_WITH(check_same_run(c, changed("epochs", "2"), false), Contains("3 epochs are done") && Contains("2"));
  CHECK_THROWS_WITH(check_same_run(c, changed("lr", "0.25"), false),
                    Contains("ck.h5") && Contains("--lr 0.5") && Contains("0.25"));
  CHECK_THROWS_AS(check_same_run(c, changed("lr", "0.25"), false), UsageError);
  Model more = c.model;
  more.settings.emplace_back("clip-norm", "1");
  CHECK_THROWS_WITH(check_same_run(c, more, false), Contains("--clip-norm (nothing)") && Contains("1"));
  Model layers = c.model, data = c.model, prep = c.model;
  layers.layers = "dense:3";
  data.data_digest = std::string(64, 'e');
  prep.prep.recipe = "scale 0:1";
  for (const Model& other : {layers, data, prep}) CHECK_THROWS_AS(check_same_run(c, other, false), Error);
  CHECK_THROWS_WITH(check_same_run(c, layers, false), Contains("dense:2") && Contains("dense:3") && Contains("--init"));
  CHECK_THROWS_WITH(check_same_run(c, data, false), Contains("dddddddd") && Contains("eeeeeeee"));
}

TEST_CASE("another machine is a warning, and an error when strict", "[resume]") {
  const Checkpoint c = sample();
  const Log log("test", -2);
  CHECK_NOTHROW(check_same_machine(c, c.machine, true, log));
  NamedTexts other = c.machine;
  other[1].second = "avx512";
  other[2].second = "1.14.5";
  const auto differences = machine_differences(c.machine, other);
  CHECK_NOTHROW(check_same_machine(c, other, false, log));
  REQUIRE(differences.size() == 2);
  CHECK(differences[0] == "isa was avx2, is avx512");
  CHECK_THROWS_WITH(check_same_machine(c, other, true, log),
                    Contains("ck.h5") && Contains("avx512") && Contains("--strict"));
}

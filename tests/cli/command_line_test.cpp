// SPDX-License-Identifier: MIT
// Parsing in GNU order, help that fits, configuration that reads back, operands by place.
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "catch.h"
#include "cli/common.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/operands.h"
#include "cli/parse.h"
#include "cli/progress.h"

using namespace nn;
using namespace nn::cli;

namespace {

struct Fields {
  int64_t epochs = 10;
  double rate = 0.001;
  bool shuffle = true, test = false;
  std::string output;
  std::vector<std::string> gates;
  OptionSet set, hidden;
  Fields() {
    set.add("epochs", epochs, "N", "passes over the data").short_form('e').brief_help();
    set.add("lr", rate, "RATE", "learning rate");
    set.flag("shuffle", shuffle, "a new order each epoch");
    set.flag("test", test, "measure the test split").short_form('t');
    set.add("output", output, "FILE", "where to").short_form('o');
    set.add("fail-under", gates, "METRIC=VALUE", "a gate");
  }
  CommandLine parse(std::vector<const char*> words) {
    words.insert(words.begin(), "nn-tool");
    return parse_command_line(static_cast<int>(words.size()), words.data(), set, hidden);
  }
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("options and operands mix, in all GNU forms") {
  Fields f;
  const CommandLine line = f.parse({"a.h5", "--epochs", "3", "-te5", "b.h5", "--lr=-1", "-o", "-", "-e", "7", "-"});
  CHECK(line.options ==
        Pairs{{"epochs", "3"}, {"test", "true"}, {"epochs", "5"}, {"lr", "-1"}, {"output", "-"}, {"epochs", "7"}});
  CHECK(line.operands == std::vector<std::string>{"a.h5", "b.h5", "-"});
}

TEST_CASE("a value may look like an option, and -- ends the options") {
  Fields f;
  const CommandLine line = f.parse({"--lr", "-0.5", "--", "-x", "--epochs"});
  CHECK(line.options == Pairs{{"lr", "-0.5"}});
  CHECK(line.operands == std::vector<std::string>{"-x", "--epochs"});
}

TEST_CASE("values keep brackets, equals signs and blanks") {
  Fields f;
  const CommandLine line =
      f.parse({"--fail-under", "accuracy=0.9", "--fail-under=[a,b]", "--output", "a b", "[x]", ""});
  CHECK(line.options == Pairs{{"fail-under", "accuracy=0.9"}, {"fail-under", "[a,b]"}, {"output", "a b"}});
  CHECK(line.operands == std::vector<std::string>{"[x]", ""});
}

TEST_CASE("a flag that is on can be switched off") {
  Fields f;
  CHECK(f.parse({"--no-shuffle"}).options == Pairs{{"shuffle", "false"}});
  CHECK(f.parse({"--shuffle"}).options == Pairs{{"shuffle", "true"}});
}

TEST_CASE("what is wrong on a command line is named") {
  Fields f;
  CHECK_THROWS_WITH(f.parse({"--epcohs", "3"}), "unknown option --epcohs (did you mean --epochs?)");
  CHECK_THROWS_WITH(f.parse({"--epcohs=3"}), "unknown option --epcohs (did you mean --epochs?)");
  CHECK_THROWS_WITH(f.parse({"-x"}), "unknown option -x");
  CHECK_THROWS_WITH(f.parse({"--epochs"}), "option --epochs needs a value");
  CHECK_THROWS_WITH(f.parse({"-e"}), "option --epochs needs a value");
  CHECK_THROWS_WITH(f.parse({"--test=3"}), "option --test takes no value");
  try {
    f.parse({"--nonsense-of-all-kinds"});
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(e.status() == Exit::usage);
  }
}

TEST_CASE("-h has 24 lines of 80 columns at most, and only brief options") {
  Fields f;
  ToolInfo info;
  info.name = "nn-tool";
  info.summary = "does a thing";
  info.synopsis = "[OPTION]... [DATA]";
  std::string& help = f.set.find("lr")->help;
  for (int i = 0; i < 60; ++i) help += " of many words";
  f.set.find("lr")->brief = true;
  const std::string text = brief_help(info, f.set);
  std::istringstream lines(text);
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) CHECK(line.size() <= 80);
  CHECK(count <= 24);
  CHECK(text.find("--epochs") != std::string::npos);
  CHECK(text.find("--fail-under") == std::string::npos);
  CHECK(full_help(info, f.set).find("--fail-under=METRIC=VALUE") != std::string::npos);
  CHECK(full_help(info, f.set).find("--[no-]shuffle") != std::string::npos);
}

TEST_CASE("a list is left out of -h as a whole, or is whole") {
  int value = 0;
  OptionSet set;
  set.add("model", value, "M",
          "the network of this run: a name from the list of all models, a file, or the layers themselves")
      .brief_help();
  set.add("order", value, "O", "how the learning rate changes, for example as a cosine after a warm-up").brief_help();
  set.add("seed", value, "S",
          "seed of initial weights (of all the layers that have any), shuffling, dropout, augmentation")
      .brief_help();
  for (int i = 0; i < 16; ++i) set.add("fill" + std::to_string(i), value, "F", "fills the screen").brief_help();
  ToolInfo info;
  const std::string text = brief_help(info, set);
  CHECK(text.find("the network of this run [0]\n") != std::string::npos);
  CHECK(text.find("how the learning rate changes [0]\n") != std::string::npos);
  CHECK(text.find("seed of initial weights [0]\n") != std::string::npos);
}

TEST_CASE("an option of two names is written once in a configuration") {
  std::string form;
  OptionSet set;
  set.add("type", form, "FORM", "form");
  set.add("format", form, "FORM", "the same as --type");
  ToolInfo info;
  info.second_names = {{"format", "type"}};
  set.set_option("type", "csv");
  CHECK(config_text(info, set, {}) == "type = csv\n");
}

TEST_CASE("print-config reads back to the same settings") {
  Fields f, g;
  Pairs given{{"epochs", "3"}, {"fail-under", "accuracy=0.9"}, {"fail-under", "loss=1"}, {"shuffle", "false"}};
  for (const auto& [name, value] : given) f.set.set_option(name, value);
  const std::string file = "config_test.tmp";
  std::ofstream(file) << "# a comment\n\n" << config_text(ToolInfo(), f.set, given);
  for (const auto& [name, value] : read_config(file)) g.set.set_option(name, value);
  std::remove(file.c_str());
  CHECK(g.epochs == 3);
  CHECK(g.shuffle == false);
  CHECK(g.rate == f.rate);
  CHECK(g.gates == f.gates);
}

TEST_CASE("a byte order mark in front of a configuration is none of its text") {
  const std::string file = "config_test3.tmp";
  std::ofstream(file) << "\xEF\xBB\xBF"
                         "epochs = 3\r\nlr = 0.5\r\n";
  CHECK(read_config(file) == Pairs{{"epochs", "3"}, {"lr", "0.5"}});
  std::remove(file.c_str());
}

TEST_CASE("a line of a configuration without equals sign is named") {
  const std::string file = "config_test2.tmp";
  std::ofstream(file) << "epochs = 3\nnonsense\n";
  CHECK_THROWS_WITH(read_config(file), Contains("config_test2.tmp:2") && Contains("nonsense"));
  std::remove(file.c_str());
  CHECK_THROWS_AS(read_config("no-such-file"), Error);
}

TEST_CASE("operands fill their places or are counted by the synopsis") {
  std::string model;
  std::vector<std::string> data;
  OptionSet set;
  set.add("model", model, "MODEL", "a model").as_operand().must();
  set.add("data", data, "DATA...", "data").as_operand();
  ToolInfo info;
  info.name = "nn-tool";
  fill_operands(info, set, {"m.h5", "a", "b"});
  CHECK(model == "m.h5");
  CHECK(data == std::vector<std::string>{"a", "b"});
  CHECK_THROWS_WITH(fill_operands(info, set, {}), Contains("MODEL is missing"));
  OptionSet none;
  info.synopsis = "[OPTION]... --model NAME MODEL [DATA]";
  CHECK_NOTHROW(fill_operands(info, none, {"a", "b"}));
  CHECK_THROWS_WITH(fill_operands(info, none, {"a", "b", "c"}), Contains("'c' is one too many"));
  info.synopsis = "[OPTION]... MODEL...";
  CHECK_NOTHROW(fill_operands(info, none, {"a", "b", "c"}));
  CHECK_THROWS_WITH(fill_operands(info, none, {"-", "-"}), Contains("once"));
}

TEST_CASE("progress in words") {
  const double nan = std::nan("");
  CHECK(epoch_line(3, 13,
                   {{"epoch", {3}},
                    {"loss", {0.43117}},
                    {"accuracy", {0.8431}},
                    {"val_loss", {nan}},
                    {"learning_rate", {1e-3}},
                    {"seconds", {1.23}}}) == "epoch 3/13  loss 0.4312  accuracy 0.8431  1.2 s");
  CHECK(epoch_line(1, 1, {{"loss", {8.2369e28}}}) == "epoch 1/1  loss 8.237e+28");
  CHECK(bar_text(0, 4) == "[>   ]");
  CHECK(bar_text(0.5, 4) == "[==> ]");
  CHECK(bar_text(1, 4) == "[====]");
  CHECK(duration_text(62) == "01:02");
  CHECK(duration_text(3723) == "1:02:03");
}

// SPDX-License-Identifier: MIT
#include "train/run/log_file.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "base/error.h"
#include "base/text/json.h"
#include "catch.h"
#include "folder.h"

using namespace nn;
using nn_test::Folder;

namespace {

const std::vector<std::string> columns{"epoch", "loss", "val_loss", "seconds"};

/// The first n epochs of one run.
h5::Columns history(size_t n, double seconds = 0.5) {
  h5::Columns table{{"epoch", {}}, {"loss", {}}, {"val_loss", {}}, {"seconds", {}}};
  for (size_t i = 1; i <= n; ++i) {
    const auto x = static_cast<double>(i);
    const double row[] = {x, 1 / x, 2 / x, seconds};
    for (size_t c = 0; c < table.size(); ++c) table[c].second.push_back(row[c]);
  }
  return table;
}
h5::Columns epoch(size_t n, double seconds = 0.5) {
  h5::Columns row = history(n, seconds);
  for (auto& [name, values] : row) values = {values.back()};
  return row;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

const Log quiet("test", -2);

}  // namespace

TEST_CASE("a log has a header and a line an epoch, there as soon as the epoch has ended") {
  const Folder folder;
  const std::string file = folder.put("log.tsv", "of an earlier run\n");
  LogFile log(file, columns, quiet);
  CHECK(text_of(file) == "epoch\tloss\tval_loss\tseconds\n");
  log.add(epoch(1));
  CHECK(text_of(file) == "epoch\tloss\tval_loss\tseconds\n1\t1\t2\t0.5\n");
  log.add(epoch(3));
  CHECK(text_of(file) ==
        "epoch\tloss\tval_loss\tseconds\n1\t1\t2\t0.5\n3\t0.3333333333333333\t0.6666666666666666\t0.5\n");
}

TEST_CASE("the suffix chooses the form, and values that are not numbers have one that readers know") {
  const Folder folder;
  const double inf = std::numeric_limits<double>::infinity();
  const h5::Columns row{{"seconds", {0.25}}, {"epoch", {7}}, {"loss", {NAN}}, {"val_loss", {-inf}}, {"other", {1}}};
  LogFile(folder / "a.csv", columns, quiet).add(row);
  CHECK(text_of(folder / "a.csv") == "epoch,loss,val_loss,seconds\n7,NaN,-Inf,0.25\n");
  LogFile(folder / "a.tsv", {"epoch", "accuracy"}, quiet).add(row);
  CHECK(text_of(folder / "a.tsv") == "epoch\taccuracy\n7\tNaN\n");
  LogFile(folder / "a.jsonl", columns, quiet).add(row);
  CHECK(text_of(folder / "a.jsonl") == "{\"epoch\":7,\"loss\":null,\"val_loss\":null,\"seconds\":0.25}\n");
  CHECK(Json::parse(text_of(folder / "a.jsonl")).at("epoch").integer() == 7);
  for (const char* name : {"log", "log.txt", "-", "", "tsv", "a.TSV", "/dev/null"}) {
    INFO(name);
    CHECK_THROWS_AS(LogFile::separator_of(name, ""), UsageError);
  }
}

TEST_CASE("a run that goes on: one header, every epoch once") {
  const Folder folder;
  for (const char* suffix : {"tsv", "csv", "jsonl"}) {
    const std::string file = folder / (std::string("log.") + suffix), whole = folder / (std::string("whole.") + suffix);
    {
      LogFile log(whole, columns, quiet);
      for (size_t i = 1; i <= 5; ++i) log.add(epoch(i));
    }
    const auto go_on = [&](size_t from) {
      LogFile log(file, columns, history(from), quiet);
      for (size_t i = from + 1; i <= 5; ++i) log.add(epoch(i));
    };
    const std::string before = text_of(whole);
    INFO(suffix);
    SECTION(std::string("after the checkpoint more epochs were written, the last torn: ") + suffix) {
      std::ofstream(file) << before.substr(0, before.size() - 4);
      go_on(2);
      CHECK(text_of(file) == before);
    }
    SECTION(std::string("epochs are missing: ") + suffix) {
      std::ofstream(file) << before.substr(0, before.find("\n", before.find("\n") + 1) + 1);
      go_on(4);
      CHECK(text_of(file) == before);
    }
    SECTION(std::string("no file, or an empty one: ") + suffix) {
      go_on(3);
      CHECK(text_of(file) == before);
      std::ofstream(file, std::ios::trunc).close();
      go_on(3);
      CHECK(text_of(file) == before);
    }
    SECTION(std::string("nothing left to do: ") + suffix) {
      std::ofstream(file) << before;
      go_on(5);
      CHECK(text_of(file) == before);
    }
    SECTION(std::string("epochs done twice took another time: ") + suffix) {
      { LogFile(file, columns, history(2, 9.5), quiet); }
      go_on(2);
      CHECK(text_of(file) == before);
    }
  }
}

TEST_CASE("what is not the log of this run stays as it is") {
  const Folder folder;
  const auto refused = [&](const std::string& name, const std::string& text, const std::string& says) {
    const std::string file = folder.put(name, text);
    CHECK_THROWS_WITH(LogFile(file, columns, history(2), quiet), Contains(name) && Contains(says));
    CHECK(text_of(file) == text);
    CHECK(folder.names().size() == 1);
    std::filesystem::remove(file);
  };
  refused("log.tsv", "epoch\tloss\n1\t1\n", "val_loss");
  refused("log.csv", "name,address\n", "line 1");
  refused("log.tsv", "epoch\tloss\tval_loss\tseconds\n1\t1\t2\t0.5\n2\t0.4\t1\t0.5\n", "line 3");
  refused("log.tsv", "words without a line end", "line 1");
  refused("log.jsonl", "words", "line 1");
  refused("log.jsonl", "words\n", "line 1");
  refused("log.jsonl", "{\"epoch\":1,\"loss\":2,\"val_loss\":2,\"seconds\":0.5}\n", "line 1");
  std::filesystem::create_directory(folder / "log.csv");
  CHECK_THROWS_AS(LogFile(folder / "log.csv", columns, quiet), Error);
  CHECK_THROWS_WITH(LogFile(folder / "none/log.tsv", columns, quiet), Contains("none"));
}

TEST_CASE("a full disk: no torn line, and what is missing comes when there is room") {
  const Folder folder;
  const std::string file = folder / "log.tsv", header = "epoch\tloss\tval_loss\tseconds\n";
  struct Limit {  // files may not grow beyond so many bytes, which looks like a full disk to write(2)
    rlimit before{};
    void (*handler)(int) = std::signal(SIGXFSZ, SIG_IGN);
    explicit Limit(rlim_t bytes) {
      ::getrlimit(RLIMIT_FSIZE, &before);
      const rlimit now{bytes, before.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~Limit() {
      ::setrlimit(RLIMIT_FSIZE, &before);
      std::signal(SIGXFSZ, handler);
    }
  };
  LogFile log(file, columns, quiet);
  {
    const Limit limit(header.size() + 12);
    log.add(epoch(1));
    log.add(epoch(2));
    log.add(epoch(4));
    CHECK(text_of(file) == header + "1\t1\t2\t0.5\n");
  }
  log.add(epoch(5));
  CHECK(text_of(file) == header + "1\t1\t2\t0.5\n2\t0.5\t1\t0.5\n4\t0.25\t0.5\t0.5\n5\t0.2\t0.4\t0.5\n");
}

TEST_CASE("format= says the form where the name does not") {
  const Folder folder;
  LogFile(folder / "log", columns, quiet, "csv").add(epoch(1));
  CHECK(text_of(folder / "log") == "epoch,loss,val_loss,seconds\n1,1,2,0.5\n");
  LogFile(folder / "log.tsv", columns, quiet, "jsonl").add(epoch(1));
  CHECK(text_of(folder / "log.tsv").starts_with("{\"epoch\":1,"));
  CHECK_THROWS_WITH(LogFile::separator_of("log", ""), Contains("format="));
  CHECK_THROWS_WITH(LogFile::separator_of("log.csv", "cvs"), Contains("did you mean csv"));
}

TEST_CASE("a pipe gets the epochs that it lacks, and one that nobody reads ends nothing") {
  const Folder folder;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::string name = "/dev/fd/" + std::to_string(ends[1]);
  {
    LogFile log(name, columns, history(2), quiet, "csv");
    log.add(epoch(3));
  }
  char text[500] = {};
  CHECK(::read(ends[0], text, sizeof text - 1) > 0);
  CHECK(std::string(text) ==
        "epoch,loss,val_loss,seconds\n1,1,2,0.5\n2,0.5,1,0.5\n3,0.3333333333333333,0.6666666666666666,0.5\n");
  LogFile log(name, columns, quiet, "csv");
  ::close(ends[0]);
  CHECK_NOTHROW(log.add(epoch(1)));
  ::close(ends[1]);
}

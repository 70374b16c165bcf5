// SPDX-License-Identifier: MIT
// Output appears whole or not at all.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "catch.h"
#include "files.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"

using namespace nn;
using namespace nn::h5;
using files::Folder;
using Content = OutFile::Content;

namespace {

// Runs work in a child; gives what waitpid says.
template <class Work>
int in_child(Work&& work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
      _exit(9);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a file is replaced whole, and keeps its permissions") {
  Folder folder;
  const std::string name = folder / "out";
  {
    OutFile out(name, Content::text);
    CHECK(folder.names().size() == 1);
    CHECK_FALSE(files::fs::exists(name));
    out.commit("first");
    CHECK_THROWS(out.commit("again"));
  }
  CHECK(files::get(name) == "first");
  chmod(name.c_str(), 0640);
  { OutFile abandoned(name, Content::text); }
  CHECK(files::get(name) == "first");
  OutFile(name, Content::binary).commit("second");
  CHECK(files::get(name) == "second");
  struct stat info {};
  stat(name.c_str(), &info);
  CHECK((info.st_mode & 0777) == 0640);
  CHECK(folder.names().size() == 1);
}

TEST_CASE("targets that cannot be written fail at once") {
  Folder folder;
  CHECK_THROWS_WITH(OutFile(folder / "none/out", Content::text), Contains("none/out") && Contains("No such file"));
  CHECK_THROWS_WITH(OutFile(folder.path(), Content::text), Contains("is a folder"));
  files::put(folder / "old", "old");
  CHECK_THROWS_WITH(OutFile(folder / "old", Content::text, true), Contains("exists already"));
  CHECK_THROWS_WITH(OutFile("/proc/nn-out", Content::text), Contains("/proc/nn-out"));
  if (getuid() != 0) {
    chmod(folder.path().c_str(), 0500);
    CHECK_THROWS_WITH(OutFile(folder / "new", Content::text), Contains("Permission denied"));
    chmod(folder.path().c_str(), 0700);
  }
  OutFile late(folder / "late", Content::text, true);
  files::put(folder / "late", "someone else");
  CHECK_THROWS_WITH(late.commit("mine"), Contains("File exists"));
  CHECK(files::get(folder / "late") == "someone else");
  const std::string longest(255, 'n');
  OutFile(folder / longest, Content::text).commit("x");
  CHECK(files::get(folder / longest) == "x");
}

TEST_CASE("links and devices are written through") {
  Folder folder;
  files::put(folder / "real", "old");
  files::fs::create_symlink("real", folder / "link");
  OutFile(folder / "link", Content::text).commit("new");
  CHECK(files::fs::is_symlink(folder / "link"));
  CHECK(files::get(folder / "real") == "new");
  OutFile full("/dev/full", Content::binary);
  CHECK_THROWS_WITH(full.commit("x"), Contains("/dev/full") && Contains("No space left"));
  OutFile("/dev/null", Content::binary).commit("x");
  CHECK(files::fs::is_character_file("/dev/null"));
}

TEST_CASE("a full disk leaves the old file") {
  Folder folder;
  const std::string name = folder / "out";
  files::put(name, "old");
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{5000, 5000};
    setrlimit(RLIMIT_FSIZE, &limit);
    OutFile(name, Content::binary).commit(std::string(10000, 'x'));
  });
  CHECK(WEXITSTATUS(status) == 9);
  CHECK(files::get(name) == "old");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("a temporary or a folder that vanished is made again") {
  Folder folder;
  OutFile out(folder / "out", Content::binary);
  for (const std::string& name : folder.names()) files::fs::remove(folder / name);
  out.commit("first");
  CHECK(files::get(folder / "out") == "first");
  files::fs::create_directory(folder / "sub");
  OutFile inside(folder / "sub/out", Content::binary);
  files::fs::remove_all(folder / "sub");
  inside.commit("second");
  CHECK(files::get(folder / "sub/out") == "second");
  OutFile moved(folder / "sub/out", Content::binary);
  files::fs::rename(folder / "sub", folder / "elsewhere");
  moved.commit("third");
  CHECK(files::get(folder / "sub/out") == "third");
  CHECK(files::get(folder / "elsewhere/out") == "second");
  CHECK(std::distance(files::fs::directory_iterator(folder / "elsewhere"), files::fs::directory_iterator()) == 1);
  CHECK(std::distance(files::fs::directory_iterator(folder / "sub"), files::fs::directory_iterator()) == 1);
}

TEST_CASE("a result whose place cannot be had again is kept, and the message tells where") {
  Folder folder, spare;
  setenv("TMPDIR", spare.path().c_str(), 1);
  files::fs::create_directory(folder / "sub");
  OutFile out(folder / "sub/m.h5", Content::binary);
  files::fs::remove_all(folder / "sub");
  files::put(folder / "sub", "now a file");
  CHECK_THROWS_WITH(out.commit("result"),
                    Contains("sub/m.h5") && Contains("the result lies in " + spare.path() + "/m.h5."));
  REQUIRE(spare.names().size() == 1);
  CHECK(files::get(spare / spare.names()[0]) == "result");
  files::fs::remove(spare / spare.names()[0]);
  CHECK(files::get(folder / "sub") == "now a file");

  OutFile full("/dev/full", Content::binary);
  CHECK_THROWS_WITH(full.commit("x"), Contains("No space left") && !Contains("the result lies"));
  CHECK(spare.names().empty());
  OutFile precious("/dev/full", Content::binary);
  precious.keep_result();
  CHECK_THROWS_WITH(precious.commit("x"),
                    Contains("No space left") && Contains("the result lies in " + spare.path() + "/full."));
  CHECK(spare.names().size() == 1);
  unsetenv("TMPDIR");
}

TEST_CASE("standard output: full, closed, and a broken pipe") {
  const auto with_stdout = [](int descriptor, auto&& check) {
    return in_child([&] {
      dup2(descriptor, STDOUT_FILENO);
      std::signal(SIGPIPE, SIG_IGN);
      check();
    });
  };
  const int full = open("/dev/full", O_WRONLY);
  CHECK(WEXITSTATUS(with_stdout(full, [] { OutFile("-", Content::binary).commit("x"); })) == 9);
  close(full);
  CHECK(WEXITSTATUS(with_stdout(0, [] {
          close(STDOUT_FILENO);
          OutFile("", Content::text);
        })) == 9);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  const int status = with_stdout(ends[1], [] { OutFile("-", Content::binary).commit("x"); });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGPIPE);
  close(ends[1]);
}

TEST_CASE("binary output never goes to a terminal", "[needs-terminal]") {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) NN_SKIP("no pseudo-terminals here");
  const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  const int status = in_child([&] {
    dup2(terminal, STDOUT_FILENO);
    dup2(terminal, STDIN_FILENO);
    OutFile("-", Content::text);
    try {
      OutFile("-", Content::binary);
    } catch (const UsageError&) {
      try {
        Reader::open("-");
      } catch (const UsageError&) {
        _exit(5);
      }
    }
  });
  CHECK(WEXITSTATUS(status) == 5);
  close(terminal);
  close(master);
}

TEST_CASE("two writers to one name: one of them, whole") {
  Folder folder;
  const std::string name = folder / "out";
  std::vector<pid_t> children;
  for (const char letter : {'a', 'b'}) {
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < 30; ++i) OutFile(name, Content::binary).commit(std::string(300000, letter));
      _exit(0);
    }
    children.push_back(child);
  }
  for (int i = 0; i < 200; ++i) {
    const std::string seen = files::get(name);
    if (seen.empty()) continue;  // not there yet
    REQUIRE(seen.size() == 300000);
    REQUIRE(seen == std::string(300000, seen[0]));
  }
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(folder.names().size() == 1);
}

TEST_CASE("kill -9 while writing leaves a whole file") {
  Folder folder;
  const std::string name = folder / "d.h5";
  Writer first = files::dataset(50, false);
  files::put(name, first.finish());
  for (int round = 0; round < 25; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      for (int64_t n = 51;; ++n) OutFile(name, Content::binary).commit(files::dataset(n, false).finish());
    }
    usleep(static_cast<useconds_t>(1000 + round * 1700));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    REQUIRE_NOTHROW(Reader::open(name, "dataset").verify());
  }
}

TEST_CASE("what a killed writer left is swept by the next one, and only that", "[needs-file-locks]") {
  Folder folder;
  const std::string name = folder / "out";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    OutFile out(name, Content::binary);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  REQUIRE(folder.names().size() == 1);
  const std::string left = folder.names().front();
  CHECK_THAT(left, Catch::Matchers::Matches("\\.out\\.[0-9a-f]{8}-[0-9]+-[0-9]+\\.tmp") || Contains("shared"));

  OutFile(name, Content::binary).commit("by another");
  CHECK(files::fs::exists(folder / left));  // its writer lives
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(files::fs::exists(folder / left));
  const std::string mark = left.substr(5, 8);
  for (const char* kept : {".out.00000000-1-0.tmp", ".out.shared-1-0.tmp", ".out.1-0.tmp", "out.tmp", ".out.txt.tmp"})
    files::put(folder / kept, "x");
  files::put(folder / (".other." + mark + "-1-0.tmp"), "x");
  files::put(folder / (".out.b." + mark + "-1-0.tmp"), "x");
  files::put(folder / (".out." + mark + "-1-x.tmp"), "x");
  files::fs::create_symlink("out", folder / (".out." + mark + "-1-1.tmp"));
  files::fs::create_directory(folder / (".out." + mark + "-1-2.tmp"));
  REQUIRE(mkfifo((folder / (".out." + mark + "-1-3.tmp")).c_str(), 0600) == 0);
  const size_t others = folder.names().size() - 1;
  if (left.find("shared") != left.npos) NN_SKIP("no locks on files here");
  OutFile(name, Content::binary).commit("after");
  CHECK_FALSE(files::fs::exists(folder / left));
  CHECK(folder.names().size() == others);
  CHECK(files::get(name) == "after");
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("writers that come and go while others are killed lose nothing") {
  Folder folder;
  const std::string name = folder / "out";
  std::vector<pid_t> victims, writers;
  const auto start = [&](int rounds, std::vector<pid_t>& list) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        for (int i = 0; rounds == 0 || i < rounds; ++i) OutFile(name, Content::binary).commit(std::string(2000, 'w'));
      } catch (...) {
        _exit(9);
      }
      _exit(0);
    }
    list.push_back(child);
  };
  for (int i = 0; i < 3; ++i) start(60, writers);
  for (int i = 0; i < 12; ++i) {
    start(0, victims);
    usleep(static_cast<useconds_t>(2000 + i * 700));
    kill(victims.back(), SIGKILL);
    waitpid(victims.back(), nullptr, 0);
  }
  for (const pid_t child : writers) {
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  OutFile(name, Content::binary).commit("last");
  CHECK(folder.names() == std::vector<std::string>{"out"});
}

TEST_CASE("a signal handler removes temporaries") {
  Folder folder;
  const int status = in_child([&] {
    std::signal(SIGTERM, [](int) {
      remove_temporaries();
      _exit(4);
    });
    OutFile out(folder / "out", Content::binary);
    std::raise(SIGTERM);
  });
  CHECK(WEXITSTATUS(status) == 4);
  CHECK(folder.names().empty());
  OutFile out(folder / "mine", Content::binary);
  in_child([] { remove_temporaries(); });  // a child does not own what its parent writes
  CHECK(folder.names().size() == 1);
  out.commit("x");
}

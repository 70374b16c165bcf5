// SPDX-License-Identifier: MIT
#include "formats/folder_output.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "h5/writing/temporary.h"

using namespace nn;
using nn_test::Folder;
namespace fs = std::filesystem;

namespace {
std::span<const std::byte> bytes(const char* text) {
  return std::as_bytes(std::span(text, std::char_traits<char>::length(text)));
}

size_t entries(const std::string& folder) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) count += !entry.path().empty();
  return count;
}

/// A writer that is gone before it could clean up.
void die_while_writing(const std::string& target) {
  const pid_t child = ::fork();
  if (child == 0) {
    FolderOutput out(target, false);
    out.add("a/b/1.txt", bytes("one"));
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}
}  // namespace

TEST_CASE("folder output: appears as a whole, with the usual mode, and nothing else stays") {
  const Folder folder;
  const mode_t mask = ::umask(027);
  {
    FolderOutput out(folder / "out", false);
    out.add("a/b/1.txt", bytes("one"));
    out.add("2.txt", bytes("two"));
    CHECK_FALSE(fs::exists(folder / "out"));
    CHECK_THROWS_WITH(out.add("2.txt", bytes("again")), Contains("2.txt"));
    CHECK_THROWS_AS(out.add("../3.txt", bytes("up")), Error);
    out.commit();
  }
  ::umask(mask);
  CHECK(entries(folder.path()) == 1);
  struct stat info {};
  REQUIRE(::stat((folder / "out").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0750);
  REQUIRE(::stat((folder / "out/a/b/1.txt").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("folder output: without commit nothing stays; what is there is kept") {
  const Folder folder;
  { FolderOutput(folder / "out", false).add("a/1.txt", bytes("one")); }
  CHECK(entries(folder.path()) == 0);
  fs::create_directory(folder / "out");
  CHECK_THROWS_WITH(FolderOutput(folder / "out", true), Contains("exists"));
  {
    FolderOutput out(folder / "out/", false);
    out.add("1.txt", bytes("one"));
    folder.put("out/late.txt", "put there meanwhile");
    CHECK_THROWS_WITH(out.commit(), Contains("cannot put the folder in place"));
  }
  CHECK(entries(folder / "out") == 1);
  CHECK(entries(folder.path()) == 1);
  folder.put("file", "x");
  CHECK_THROWS_WITH(FolderOutput(folder / "file", false), Contains("is a file"));
  CHECK_THROWS_WITH(FolderOutput(folder / "none/out", false), Contains("cannot make a folder"));
}

TEST_CASE("folder output: what a dead writer left is swept by the next, what a living one writes is not") {
  const Folder folder;
  FolderOutput living(folder / "out", false);
  living.add("1.txt", bytes("alive"));
  die_while_writing(folder / "out");
  die_while_writing(folder / "other");
  CHECK(entries(folder.path()) == 3);
  {
    FolderOutput next(folder / "out", false);
    CHECK(entries(folder.path()) == 3);  // the living one, the one of another name, its own
  }
  living.commit();
  CHECK(fs::exists(folder / "out/1.txt"));
  CHECK(entries(folder.path()) == 2);
}

TEST_CASE("folder output: planted links and folders are neither used nor followed") {
  const Folder folder;
  const std::string mark = h5::boot_mark().empty() ? "shared" : h5::boot_mark();
  folder.put("elsewhere/precious.txt", "keep");
  REQUIRE(::symlink("elsewhere", (folder / (".out." + mark + "-dAAAAAA")).c_str()) == 0);
  die_while_writing(folder / "out");  // in what it left, a link leads out
  for (const auto& entry : fs::directory_iterator(folder.path()))
    if (entry.is_directory() && !entry.is_symlink() && entry.path().filename().string().starts_with(".out."))
      REQUIRE(::symlink((folder / "elsewhere").c_str(), (entry.path() / "out/a/link").c_str()) == 0);
  FolderOutput out(folder / "out", false);
  out.add("1.txt", bytes("one"));
  out.commit();
  CHECK(entries(folder / "elsewhere") == 1);
  CHECK(entries(folder / "out") == 1);
  CHECK_FALSE(fs::is_symlink(folder / "out"));
  CHECK(entries(folder.path()) == 3);  // elsewhere, out, and the planted link, which is not ours
}

TEST_CASE("folder output: a link is refused, and what it points to stays as it is") {
  const Folder folder;
  fs::create_directory(folder / "real");
  REQUIRE(::symlink("real", (folder / "out").c_str()) == 0);
  REQUIRE(::symlink("nothing", (folder / "lost").c_str()) == 0);
  for (const char* name : {"out", "out/", "lost"})
    CHECK_THROWS_WITH(FolderOutput(folder / name, false),
                      Contains(std::string(name) + ": is a link, and a folder is not written through it"));
  CHECK(fs::is_symlink(folder / "out"));
  CHECK(entries(folder / "real") == 0);
  CHECK_FALSE(fs::exists(folder / "nothing"));
}

// SPDX-License-Identifier: MIT
// The steps that put a file in its place: calls that a signal breaks off, names that exist, folders that cannot be
// flushed.
#include "h5/writing/place.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/system/retry.h"
#include "catch.h"
#include "files.h"

using namespace nn;
using namespace nn::h5;
using files::Folder;

TEST_CASE("a call that a signal broke off is made again, one that failed is not") {
  int calls = 0;
  CHECK(retried([&] {
          errno = EINTR;
          return ++calls < 4 ? -1 : 7;
        }) == 7);
  CHECK(calls == 4);
  CHECK(retried([&] {
          errno = EIO;
          return ++calls, -1;
        }) == -1);
  CHECK(calls == 5);
  CHECK_FALSE(closed(-1));
}

TEST_CASE("a file is moved into place, over another one only when it may be") {
  Folder folder;
  const auto both = [&](bool replace) {
    files::put(folder / "from", "new");
    files::put(folder / "to", "old");
    return move_into_place(folder / "from", folder / "to", replace);
  };
  CHECK(both(true) == 0);
  CHECK(files::get(folder / "to") == "new");
  CHECK_FALSE(files::fs::exists(folder / "from"));
  CHECK(both(false) == EEXIST);
  CHECK(files::get(folder / "to") == "old");
  CHECK(files::get(folder / "from") == "new");
  files::fs::remove(folder / "to");
  CHECK(move_into_place(folder / "from", folder / "to", false) == 0);
  CHECK(folder.names() == std::vector<std::string>{"to"});
  CHECK(move_into_place(folder / "from", folder / "to", true) == ENOENT);
  CHECK(move_into_place(folder / "from", folder / "other", false) == ENOENT);
}

TEST_CASE("a folder that cannot be flushed: the file is in place, and that is said") {
  Folder folder;
  files::put(folder / "m.h5", "new");
  const int inside = open(folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  CHECK_NOTHROW(flush_folder(inside, -1, folder / "m.h5", "m.h5"));
  close(inside);
  CHECK_NOTHROW(flush_folder(-1, -1, folder / "m.h5", "m.h5"));  // by the file system of the file
  CHECK_THROWS_WITH(
      flush_folder(-1, -1, folder / "none", "m.h5"),
      Contains("m.h5: the new file is in place, but it is not certain that it outlasts a crash of the machine"));
}

TEST_CASE("a name leads to the open file, or no longer") {
  Folder folder;
  files::put(folder / "a", "a");
  const int file = open((folder / "a").c_str(), O_RDONLY);
  CHECK(leads_to(folder / "a", file));
  files::fs::rename(folder / "a", folder / "b");
  CHECK_FALSE(leads_to(folder / "a", file));
  files::put(folder / "a", "another");
  CHECK_FALSE(leads_to(folder / "a", file));
  remove_by_descriptor(file);
  CHECK(folder.names() == std::vector<std::string>{"a"});
  close(file);
}

// SPDX-License-Identifier: MIT
// A child that dies, hangs, asks for too much or says too much: each time one line, and the parent goes on.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <list>
#include <semaphore>

#include "base/error.h"
#include "catch.h"
#include "h5/reading/child.h"
#include "h5/reading/contents.h"

using namespace nn;
using namespace nn::h5;

namespace {

const std::vector<std::byte> image(100);

/// What is said of a child that gets to /train/images and then does this.
std::string failure_of(Describe describe) {
  try {
    table_from_child(image, "d.h5", false, Budget{}, describe);
  } catch (const Error& e) {
    CHECK(e.status() == Exit::failed);
    return e.what();
  }
  return "";
}

const std::string stopped = "d.h5: damaged or hostile HDF5 file (the reader stopped at /train/images";

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_limits = false;  // of memory and files: sanitizers need both
#else
constexpr bool has_limits = true;
#endif

uint64_t mapped_pages() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages;
}

}  // namespace

TEST_CASE("a child that dies is one line") {
  CHECK_THAT(failure_of([](auto, bool, const WalkOutput& output) {
               output.at("/train/images", "");
               __builtin_trap();
             }),
             Contains(stopped + ": killed by signal"));
  CHECK(failure_of([](auto, bool, const WalkOutput& output) {
          output.at("/train/images", "units");
          throw Error("wrong \x1b[2J version");
        }) == stopped + ", attribute units: wrong \\x1b[2J version)");
  CHECK(failure_of([](auto, bool, const WalkOutput& output) {
          output.at("/train/images", "");
          throw 7;
        }) == stopped + ")");
  CHECK(failure_of([](auto, bool, const WalkOutput& output) {
          output.at("/train/images", "");
          std::_Exit(3);
        }) == stopped + ")");
}

TEST_CASE("a child that hangs is one line") {
  CHECK(failure_of([](auto, bool, const WalkOutput& output) {
          output.at("/train/images", "");
          for (volatile unsigned i = 0;;) i = i + 1;
        }) == stopped + ": it took too long)");
}

TEST_CASE("a child that sleeps is one line") {
  CHECK(failure_of([](auto, bool, const WalkOutput& output) {
          output.at("/train/images", "");
          std::binary_semaphore never(0);
          never.acquire();
        }) == stopped + ": it stood still)");
}

TEST_CASE("a child that asks for too much memory is one line") {
  const std::string said = failure_of([](auto, bool, const WalkOutput& output) {
    output.at("/train/images", "");
    constexpr size_t portion = 16 << 20, most = size_t{1} << 30;
    std::list<std::vector<std::byte>> all;
    for (size_t n = 0; n < most; n += portion) all.emplace_back(portion, std::byte{1});
  });
  CHECK(said == (has_limits ? stopped + ": too much memory is asked for)" : ""));
}

TEST_CASE("a process whose own limit leaves a child too little memory says so") {
  if (!has_limits) {
    SUCCEED("a sanitizer has no limits");
    return;
  }
  const auto hog = [](auto, bool, const WalkOutput& output) {
    output.at("/train/images", "");
    const std::vector<std::byte> much(32 << 20, std::byte{1});
    output.put(std::span(much).first(1));
  };
  CHECK(failure_of(hog).empty());
  const pid_t limited = ::fork();
  if (limited == 0) {
    rlimit space{};
    getrlimit(RLIMIT_AS, &space);
    const uint64_t mapped = mapped_pages() * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    space.rlim_cur = mapped + (16 << 20);
    setrlimit(RLIMIT_AS, &space);
    const std::string said = failure_of(hog);
    ::_exit(said.starts_with(
                "d.h5: the reader stopped at /train/images: too much memory is asked for; this process may map 1") &&
                    said.find("ulimit -v") != said.npos
                ? 0
                : 1);
  }
  int status = 1;
  ::waitpid(limited, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("a child that says more than a file can hold is one line") {
  CHECK(failure_of([](auto, bool, const WalkOutput& output) {
          output.at("/train/images", "");
          const std::vector<std::byte> words(1 << 20);
          for (;;) output.put(words);
        }) == stopped + ": it has more contents than a file of its size can)");
}

TEST_CASE("a child has no files, and what it says is not believed") {
  const std::vector<std::byte> table =
      table_from_child(image, "d.h5", false, Budget{}, [](auto, bool, const WalkOutput& output) {
        const int file = ::open("/dev/null", O_RDONLY);
        const std::byte told{static_cast<unsigned char>(file < 0 ? 1 : 0)};
        output.put(std::span(&told, 1));
      });
  CHECK(table == std::vector<std::byte>{std::byte{has_limits ? 1 : 0}});
  CHECK_THROWS_AS(parse_contents(table, image.size()), Error);
}

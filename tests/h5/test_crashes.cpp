// SPDX-License-Identifier: MIT
// Files that crash libhdf5, or keep it busy without an end: found by tests/soak/mutants.py among changed files of our
// own and of the old format. Each is an Error of one line.
#include <filesystem>

#include "base/error.h"
#include "catch.h"
#include "h5/reading/reader.h"
#include "paths.h"

using namespace nn;
namespace fs = std::filesystem;

namespace {

/// How many files of a folder there are; each is refused or has all that it had.
int try_all(const fs::path& folder) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".h5") continue;
    ++files;
    INFO(entry.path().filename().string());
    try {
      h5::Reader::open(entry.path().string()).verify();
    } catch (const Error& e) {
      const std::string said = e.what();
      CHECK(said.starts_with(entry.path().string() + ": "));
      CHECK(said.find('\n') == std::string::npos);
    }
  }
  return files;
}

}  // namespace

TEST_CASE("files that crash libhdf5 are refused in one line") {
  CHECK(try_all(nn_test::source_folder() + "/tests/h5/crashes") >= 5);
}

TEST_CASE("the files of an attack that crashed libhdf5 are refused in one line", "[needs-crashes]") {
  const std::string folder = nn_test::data_folder() + "/faults/hostile/corpus-h5-crashes";
  if (!fs::exists(folder)) NN_SKIP("no " + folder);
  CHECK(try_all(folder) > 0);
}

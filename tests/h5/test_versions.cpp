// SPDX-License-Identifier: MIT
// Files that were written with other releases of libhdf5, whose description of references differs: each is good here,
// and has the same values. Made by `printf "a,b,label\n1,2,x\n3,4,y\n5,6,x\n" | nn-convert - NAME` on Debian 12 and 13.
#include <filesystem>

#include "catch.h"
#include "h5/reading/reader.h"
#include "paths.h"

using namespace nn;

TEST_CASE("a file is good, whichever release of libhdf5 wrote it") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(nn_test::source_folder() + "/tests/h5/versions")) {
    INFO(entry.path().filename().string());
    const h5::Reader file = h5::Reader::open(entry.path().string());
    CHECK_NOTHROW(file.verify());
    CHECK(file.read("/train/features").as<float>().size() == 6);
    CHECK(file.read("/train/features").as<float>()[3] == 4);
    CHECK(file.computed_digest() == file.digest());
    ++files;
  }
  CHECK(files == 2);
}

// SPDX-License-Identifier: MIT
// Devices by name and number.
#include "backend/backend.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;

TEST_CASE("devices are named by their backend, with a number where there are several") {
  CHECK(find_device("cpu").type->name == std::string("cpu"));
  CHECK(find_device("ref:0").type->name == std::string("ref"));
  CHECK_THROWS_AS(find_device("gpu"), UsageError);
  for (const char* name : {"cpu:x", "cpu:", "cpu:-1", "cpu:99999999999999999999"}) {
    INFO(name);
    CHECK_THROWS_WITH(find_device(name), Contains("expected NAME or NAME:NUMBER"));
  }
  CHECK_THROWS_WITH(find_device("cpu:1"), Contains("there is one only, named cpu"));
}

TEST_CASE("auto is the usable device of the highest rank, and every device says what it is") {
  const auto lines = devices();
  REQUIRE(lines.size() > backends().size());
  CHECK(lines[0].first == "auto");
  for (const auto& [name, about] : lines) CHECK(!about.empty());
  const Device best = find_device("auto");
  std::string why;
  for (const BackendType* type : backends())
    if (type->usable(why) > 0) CHECK(type->rank <= best.type->rank);
  CHECK(best.type->rank > find_device("ref").type->rank);
  CHECK(make_backend("auto", 1)->name() == best.type->name);
}

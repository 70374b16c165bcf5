// SPDX-License-Identifier: MIT
#include "h5/handle.h"

#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::h5;

namespace {

int closed_handles = 0;
herr_t count_close(hid_t) { return ++closed_handles, 0; }

}  // namespace

TEST_CASE("a handle closes what it holds, but not while an error is on its way") {
  start_library();
  closed_handles = 0;
  { const Handle held(1, count_close, "a"); }
  CHECK(closed_handles == 1);
  const auto failing = [] {
    const Handle held(1, count_close, "a");
    Handle moved(1, count_close, "b");
    const Handle taken = std::move(moved);
    throw Error("the library has failed");
  };
  CHECK_THROWS_AS(failing(), Error);
  CHECK(closed_handles == 1);
  try {
    throw Error("something else");
  } catch (const Error&) {
    const Handle held(1, count_close, "a");  // the error has been caught
  }
  CHECK(closed_handles == 2);
  CHECK_THROWS_WITH(Handle(-1, count_close, "what"), Contains("what"));
}

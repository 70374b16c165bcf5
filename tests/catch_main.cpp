// SPDX-License-Identifier: MIT
// The main function of the test programs. Status 0: all passed; 1: something failed, a case checked nothing, or no case
// was chosen; 77: nothing failed and a case was skipped.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <cstdio>
#include <string>

namespace nn_test {

namespace {
int skipped = 0;
}

void skip(const std::string& why) {
  ++skipped;
  std::printf("skipped: %s\n", why.c_str());
}

}  // namespace nn_test

int main(int argc, char** argv) {
  Catch::Session session;
  // No assertions: a failure. The second bit: Catch2 2, no case chosen; 3, a pattern that chose none.
  session.configData().warnings = static_cast<Catch::WarnAbout::What>(1 | 2);
  const int failed = session.run(argc, argv);
  if (failed != 0) return 1;
  return nn_test::skipped > 0 ? 77 : 0;
}

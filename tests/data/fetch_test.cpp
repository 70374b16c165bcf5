// SPDX-License-Identifier: MIT
#include "data/fetch/fetch.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text/url.h"
#include "catch.h"
#include "folder.h"
#include "h5/provenance.h"

using namespace nn;
using nn_test::Folder;

namespace {

std::vector<std::byte> content(size_t n) {
  std::vector<std::byte> bytes(n);
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

/// An entry "set" with one file, a mirror folder and a cache.
struct Scene {
  Folder folder;
  std::vector<std::byte> bytes = content(3000);
  CatalogueEntry entry;
  FetchOptions options;

  Scene() {
    entry.name = "set";
    entry.files.push_back({"table", "file.bin", 3000, sha256_hex(bytes)});
    options.cache = folder.path() + "/cache";
    options.rounds = 1;
  }
  std::string mirror(const std::string& name) const { return "file://" + folder.path() + "/" + name; }
  std::string cached() const {
    return options.cache + "/sha256/" + entry.files[0].sha256.substr(0, 2) + "/" + entry.files[0].sha256;
  }
  std::vector<std::byte> fetch() const { return nn::fetch(entry, entry.files[0], options); }
};

}  // namespace

TEST_CASE("a file comes from a mirror, then from the cache") {
  Scene s;
  const std::string at = s.folder.put("mirror/set/file.bin", s.bytes);
  s.options.mirrors = {s.mirror("mirror/")};
  CHECK(s.fetch() == s.bytes);
  CHECK(std::filesystem::is_regular_file(s.cached()));
  std::filesystem::remove(at);
  s.options.offline = true;
  CHECK(s.fetch() == s.bytes);
}

TEST_CASE("mirrors are tried in order until one has the right bytes") {
  Scene s;
  auto wrong = s.bytes;
  wrong[100] ^= std::byte{1};
  s.folder.put("wrong/set/file.bin", wrong);
  s.folder.put("short/set/file.bin", std::span(s.bytes).first(2999));
  s.folder.put("long/set/file.bin", content(3001));
  s.folder.put("empty/set/file.bin", "");
  s.options.mirrors = {s.mirror("absent"), s.mirror("wrong"), s.mirror("short"), s.mirror("long"), s.mirror("empty")};
  try {
    s.fetch();
    FAIL("bad files were taken");
  } catch (const Error& e) {
    const std::string message = e.what();
    for (const char* part :
         {"absent", "wrong SHA-256", "expected 3000 bytes, found 2999", "more than the 3000", "--mirror"})
      CHECK_THAT(message, Contains(part));
  }
  CHECK_FALSE(std::filesystem::exists(s.cached()));
  s.folder.put("catalogue/file.bin", s.bytes);
  s.entry.mirrors = {s.mirror("catalogue")};
  CHECK(s.fetch() == s.bytes);
}

TEST_CASE("only https, file, and http to loopback are asked") {
  Scene s;
  s.options.mirrors = {"http://example.org", "ftp://example.org", "https://", "nonsense", "gopher://127.0.0.1/"};
  CHECK_THROWS_WITH(s.fetch(), Contains("http:// is not allowed") && Contains("ftp:// is not allowed"));
  s.options.mirrors = {"http://127.0.0.1:1"};
  CHECK_THROWS_WITH(s.fetch(), !Contains("not allowed"));
}

TEST_CASE("offline asks no network") {
  Scene s;
  s.options.offline = true;
  s.options.mirrors = {"https://example.org"};
  s.options.rounds = 5;  // would wait between rounds
  CHECK_THROWS_WITH(s.fetch(), Contains("offline"));
  s.folder.put("m/set/file.bin", s.bytes);
  s.options.mirrors.push_back(s.mirror("m"));
  CHECK(s.fetch() == s.bytes);
}

TEST_CASE("a damaged file in the cache is replaced") {
  Scene s;
  s.folder.put("m/set/file.bin", s.bytes);
  s.options.mirrors = {s.mirror("m")};
  auto wrong = s.bytes;
  wrong[0] ^= std::byte{1};
  for (const auto& bad :
       {wrong, std::vector<std::byte>(s.bytes.begin(), s.bytes.end() - 1), std::vector<std::byte>()}) {
    std::filesystem::remove(s.cached());
    s.folder.put(std::filesystem::relative(s.cached(), s.folder.path()).string(), bad);
    CHECK(s.fetch() == s.bytes);
    CHECK(std::filesystem::file_size(s.cached()) == 3000);
  }
}

TEST_CASE("a cache that cannot be written is no failure") {
  Scene s;
  s.folder.put("m/set/file.bin", s.bytes);
  s.options.mirrors = {s.mirror("m")};
  s.options.cache = s.folder.put("not-a-folder", "") + "/below";
  CHECK(s.fetch() == s.bytes);
}

TEST_CASE("several processes fetch at once") {
  Scene s;
  s.bytes = content(400000);
  s.entry.files[0].size = 400000;
  s.entry.files[0].sha256 = sha256_hex(s.bytes);
  s.folder.put("m/set/file.bin", s.bytes);
  s.options.mirrors = {s.mirror("m")};
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      int status = 1;
      try {
        for (int k = 0; k < 3; ++k) status = s.fetch() == s.bytes ? 0 : 2;
      } catch (const std::exception&) {
        status = 3;
      }
      _exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(s.options.cache))
    files += entry.is_regular_file();
  CHECK(files == 1);
}

TEST_CASE("an interrupt ends a fetch") {
  Scene s;
  s.options.mirrors = {"http://127.0.0.1:1"};  // refused: would be tried again after a wait
  s.options.rounds = 10;
  s.options.interrupted = [] { return true; };
  CHECK_THROWS_WITH(s.fetch(), Contains("interrupted"));
}

TEST_CASE("a catalogue entry is held to its form") {
  const std::string good =
      R"({"title":"t","source":"s","license":"l","citation":"c","classes":["a"],"mirrors":["https://x"],
    "files":[{"role":"table","name":"f","size":3,"sha256":"0123456789012345678901234567890123456789012345678901234567890123"}]})";
  CHECK(parse_catalogue(Json::parse(good), "n").file("table").size == 3);
  CHECK_THROWS_WITH(parse_catalogue(Json::parse(good), "n").file("train/images"), Contains("train/images"));
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    CHECK_THROWS_AS(parse_catalogue(Json::parse(text), "n"), Error);
  };
  refused("\"size\":3", "\"size\":-3");
  refused("\"name\":\"f\"", "\"name\":\"../f\"");
  refused("0123\"}", "012X\"}");
  refused("\"license\"", "\"licence\"");
}

TEST_CASE("credentials of a mirror are not shown") {
  CHECK(without_credentials("https://user:secret@host/x?a=b@c") == "https://***@host/x?a=b@c");
  CHECK(without_credentials("--mirror=http://token@host and ftp://a:b@c") ==
        "--mirror=http://***@host and ftp://***@c");
  CHECK(without_credentials("https://user:se/cr@et@host/x") == "https://***@host/x");
  CHECK(without_credentials("https://user:s@cret@host") == "https://***@host");
  CHECK(without_credentials("'https://host/x?a=b&password=secret&c=d' http://h?api_key=se://cret#X-Amz-Signature=1") ==
        "'https://host/x?a=b&password=***&c=d' http://h?api_key=***#X-Amz-Signature=***");
  CHECK(without_credentials("https://user:secret@host/?ACCESS_TOKEN=a;client_secret=b&page=2&x") ==
        "https://***@host/?ACCESS_TOKEN=***;client_secret=***&page=2&x");
  for (const std::string plain :
       {"https://host:8080/a@b", "https://[::1]:80/a@b", "file:///home/me@work/x", "a@b.c", "://"})
    CHECK(without_credentials(plain) == plain);
  Scene s;
  s.options.mirrors = {"http://user:secret@127.0.0.1:1"};
  s.options.offline = true;
  try {
    (void)s.fetch();
    FAIL("nothing there can answer");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("secret") == std::string::npos);
    CHECK_THAT(e.what(), Contains("http://***@127.0.0.1:1"));
  }
}

TEST_CASE("credentials are not recorded, neither in the command nor among the options") {
  h5::Step step;
  step.tool = "nn-fetch";
  step.argv = {"nn-fetch", "--mirror", "https://user:secret@host/x", "--mirror=https://token@host"};
  step.options = Json::object();
  step.options["mirror"] = Json("https://user:secret@host/x https://token@host");
  step.options["seed"] = Json(3);
  const h5::Provenance record = h5::extend(step, {});
  for (const std::string& text : {record.history, record.steps.dump()}) {
    CHECK(text.find("secret") == std::string::npos);
    CHECK(text.find("token") == std::string::npos);
    CHECK_THAT(text, Contains("https://***@host/x"));
  }
  CHECK_THAT(record.steps.dump(), Contains("\"seed\":3"));
}

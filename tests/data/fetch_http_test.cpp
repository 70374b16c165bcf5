// SPDX-License-Identifier: MIT
// Fetching from servers that behave, and from those that do not.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/error.h"
#include "base/sha256.h"
#include "catch.h"
#include "data/fetch/fetch.h"
#include "folder.h"
#include "http_server.h"

using namespace nn;
using Connection = HttpServer::Connection;

namespace {

std::string content(size_t n) {
  std::string bytes(n, '\0');
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
  return bytes;
}

/// The set "set" with one file at the server's /set/file.bin, tried once.
struct Site {
  nn_test::Folder folder;
  std::string bytes;
  CatalogueEntry entry;
  FetchOptions options;
  HttpServer server;  // the last, so that it stops before what its handler uses goes

  explicit Site(size_t size = 3000) : bytes(content(size)) {
    entry.name = "set";
    entry.files.push_back(
        {"table", "file.bin", static_cast<int64_t>(size), sha256_hex(std::as_bytes(std::span(bytes)))});
    options.cache = folder / "cache";
    options.rounds = 1;
    options.mirrors = {server.url()};
  }
  std::string fetch() const {
    const std::vector<std::byte> got = nn::fetch(entry, entry.files[0], options);
    return {reinterpret_cast<const char*>(got.data()), got.size()};
  }
  std::string fault() const {
    try {
      fetch();
    } catch (const Error& e) {
      return e.what();
    }
    return "none";
  }
  bool cache_is_empty() const { return !std::filesystem::exists(options.cache); }
};

}  // namespace

TEST_CASE("http from loopback: asked once, then from the cache") {
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) { c.answer("200 OK", s.bytes); });
  int64_t last = 0, total = 0;
  s.options.progress = [&](const std::string& name, int64_t done, int64_t of) {
    CHECK(name == "file.bin");
    CHECK(done >= last);
    last = done;
    total = of;
  };
  CHECK(s.fetch() == s.bytes);
  CHECK(last == 3000);
  CHECK(total == 3000);
  CHECK(s.fetch() == s.bytes);
  CHECK(s.server.paths() == std::vector<std::string>{"/set/file.bin"});
}

TEST_CASE("redirects: followed on loopback, refused to other hosts without https, and not for ever") {
  std::string target;
  Site s;
  const auto paths = [&] { return s.server.paths().size(); };
  s.server.serve([&](const std::string& path, const Connection& c) {
    if (path == "/there")
      c.answer("200 OK", s.bytes);
    else
      c.redirect(target);
  });
  target = "/circle";
  CHECK_THAT(s.fault(), Contains("more than 5 redirects"));
  CHECK(paths() == 6);
  for (const char* other :
       {"http://example.org/file.bin", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://127.0.0.1.example.org/x"}) {
    target = other;
    CHECK_THAT(s.fault(), Contains("redirected to ") && Contains("not https://"));
  }
  CHECK(s.cache_is_empty());
  target = s.server.url("/there");
  CHECK(s.fetch() == s.bytes);
}

TEST_CASE("a body that does not end stops at the size of the catalogue") {
  size_t sent = 0;
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) {
    c.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (sent < (size_t{1} << 28) && c.send(std::string(1 << 16, 'x'))) sent += 1 << 16;
  });
  CHECK_THAT(s.fault(), Contains("wrong size: more than the 3000 bytes"));
  s.server.stop();
  CHECK(sent < (size_t{1} << 26));  // what the buffers of the sockets take, no more
}

TEST_CASE("a size announced too large is not even begun") {
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nxx");
  });
  CHECK_THAT(s.fault(), Contains("more than the 3000 bytes"));
}

TEST_CASE("short, broken off and silent answers name what was found") {
  Site s;
  s.server.serve([&](const std::string& path, const Connection& c) {
    if (path == "/short/set/file.bin") c.answer("200 OK", std::string_view(s.bytes).substr(0, 2999));
    if (path == "/unsized/set/file.bin")
      c.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + s.bytes.substr(0, 1000));
    if (path == "/broken/set/file.bin")
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + s.bytes.substr(0, 1000));
    if (path == "/nonsense/set/file.bin") c.send("\x01\x02\x03 not http at all\r\n\r\n");
  });
  s.options.mirrors.clear();
  for (const char* name : {"/short", "/unsized", "/broken", "/silent", "/nonsense"})
    s.options.mirrors.push_back(s.server.url(name));
  CHECK_THAT(s.fault(), Contains("found 2999") && Contains("found 1000") && Contains("2000 bytes") &&
                            Contains("/silent") && Contains("/nonsense"));
  CHECK(s.cache_is_empty());
}

TEST_CASE("a connection that breaks is tried again") {
  int asked = 0;
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) {
    if (++asked == 1)
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + s.bytes.substr(0, 1000));
    else
      c.answer("200 OK", s.bytes);
  });
  s.options.rounds = 2;
  CHECK(s.fetch() == s.bytes);
  CHECK(s.server.paths().size() == 2);
}

TEST_CASE("wrong bytes are not taken: the next mirror is asked") {
  std::string wrong = content(3000);
  wrong[100] ^= 1;
  Site s;
  s.server.serve([&](const std::string& path, const Connection& c) {
    c.answer("200 OK", path.starts_with("/wrong") ? wrong : s.bytes);
  });
  s.options.mirrors = {s.server.url("/wrong")};
  s.options.rounds = 3;
  CHECK_THAT(s.fault(), Contains("wrong SHA-256"));
  CHECK(s.server.paths().size() == 1);  // the same bytes would come again
  CHECK(s.cache_is_empty());
  s.entry.mirrors = {s.server.url("/good")};
  CHECK(s.fetch() == s.bytes);
  CHECK(s.server.paths().back() == "/good/file.bin");
}

TEST_CASE("404 says so, and is final") {
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) { c.answer("404 Not Found", "<html>sorry</html>"); });
  s.options.rounds = 3;
  CHECK_THAT(s.fault(), Contains(s.server.url("/set/file.bin")) && Contains("HTTP 404 (no such file there)") &&
                            Contains("--mirror"));
  CHECK(s.server.paths().size() == 1);
}

TEST_CASE("429 and 503 are tried again, no sooner than the server says") {
  for (const char* status : {"429 Too Many Requests", "503 Service Unavailable"}) {
    int asked = 0;
    Site s;
    s.server.serve([&](const std::string&, const Connection& c) {
      if (++asked == 1)
        c.answer(status, "", "Retry-After: 2\r\n");
      else
        c.answer("200 OK", s.bytes);
    });
    s.options.rounds = 2;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(s.fetch() == s.bytes);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(2));
  }
}

TEST_CASE("a server that asks for more patience than there is, is left alone") {
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) {
    c.answer("503 Service Unavailable", "", "Retry-After: 7200\r\n");
  });
  s.options.rounds = 3;
  CHECK_THAT(s.fault(), Contains("HTTP 503") && Contains("left alone for 7200 s"));
  CHECK(s.server.paths().size() == 1);
}

TEST_CASE("offline asks no server, loopback neither") {
  Site s;
  s.server.serve([&](const std::string&, const Connection& c) { c.answer("200 OK", s.bytes); });
  s.options.offline = true;
  CHECK_THAT(s.fault(), Contains("not asked (offline)"));
  CHECK(s.server.paths().empty());
}

TEST_CASE("several processes fetch from one server into one cache") {
  Site s(400000);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();  // before the server's thread starts
    if (child == 0) {
      try {
        _exit(s.fetch() == s.bytes ? 0 : 2);
      } catch (...) {
        _exit(3);
      }
    }
    children.push_back(child);
  }
  s.server.serve([&](const std::string&, const Connection& c) { c.answer("200 OK", s.bytes); });
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(s.options.cache))
    files += entry.is_regular_file();
  CHECK(files == 1);
}

// SPDX-License-Identifier: MIT
// Archives of tar as tar writes them, and archives that lie.
#include "data/fetch/tar.h"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "base/error.h"
#include "catch.h"

using namespace nn;

namespace {

/// POSIX.1-1988: a header of 512 bytes, the content filled up to blocks.
std::string member(const std::string& name, const std::string& content, char type = '0', const std::string& prefix = "",
                   const std::string& size = "") {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(0, name);
  put(124, size.empty() ? fmt::format("{:011o}", content.size()) : size);
  header[156] = type;
  put(257, std::string("ustar\0"
                       "00",
                       8));
  put(345, prefix);
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}
const std::string end(1024, '\0');

std::vector<std::pair<std::string, std::string>> read(const std::string& archive) {
  std::vector<std::pair<std::string, std::string>> files;
  read_tar(std::as_bytes(std::span(archive)), [&](const std::string& name, std::span<const std::byte> bytes) {
    files.emplace_back(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  });
  return files;
}

}  // namespace

TEST_CASE("tar: files, folders, long names") {
  const std::string long_name = std::string(120, 'd') + "/x.txt";
  const std::string archive = member("a/", "", '5') + member("a/1.txt", "one") +
                              member("b.txt", std::string(512, 'b')) + member("c.txt", "", '0', "deep/er") +
                              member("pax", "11 mtime=1\n", 'x') + member("././@LongLink", long_name + '\0', 'L') +
                              member("cut", "long") + end;
  const auto files = read(archive);
  REQUIRE(files.size() == 4);
  CHECK(files[0] == std::pair<std::string, std::string>{"a/1.txt", "one"});
  CHECK(files[1].second == std::string(512, 'b'));
  CHECK(files[2].first == "deep/er/c.txt");
  CHECK(files[3] == std::pair<std::string, std::string>{long_name, "long"});
}

TEST_CASE("tar: what lies or is cut off is refused") {
  const std::string good = member("a.txt", "one") + end;
  for (size_t size = 0; size < good.size() - 512; size += 100) {
    INFO(size);
    CHECK_THROWS_AS(read(good.substr(0, size)), Error);
  }
  std::string changed = good;
  changed[1] = 'x';
  CHECK_THROWS_WITH(read(changed), Contains("checksum"));
  CHECK_THROWS_WITH(read(member("a.txt", "one", '0', "", "77777777777") + end), Contains("cut off"));
  CHECK_THROWS_WITH(read(member("a.txt", "one", '0', "", "9") + end), Contains("not octal"));
  CHECK_THROWS_WITH(read(member("/etc/x.txt", "one") + end), Contains("inside the archive"));
  CHECK_THROWS_WITH(read(member("a/../../x.txt", "one") + end), Contains("inside the archive"));
  CHECK_THROWS_WITH(read(member("a.txt", "", '2') + end), Contains("a link or a device"));
}

// SPDX-License-Identifier: MIT
// No text of a file, a name or a server drives the terminal: every kind of control character, in messages and in
// results.
#include "base/text/printable.h"

#include <fcntl.h>
#include <unistd.h>

#include "../folder.h"
#include "base/error.h"
#include "base/log.h"
#include "base/system/budget.h"
#include "base/text/names.h"
#include "catch.h"

using namespace nn;

namespace {

/// What a log writes to standard error.
template <class Work>
std::string said(Work&& work) {
  const nn_test::Folder folder;
  const std::string name = folder / "said";
  const int file = open(name.c_str(), O_RDWR | O_CREAT, 0600), before = dup(STDERR_FILENO);
  dup2(file, STDERR_FILENO);
  work(Log("nn-tool", 2));
  dup2(before, STDERR_FILENO);
  close(before);
  std::string text(100000, '\0');
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  close(file);
  text.resize(static_cast<size_t>(size));
  return text;
}

}  // namespace

TEST_CASE("foreign text is printable") {
  const std::pair<std::string, std::string> cases[] = {
      {"plain, and UTF-8: \xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80",
       "plain, and UTF-8: \xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80"},
      {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
      {std::string("\0\a\b\t\n\r\x7f", 7), "\\x00\\x07\\x08\\x09\\x0a\\x0d\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},           // CSI of C1
      {"\xc2\x85", "\\xc2\\x85"},  // next line
      {"\xe2\x80\xae"
       "exe.h5",
       "\\xe2\\x80\\xaeexe.h5"},  // right to left override
      {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c"},
      {"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
      {"a\xe2\x80\x8b"
       "b\xef\xbb\xbf\xe2\x81\xa0",
       "a\\xe2\\x80\\x8bb\\xef\\xbb\\xbf\\xe2\\x81\\xa0"},  // without a width
      {"\xff\xc3", "\\xff\\xc3"},                           // no UTF-8
      {"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
       "\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80"}};  // overlong, surrogate, too large
  for (const auto& [text, expected] : cases) {
    CHECK(printable(text) == expected);
    CHECK(printable(printable(text)) == expected);
    CHECK(said([&](const Log& log) { log.error(text); }) == "nn-tool: " + expected + "\n");
    CHECK(said([&](const Log& log) { log.warning(text); }) == "nn-tool: warning: " + expected + "\n");
    CHECK(said([&](const Log& log) { log.note(text); }) == "nn-tool: note: " + expected + "\n");
    CHECK(said([&](const Log& log) { log.info(text); }) == expected + "\n");
    CHECK(said([&](const Log& log) { log.detail(text); }) == "nn-tool: " + expected + "\n");
  }
}

TEST_CASE("results keep their lines, and on a terminal no mark turns the writing around") {
  CHECK(printable_lines("a\tb\r\nc\n", true) == "a\tb\r\nc\n");
  CHECK(printable_lines("\x1b[2J\xc2\x9b\n", false) == "\\x1b[2J\\xc2\\x9b\n");
  CHECK(printable_lines("\xe2\x80\xae", false) == "\xe2\x80\xae");
  CHECK(printable_lines("\xe2\x80\xae", true) == "\\xe2\\x80\\xae");
}

TEST_CASE("a message of megabytes is cut in its middle, between characters") {
  std::string long_name;
  for (int i = 0; i < 300000; ++i) long_name += "\xc3\xa9";
  const std::string text = said([&](const Log& log) { log.error("x" + long_name + ": remove it"); });
  CHECK(text.size() < 4200);
  CHECK(printable(text.substr(0, text.size() - 1)) == text.substr(0, text.size() - 1));
  CHECK_THAT(text, Contains(" ... ") && Contains(": remove it\n"));
}

TEST_CASE("sizes are read and written in powers of 1024") {
  CHECK(parse_size("512M") == uint64_t{512} << 20);
  CHECK(parse_size("2g") == uint64_t{2} << 30);
  CHECK(parse_size("1.5GB") == uint64_t{3} << 29);
  CHECK(parse_size("100000") == 100000);
  CHECK(parse_size("1T") == uint64_t{1} << 40);
  for (const char* bad : {"", "0", "-1M", "M", "12X", "1e30G", "nan", "inf", "512 M", "1MM", "0x10"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_size(bad), UsageError);
  }
  CHECK(size_text(17) == "17 bytes");
  CHECK(size_text(uint64_t{640} << 20) == "640 MB");
  CHECK(size_text(uint64_t{16} << 30) == "16 GB");
  CHECK(size_text((uint64_t{32} << 30) / 10) == "3.2 GB");
}

TEST_CASE("a budget refuses what is too much, products that overflow too") {
  const Budget budget(uint64_t{16} << 30);
  CHECK_NOTHROW(budget.ask(1 << 20, "a"));
  CHECK_THROWS_WITH(budget.ask(uint64_t{17} << 30, "m.h5: /weights"),
                    Contains("m.h5: /weights needs 17 GB") && Contains("--max-memory"));
  CHECK_THROWS_WITH(budget.ask_product({uint64_t{1} << 40, uint64_t{1} << 40}, "b"),
                    Contains("b needs more memory than can be counted"));
  CHECK_NOTHROW(budget.ask_product({0, uint64_t{1} << 40, uint64_t{1} << 40}, "c"));
  CHECK_THROWS_AS(Budget(1000).ask(1001, "d"), Error);
  CHECK(Budget().bytes() > 0);
}

TEST_CASE("names are matched by name, and lists of them stay short") {
  const std::vector<std::string> known{"ant", "bee", "cow"}, names{"cow", "ant"}, strange{"cow", "zebra\x1b"};
  CHECK(places_of(names, known, "class") == std::vector<int64_t>{2, 0});
  CHECK_THROWS_WITH(places_of(strange, known, "class"), "unknown class 'zebra\\x1b'; known are 'ant', 'bee', 'cow'");
  CHECK(names_lacking(strange, known) == std::vector<std::string>{"zebra\x1b"});
  CHECK(quoted_list(known, 2) == "'ant', 'bee' and 1 more");
  CHECK(quoted_list({}) == "none");
  CHECK_NOTHROW(check_distinct(known, "class"));
  const std::vector<std::string> twice{"ant", "bee", "ant"};
  CHECK_THROWS_WITH(check_distinct(twice, "class"), "class 'ant' stands twice");
}

TEST_CASE("a long word is cut between two letters", "[printable]") {
  CHECK(cut_word(std::string(200, 'a')) == std::string(200, 'a'));
  CHECK(cut_word(std::string(201, 'a')) == std::string(160, 'a') + "...");
  std::string accents = "a";
  for (int i = 0; i < 100; ++i) accents += "\xC3\xA9";
  CHECK(cut_word(accents) == accents.substr(0, 159) + "...");
  CHECK(cut_word(std::string(300, '\x80')) == "...");
}

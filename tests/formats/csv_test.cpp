// SPDX-License-Identifier: MIT
#include "catch.h"
#include "sample_data.h"

using namespace nn;
using namespace nn_test;

namespace {
Dataset read(std::string_view text, FormatOptions options = {}) {
  const Folder folder;
  return find_in(format_types(), "csv", "format").read(folder.put("d.csv", text), options);
}
FormatOptions labelled(const std::string& column) {
  FormatOptions options;
  options.label = column;
  return options;
}
}  // namespace

TEST_CASE("csv: header, text labels by name, classes in byte order") {
  const Dataset d = read("\xEF\xBB\xBFlen,\"wid\"\"th\",kind\r\n1,2.5,virginica\r\n-3e2,+4,\"setosa\"\r\n", labelled("kind"));
  REQUIRE(d.splits.size() == 1);
  CHECK(d.splits[0].name == "train");
  CHECK(d.classes == std::vector<std::string>{"setosa", "virginica"});
  CHECK(d.splits[0].labels == std::vector<int32_t>{1, 0});
  CHECK(d.splits[0].x.shape == Shape{2, 2});
  const auto x = d.splits[0].x.as<float>();
  CHECK(std::vector<float>(x.begin(), x.end()) == std::vector<float>{1, 2.5f, -300, 4});
}

TEST_CASE("csv: label by number from 1 or from the end, without a header") {
  for (const char* column : {"3", "-1"}) {
    const Dataset d = read("1,2,b\n3,4,a\n", labelled(column));
    CHECK(d.splits[0].size() == 2);
    CHECK(d.splits[0].labels == std::vector<int32_t>{1, 0});
  }
  CHECK_THROWS_WITH(read("1,2\n", labelled("3")), Contains("2 columns"));
  CHECK_THROWS_WITH(read("a,b\n1,2\n", labelled("c")), Contains("column 'c'"));
}

TEST_CASE("csv: whole-number labels from 0 stay, others become classes in order") {
  CHECK(read("x,label\n1,2\n1,0\n").splits[0].labels == std::vector<int32_t>{2, 0});
  CHECK(read("x,label\n1,2\n1,0\n").class_count() == 3);
  const Dataset d = read("x,label\n1,30\n1,4\n1,30.0\n");
  CHECK(d.classes == std::vector<std::string>{"4", "30"});
  CHECK(d.splits[0].labels == std::vector<int32_t>{1, 0, 1});
  CHECK_THROWS_WITH(read("x,label\n1,0.5\n"), Contains("--target"));
}

TEST_CASE("csv: targets and shapes") {
  FormatOptions options;
  options.target = {"y"};
  const Dataset d = read("x,y\n1,0.5\n2,1.5\n", options);
  CHECK(d.splits[0].targets.shape == Shape{2, 1});
  CHECK(d.splits[0].targets.as<float>()[1] == 1.5f);
  FormatOptions image;
  image.shape = "2x2";
  CHECK(read("0,1,2,255\n", image).splits[0].x.shape == Shape{1, 1, 2, 2});
  CHECK_THROWS_WITH(read("0,1,2,256\n", image), Contains("0 to 255"));
  CHECK_THROWS_WITH(read("0,1,2\n", image), Contains("4 columns"));
}

TEST_CASE("csv: bad input is told with line and column") {
  CHECK_THROWS_WITH(read(""), Contains("empty"));
  CHECK_THROWS_WITH(read("a,b\n"), Contains("no rows"));
  CHECK_THROWS_WITH(read("1,2\n3\n"), Contains("line 2: 1 fields, expected 2"));
  CHECK_THROWS_WITH(read("1,2\n3,4,5\n"), Contains("line 2: 3 fields"));
  CHECK_THROWS_WITH(read("1,2\n3,nan\n"), Contains("line 2, column 3") && Contains("finite"));
  CHECK_THROWS_WITH(read("1,2\n3,1e39\n"), Contains("finite"));
  CHECK_THROWS_WITH(read("1,2\n\n3,x\x1b[31m\n"), Contains("line 3, column 3") && !Contains("\x1b"));
  CHECK_THROWS_WITH(read("1,2\n3,\n"), Contains("missing"));
  CHECK_THROWS_WITH(read("1,2\n3,1,5\n"), Contains("fields"));
  CHECK_THROWS_WITH(read("1,2\n3,0x10\n"), Contains("expected a number"));
  CHECK_THROWS_WITH(read("1,2\n3,\"4\n"), Contains("never closed"));
  CHECK_THROWS_WITH(read("1,2\n3,\"4\"5\n"), Contains("closing quote"));
  CHECK_THROWS_WITH(read(std::string_view("1,2\n3,\0\n", 8)), Contains("NUL"));
  CHECK_THROWS_WITH(read("x,label\n1,\n"), Contains("label is empty"));
  CHECK_THROWS_WITH(read(std::string(size_t{17} << 20, '7')), Contains("16 MiB"));
}

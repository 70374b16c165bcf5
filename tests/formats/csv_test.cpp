// SPDX-License-Identifier: MIT
#include <algorithm>

#include "catch.h"
#include "formats/reading.h"
#include "sample_data.h"
#include "split_values.h"
#include "told.h"

using namespace nn;
using namespace nn_test;

namespace {
Dataset read(std::string_view text, Told options = {}) {
  const Folder folder;
  return Format("csv").read(folder.put("d.csv", text), options);
}
Told labelled(const std::string& column) {
  Told options;
  options.label = column;
  return options;
}
}  // namespace

TEST_CASE("csv: header, text labels by name, classes in byte order") {
  const Dataset d =
      read("\xEF\xBB\xBFlen,\"wid\"\"th\",kind\r\n1,2.5,virginica\r\n-3e2,+4,\"setosa\"\r\n", labelled("kind"));
  REQUIRE(d.splits.size() == 1);
  CHECK(d.splits[0].name == "train");
  CHECK(d.classes == std::vector<std::string>{"setosa", "virginica"});
  CHECK(labels_of(d.splits[0]) == std::vector<int32_t>{1, 0});
  CHECK(d.splits[0].x().shape == Shape{2, 2});
  const auto x = d.splits[0].x().as<float>();
  CHECK(std::vector<float>(x.begin(), x.end()) == std::vector<float>{1, 2.5f, -300, 4});
}

TEST_CASE("csv: label by number from 1 or from the end, without a header") {
  for (const char* column : {"3", "-1"}) {
    const Dataset d = read("1,2,b\n3,4,a\n", labelled(column));
    CHECK(d.splits[0].size() == 2);
    CHECK(labels_of(d.splits[0]) == std::vector<int32_t>{1, 0});
  }
  CHECK_THROWS_WITH(read("1,2\n", labelled("3")), Contains("2 columns"));
  CHECK_THROWS_WITH(read("a,b\n1,2\n", labelled("c")), Contains("column 'c'"));
}

TEST_CASE("csv: whole-number labels from 0 stay, others become classes in order") {
  CHECK(labels_of(read("x,label\n1,2\n1,0\n").splits[0]) == std::vector<int32_t>{2, 0});
  CHECK(read("x,label\n1,2\n1,0\n").class_count() == 3);
  const Dataset d = read("x,label\n1,30\n1,4\n1,30\n");
  CHECK(d.classes == std::vector<std::string>{"4", "30"});
  CHECK(labels_of(d.splits[0]) == std::vector<int32_t>{1, 0, 1});
  CHECK_THROWS_WITH(read("x,label\n1,0.5\n"), Contains("--target"));
}

TEST_CASE("csv: targets and shapes") {
  Told options;
  options.target = {"y"};
  const Dataset d = read("x,y\n1,0.5\n2,1.5\n", options);
  CHECK(d.splits[0].targets().shape == Shape{2, 1});
  CHECK(d.splits[0].targets().as<float>()[1] == 1.5f);
  Told image;
  image.shape = "2x2";
  CHECK(read("0,1,2,255\n", image).splits[0].x().shape == Shape{1, 1, 2, 2});
  CHECK_THROWS_WITH(read("0,1,2,256\n", image), Contains("0 to 255"));
  CHECK_THROWS_WITH(read("0,1,2\n", image), Contains("4 columns"));
}

TEST_CASE("csv: bad input is told with line and column") {
  CHECK_THROWS_WITH(read(""), Contains("empty"));
  CHECK_THROWS_WITH(read("a,b\n"), Contains("no rows"));
  CHECK_THROWS_WITH(read("1,2\n3\n"), Contains("line 2: 1 fields, expected 2"));
  CHECK_THROWS_WITH(read("1,2\n3,4,5\n"), Contains("line 2: 3 fields"));
  CHECK_THROWS_WITH(read("1,2\n3,nan\n"), Contains("line 2, column 2: ") && Contains("finite"));
  CHECK_THROWS_WITH(read("1,2\n3,1e39\n"), Contains("finite"));
  CHECK_THROWS_WITH(read("1,2\n\n3,x\x1b[31m\n"), Contains("line 3, column 2: ") && !Contains("\x1b"));
  CHECK_THROWS_WITH(read("1,2\n3,\n"), Contains("missing"));
  CHECK_THROWS_WITH(read("1,2\n3,1,5\n"), Contains("fields"));
  CHECK_THROWS_WITH(read("1,2\n3,0x10\n"), Contains("expected a number"));
  // The column is that of the table, whatever stands before it in the line.
  CHECK_THROWS_WITH(read("first name,\"b, c\",kind\n1000000,2,x\n1000000,abc,x\n", labelled("kind")),
                    Contains("line 3, column 2 (b, c): expected a number"));
  CHECK_THROWS_WITH(read("1,2\n333,\"4\n"), Contains("line 2, column 2: ") && Contains("never closed"));
  CHECK_THROWS_WITH(read("1,2,3\n333,\"4\"5,6\n"), Contains("line 2, column 2: ") && Contains("closing quote"));
  CHECK_THROWS_WITH(read(std::string_view("1,2\n333,\0\n", 10)), Contains("line 2, column 2: a NUL"));
  CHECK_THROWS_WITH(read("x,label\n1,\n"), Contains("label is empty"));
  CHECK_THROWS_WITH(read(std::string(size_t{17} << 20, '7')), Contains("16 MiB"));
}

namespace {
Told with(void (*set)(Told&)) {
  Told options;
  set(options);
  return options;
}
std::vector<float> values(const h5::Array& array) {
  const auto v = array.as<float>();
  return {v.begin(), v.end()};
}
}  // namespace

TEST_CASE("csv: a first line with a missing value is no header") {
  for (const char* gap : {"", "NA", "?", "nan", "NULL"})
    CHECK_THROWS_WITH(read(std::string("1,") + gap + ",3,0\n4,5,6,1\n7,8,9,0\n", labelled("-1")),
                      Contains("line 1, column 2: ") && Contains("missing"));
}

TEST_CASE("csv: names or a sample") {
  CHECK(read("a,b\n1,2\n").splits[0].size() == 1);
  CHECK(read("1,2\n3,4\n").splits[0].size() == 2);
  // Numbers beside text over numbers: either may be meant.
  CHECK_THROWS_WITH(read("0,1,2,kind\n5,6,7,0\n"), Contains("--header yes or --header no"));
  CHECK_THROWS_WITH(read("1,abc,3,0\n4,5,6,1\n"), Contains("'abc'"));
  CHECK_THROWS_WITH(read("0,1,2,3\n0.5,1,2,2\n"), Contains("counts from 0 to 3"));
  CHECK(read("1,2,3,4\n5,6,7,8\n").splits[0].size() == 2);
  CHECK_THROWS_WITH(read("0,1,2\n0.27,0.13,0.05\n"), Contains("counts from 0 to 2"));
  CHECK_THROWS_WITH(read("2019,2020\n0.27,0.13\n"), Contains("counts from 2019 to 2020"));
  CHECK(read("1,2,3\n5,6,7\n").splits[0].size() == 2);
  // The first sample, which pandas took for names and wrote again.
  CHECK_THROWS_WITH(read("5,0,0.1,0.2\n4,0,0,7\n"), Contains("header=None"));
  CHECK(read("0,0.1,0.2\n0.5,1,7\n").splits[0].size() == 2);
  // A name that is asked for, or the usual one of the class, decides.
  CHECK(read("0,1,2,kind\n5,6,7,0\n", labelled("kind")).splits[0].size() == 1);
  CHECK(read("0,1,2,label\n5,6,7,0\n").feature_names == std::vector<std::string>{"0", "1", "2"});
  CHECK(read("0,1,2,3\n0.5,1,2,2\n", with([](Told& o) { o.header = "yes"; })).splits[0].size() == 1);
  // The class is text in every line of a file without names.
  CHECK(read("5.1,3.5,setosa\n4.9,3.0,virginica\n", labelled("3")).splits[0].size() == 2);
  CHECK_THROWS_WITH(read("5.1,3.5,setosa\n4.9,3.0,setosa\n"), Contains("line 1") && Contains("--label"));
}

TEST_CASE("csv: a target that is asked for takes no other column out of the features") {
  const Dataset d = read("class,age,fare\n1,22,71.5\n3,38,7.9\n", with([](Told& o) { o.target = {"fare"}; }));
  CHECK(d.feature_names == std::vector<std::string>{"class", "age"});
  CHECK(d.target_names == std::vector<std::string>{"fare"});
  CHECK(d.classes.empty());
  CHECK(values(d.splits[0].x()) == std::vector<float>{1, 22, 3, 38});
}

TEST_CASE("csv: features and columns to leave out, by name and number, in the order asked for") {
  const std::string text = "a,b,c,label\n1,2,3,x\n4,5,6,y\n";
  const Dataset d = read(text, with([](Told& o) { o.features = {"c,a"}; }));
  CHECK(d.feature_names == std::vector<std::string>{"c", "a"});
  CHECK(values(d.splits[0].x()) == std::vector<float>{3, 1, 6, 4});
  CHECK(d.classes == std::vector<std::string>{"x", "y"});
  CHECK(read(text, with([](Told& o) { o.ignore = {"b", "3"}; })).feature_names == std::vector<std::string>{"a"});
  CHECK_THROWS_WITH(read(text, with([](Told& o) { o.features = {"a"}, o.label = "a"; })), Contains("asked for twice"));
  CHECK_THROWS_WITH(read("a,b,a\n1,2,3\n"), Contains("columns 1 and 3") && Contains("'a'"));
  CHECK_THROWS_WITH(read("a,b,\n1,2,\n"), Contains("--ignore 3"));
  CHECK(read("a,b,\n1,2,\n", with([](Told& o) { o.ignore = {"3"}; })).feature_names ==
        std::vector<std::string>{"a", "b"});
}

TEST_CASE("csv: columns named by their place go back to it, whatever the order in which they come") {
  const Dataset d = read("feature#2,target#1,feature#0,label,target#0,feature#1\n3,20,1,b,10,2\n6,50,4,a,40,5\n");
  CHECK(d.feature_names.empty());
  CHECK(d.target_names.empty());
  CHECK(values(d.splits[0].x()) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(values(d.splits[0].targets()) == std::vector<float>{10, 20, 40, 50});
  const Dataset pixels = read("c0y1x0,c0y0x1,c0y0x0,c0y1x1\n3,2,1,4\n");
  CHECK(pixels.splits[0].x().shape == Shape{1, 1, 2, 2});
  CHECK(std::ranges::equal(pixels.splits[0].x().as<uint8_t>(), std::vector<uint8_t>{1, 2, 3, 4}));
  // Pixels that were sorted as words.
  const Dataset sorted = read("p0,p1,p10,p2,p3,p4,p5,p6,p7,p8,p9,p11\n0,1,10,2,3,4,5,6,7,8,9,11\n",
                              with([](Told& o) { o.shape = "3x4"; }));
  for (uint8_t i = 0; i < 12; ++i) CHECK(sorted.splits[0].x().as<uint8_t>()[i] == i);
  // Places that are not all there are names.
  CHECK(read("feature#2,feature#0\n3,1\n").feature_names == std::vector<std::string>{"feature#2", "feature#0"});
  // What was asked for stands as it was asked for.
  const Dataset asked = read("feature#1,feature#0\n2,1\n", with([](Told& o) { o.features = {"1,2"}; }));
  CHECK(values(asked.splits[0].x()) == std::vector<float>{2, 1});
  CHECK(asked.feature_names == std::vector<std::string>{"feature#1", "feature#0"});
}

TEST_CASE("csv: the index of pandas and the row names of R are left out") {
  CHECK(read(",a,b\n0,1,2\n1,3,4\n").feature_names == std::vector<std::string>{"a", "b"});
  CHECK(read("\"\",\"a\"\n\"1\",5\n\"2\",6\n").feature_names == std::vector<std::string>{"a"});
  CHECK(read(",a,b\nMazda,1,2\nFiat,3,4\n").feature_names == std::vector<std::string>{"a", "b"});
  CHECK(read(",0,1\n0,5,6\n1,7,8\n").feature_names == std::vector<std::string>{"0", "1"});
  CHECK(read("# a,b,label\n1,2,0\n").feature_names == std::vector<std::string>{"a", "b"});
  CHECK_THROWS_WITH(read("# made by hand\na,b\n1,2\n"), Contains("line 1 begins with #"));
  CHECK(read("Unnamed: 0,a\n7,1\n3,2\n").feature_names == std::vector<std::string>{"a"});
  CHECK_THROWS_WITH(read(",a,b\n0.5,1,2\n1.5,3,4\n"), Contains("column 1 has no name"));
  CHECK_THROWS_WITH(read("\"a\",\"b\"\n\"1\",5,6\n"), Contains("col.names"));
}

TEST_CASE("csv: numbered labels take the names of --classes, also where the part has no sample of class 0") {
  const auto named = [](const char* text) {
    Dataset data = read(text);
    apply_classes(data, {"ant", "bee", "cow"}, {});
    return data;
  };
  CHECK(labels_of(named("x,label\n1,0\n2,2\n").splits[0]) == std::vector<int32_t>{0, 2});
  const Dataset part = named("x,label\n1,2\n2,1\n");
  CHECK(labels_of(part.splits[0]) == std::vector<int32_t>{2, 1});
  CHECK(part.classes == std::vector<std::string>{"ant", "bee", "cow"});
  // 1 to 3 count from 1, or a name lacks: nobody can tell.
  CHECK_THROWS_WITH(named("x,label\n1,1\n2,2\n3,3\n"), Contains("does not list"));
}

TEST_CASE("csv: true and false of pandas and R are numbers where numbers are expected, and words in a label") {
  const Dataset d = read("a,red,blue,label\n1,True,False,True\n2,FALSE,TRUE,False\n");
  CHECK(values(d.splits[0].x()) == std::vector<float>{1, 1, 0, 2, 0, 1});
  CHECK(d.classes == std::vector<std::string>{"False", "True"});
  CHECK(read("True,False\nFalse,True\n").splits[0].size() == 2);
  CHECK_THROWS_WITH(read("a,b\r1,2\r"), Contains("CR alone"));
}

TEST_CASE("csv: text labels stay text, missing ones are refused") {
  CHECK(read("x,label\n1,01\n2,1\n3,1e0\n").classes == std::vector<std::string>{"01", "1", "1e0"});
  CHECK(read("x,label\n1,1.0\n2,0.0\n").classes == std::vector<std::string>{"0", "1"});
  CHECK(read("x,label\n1,30\n2,30.0\n").class_count() == 2);
  CHECK(read("x,label\n1,1.0\n2,1.00\n").classes == std::vector<std::string>{"1.0", "1.00"});
  CHECK(read("x,label\n1,1.000e+01\n2,3.000e+00\n").classes == std::vector<std::string>{"3", "10"});
  CHECK(read("x,label\n1,-1\n2,1\n").classes == std::vector<std::string>{"-1", "1"});
  for (const char* missing : {"nan", "NaN", "NA", "", "?", "None"})
    CHECK_THROWS_WITH(read(std::string("x,label\n1,cat\n2,") + missing + "\n"), Contains("line 3, column 2 (label): "));
  CHECK(read("x,label\n1,cat\n2,\"NA\"\n").classes == std::vector<std::string>{"NA", "cat"});
  CHECK_THROWS_WITH(read("x,label\n1,0\n2,9223372036854775807\n"),
                    Contains("9223372036854775807") && Contains("65535"));
}

TEST_CASE("csv: separators, decimal signs and encodings") {
  for (const char* text : {"0.5;0.25;1\n0.75;0.5;0\n", "0,5;0,25;1\n0,75;0,5;0\n", "0.5\t0.25\t1\n0.75\t0.5\t0\n",
                           "0.5  0.25 1\n 0.75 0.5 0 \n", "0.5|0.25|1\n0.75|0.5|0\n"}) {
    const Dataset d = read(text, labelled("-1"));
    CHECK(values(d.splits[0].x()) == std::vector<float>{0.5f, 0.25f, 0.75f, 0.5f});
    CHECK(labels_of(d.splits[0]) == std::vector<int32_t>{1, 0});
  }
  for (const char between : {' ', ';', '|', '\t'}) {  // narrow tables, in which text is the most
    std::string text = "x y label\n1 2 a\n3 4 b\n", wide = "kind size label\nab 1 x\ncd 2.5 y\n";
    for (std::string* table : {&text, &wide}) std::ranges::replace(*table, ' ', between);
    const Dataset d = read(text);
    CHECK(d.feature_names == std::vector<std::string>{"x", "y"});
    CHECK(d.classes == std::vector<std::string>{"a", "b"});
    CHECK(values(read(wide, with([](Told& o) { o.ignore = {"kind"}; })).splits[0].x()) == std::vector<float>{1, 2.5f});
  }
  CHECK(read("a b,label\n1,New York\n2,San Jose\n").feature_names == std::vector<std::string>{"a b"});
  CHECK_THROWS_WITH(read("one two\nsome words\n"), Contains("--separator space"));
  CHECK(values(read("1:2\n3:4\n", with([](Told& o) { o.separator = ":"; })).splits[0].x()) ==
        std::vector<float>{1, 2, 3, 4});
  CHECK_THROWS_WITH(read("1,2\n", with([](Told& o) { o.separator = "word"; })), Contains("--separator"));
  CHECK_THROWS_WITH(read("1,2\n", with([](Told& o) { o.separator = "comma", o.decimal = ","; })),
                    Contains("same character"));
  CHECK_THROWS_WITH(read("x,label\n1,caf\xe9\n"), Contains("line 2, byte 6: the byte") && Contains("iconv"));
  CHECK_THROWS_WITH(read(std::string_view("\xff\xfe"
                                          "1\0,\0",
                                          6)),
                    Contains("UTF-16"));
}

TEST_CASE("csv: sixty thousand columns and names take no time that grows with their square") {
  std::string head, row;
  Told options;
  for (int i = 0; i < 60000; ++i) {
    const std::string comma = i ? "," : "";
    head += comma + "column" + std::to_string(i);
    row += comma + "1";
    if (i % 2) options.target.push_back("column" + std::to_string(i));
  }
  const Dataset d = read(head + "\n" + row + "\n", options);
  CHECK(d.feature_names.size() == 30000);
  CHECK(d.target_names.size() == 30000);
}

// SPDX-License-Identifier: MIT
#include "catch.h"
#include "data/zip.h"
#include "formats/datasets/numpy/npy.h"
#include "said.h"
#include "sample_data.h"
#include "split_values.h"
#include "told.h"

using namespace nn;
using namespace nn_test;

namespace {
std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// An .npy file as numpy writes it, by hand.
std::vector<std::byte> npy(const std::string& descr, const std::string& fortran, const std::string& shape,
                           std::string_view values) {
  std::string dict = "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  while ((10 + dict.size() + 1) % 64) dict += ' ';
  dict += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(dict.size() & 255);
  out += static_cast<char>(dict.size() >> 8);
  return bytes_of(out + dict + std::string(values));
}

std::vector<double> numbers(const NpyArray& a) {
  std::vector<double> all;
  for (size_t i = 0; i < a.count(); ++i) all.push_back(a.number(i));
  return all;
}

Dataset read_npz(const std::vector<ZipMember>& members) {
  const Folder folder;
  const std::vector<std::byte> zip = write_zip(members);
  return Format("npz").read(folder.put("d.npz", {reinterpret_cast<const char*>(zip.data()), zip.size()}), {});
}
}  // namespace

TEST_CASE("npy: types, byte orders and Fortran order") {
  CHECK(numbers(parse_npy(npy(">i2", "False", "(3,)", std::string_view("\x01\x00\xff\xff\x00\x02", 6)))) ==
        std::vector<double>{256, -1, 2});
  CHECK(numbers(parse_npy(npy("<f2", "False", "(4,)", std::string_view("\x00\x3c\x00\xc0\x01\x00\xff\x7b", 8)))) ==
        std::vector<double>{1, -2, 0x1p-24, 65504});
  CHECK(numbers(parse_npy(npy("|u1", "True", "(2, 3)", "abcdef"))) ==
        std::vector<double>{'a', 'c', 'e', 'b', 'd', 'f'});
  CHECK(parse_npy(npy("|S3", "False", "(2,)", std::string_view("ab\0xyz", 6))).texts() ==
        std::vector<std::string>{"ab", "xyz"});
  CHECK(parse_npy(npy("<U1", "False", "(2,)", std::string_view("\xe9\0\0\0a\0\0\0", 8))).texts() ==
        std::vector<std::string>{"\xc3\xa9", "a"});
  CHECK(numbers(parse_npy(npy("<f8", "False", "()", std::string_view("\0\0\0\0\0\0\xf0\x3f", 8)))) ==
        std::vector<double>{1});
}

TEST_CASE("npy: text goes out and comes back") {
  const std::vector<std::string> words{"plain", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
  CHECK(parse_npy(write_npy(words)).texts() == words);
}

TEST_CASE("npy: bad files are refused") {
  CHECK_THROWS_WITH(parse_npy(bytes_of("PK")), Contains("NUMPY"));
  CHECK_THROWS_WITH(parse_npy(npy("<f4", "False", "(2, 2)", "123")), Contains("needs 16 bytes, found 3"));
  CHECK_THROWS_WITH(parse_npy(npy("<f4", "False", "(1,)", "12345")), Contains("needs 4 bytes, found 5"));
  CHECK_THROWS_WITH(parse_npy(npy("|O", "False", "(1,)", "x")), Contains("Python objects"));
  CHECK_THROWS_AS(parse_npy(npy("<f4", "False", "(9223372036854775807, 9)", "")), Error);
  CHECK_THROWS_AS(parse_npy(npy("<f4", "False", "(4611686018427387904,)", "")), Error);
  CHECK_THROWS_AS(parse_npy(npy("<f4", "False", "(-1,)", "")), Error);
  CHECK_THROWS_AS(parse_npy(npy("<c8", "False", "(1,)", "12345678")), Error);
  CHECK_THROWS_AS(parse_npy(npy("<f4", "Maybe", "(1,)", "1234")), Error);
  std::vector<std::byte> whole = npy("<f4", "False", "(2,)", "12345678");
  for (size_t n = 0; n < whole.size(); ++n)
    CHECK_THROWS_AS(parse_npy({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}), Error);
}

TEST_CASE("npz: splits by name, labels as text, channels last") {
  const Dataset d = read_npz({{"x_train.npy", npy("|u1", "False", "(1, 1, 2, 3)", "abcdef")},
                              {"y_train.npy", npy("|S1", "False", "(1,)", "b")},
                              {"X_test.npy", npy("|u1", "False", "(1, 1, 2, 3)", "ghijkl")},
                              {"y_test.npy", npy("|S1", "False", "(1,)", "a")}});
  REQUIRE(d.splits.size() == 2);
  CHECK(d.classes == std::vector<std::string>{"a", "b"});
  CHECK(labels_of(d.at("train")) == std::vector<int32_t>{1});
  CHECK(labels_of(d.at("test")) == std::vector<int32_t>{0});
  const Dataset last = read_npz({{"x.npy", npy("|u1", "False", "(1, 2, 2, 3)", "abcdefghijkl")}});
  CHECK(last.splits[0].x().shape == Shape{1, 3, 2, 2});
  CHECK(last.splits[0].x().as<uint8_t>()[1] == 'd');
}

TEST_CASE("npy: a NUL before the padding is refused, none is cut") {
  CHECK_THROWS_WITH(parse_npy(npy("|S3", "False", "(2,)", std::string_view("xyza\0b", 6))).texts(),
                    Contains("row 2: 'a\\x00b' holds a NUL"));
  const std::string wide("a\0\0\0\0\0\0\0b\0\0\0", 12);
  CHECK_THROWS_WITH(parse_npy(npy("<U3", "False", "(1,)", wide)).texts(), Contains("row 1: 'a\\x00b' holds a NUL"));
  CHECK(parse_npy(npy("<U3", "False", "(1,)", wide.substr(0, 4) + std::string(8, '\0'))).texts() ==
        std::vector<std::string>{"a"});
}

TEST_CASE("npz: where both ends may be channels it is noted or refused, and a layout or --layout decides") {
  struct Case {
    std::string shape, word;
    Shape sample;
  };
  const Folder folder;
  const auto read = [&](const std::string& shape, const std::string& layout, const std::string& option,
                        std::string& said) {
    std::vector<ZipMember> members{{"x.npy", npy("|u1", "False", shape, std::string(48, 'a'))}};
    if (!layout.empty()) members.push_back({"layout.npy", write_npy(std::vector<std::string>{layout})});
    const std::vector<std::byte> zip = write_zip(members);
    const Log log("test");
    Told options;
    options.log = &log;
    options.layout = option;
    const std::string file = folder.put("d.npz", {reinterpret_cast<const char*>(zip.data()), zip.size()});
    Said words(folder / "said");
    const Dataset data = Format("npz").read(file, options);
    said = words.text();
    return data.splits[0].x().shape;
  };
  std::string said;
  for (const auto& [shape, word, sample] : {Case{"(1, 4, 4, 3)", "channels last; --layout NCHW", {1, 3, 4, 4}},
                                            Case{"(1, 3, 4, 4)", "channels first; --layout NHWC", {1, 3, 4, 4}},
                                            Case{"(4, 3, 2, 2)", "channels first; --layout NHWC", {4, 3, 2, 2}},
                                            Case{"(1, 2, 8, 3)", "channels last; --layout NCHW", {1, 3, 2, 8}},
                                            Case{"(1, 1, 48, 1)", "channels first; --layout NHWC", {1, 1, 48, 1}}}) {
    INFO(shape);
    CHECK(read(shape, "", "auto", said) == sample);
    CHECK_THAT(said, Contains("note: x: shape") && Contains(word));
  }
  CHECK(read("(1, 3, 2, 8)", "", "auto", said) == Shape{1, 3, 2, 8});
  CHECK(said.find("channels") == std::string::npos);
  CHECK_THROWS_WITH(read("(3, 2, 4, 2)", "", "auto", said),
                    Contains("both {N,C,H,W} and {N,H,W,C} fit") && Contains("--layout NHWC"));
  CHECK_THROWS_WITH(read("(1, 6, 1, 8)", "", "auto", said), Contains("--layout NCHW"));
  for (const bool by_file : {true, false}) {
    CHECK(read("(3, 2, 4, 2)", by_file ? "NCHW" : "", by_file ? "auto" : "NCHW", said) == Shape{3, 2, 4, 2});
    CHECK(read("(1, 6, 1, 8)", by_file ? "NHWC" : "", by_file ? "auto" : "NHWC", said) == Shape{1, 8, 6, 1});
    CHECK(said.find("channels") == std::string::npos);
  }
  CHECK(read("(1, 4, 4, 3)", "NHWC", "NCHW", said) == Shape{1, 4, 4, 3});
  CHECK(read("(1, 4, 4, 3)", "rows", "auto", said) == Shape{1, 3, 4, 4});
  CHECK_THAT(said, Contains("array layout is not used"));
  CHECK_THROWS_WITH(read("(3, 16)", "", "NCHW", said), Contains("--layout NCHW has no effect"));
}

TEST_CASE("npz: floats become features, float labels targets") {
  const std::string_view four("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40", 16);  // 1 2 3 4
  const std::string_view halves("\0\0\x60\x40\0\0\x90\x40", 8);                       // 3.5 4.5
  const Dataset d = read_npz(
      {{"x_train.npy", npy("<f4", "False", "(2, 2)", four)}, {"y_train.npy", npy("<f4", "False", "(2,)", halves)}});
  CHECK(d.splits[0].x().as<float>()[3] == 4);
  CHECK(d.splits[0].targets().shape == Shape{2, 1});
  CHECK(d.splits[0].targets().as<float>()[0] == 3.5f);
  CHECK_THROWS_WITH(
      read_npz({{"x.npy", npy("<f4", "False", "(2, 2)", four)}, {"y.npy", npy("|u1", "False", "(3,)", "abc")}}),
      Contains("3 rows"));
  CHECK_THROWS_WITH(read_npz({{"y.npy", npy("|u1", "False", "(3,)", "abc")}}), Contains("no samples"));
  CHECK_THROWS_WITH(read_npz({{"x.npy", npy("<f4", "False", "(1, 1)", std::string_view("\0\0\xc0\x7f", 4))}}),
                    Contains("row 0, column 0"));
}

TEST_CASE("npz: target_names of scikit-learn name the classes, also numbers and also of a part") {
  const std::string_view four("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40", 16);
  const auto read = [&](std::string_view labels, const std::string& type, std::string_view names) {
    return read_npz({{"data.npy", npy("<f4", "False", "(2, 2)", four)},
                     {"target.npy", npy("|u1", "False", "(2,)", labels)},
                     {"target_names.npy", npy(type, "False", "(3,)", names)}});
  };
  const Dataset digits = read("\x02\x01", "|i1", "\x07\x08\x09");
  CHECK(digits.classes == std::vector<std::string>{"7", "8", "9"});
  CHECK(labels_of(digits.splits[0]) == std::vector<int32_t>{2, 1});
  const Dataset part = read(std::string_view("\x01\x00", 2), "|S1", "abc");
  CHECK(part.classes == std::vector<std::string>{"a", "b", "c"});
  CHECK(labels_of(part.splits[0]) == std::vector<int32_t>{1, 0});
}

TEST_CASE("npz: what labels and samples are is decided for all splits together") {
  const std::string_view four("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40", 16);  // 1 2 3 4
  const std::string_view halves("\0\0\x60\x40\0\0\x90\x40", 8);                       // 3.5 4.5
  const Dataset d = read_npz({{"x_train.npy", npy("<f4", "False", "(2, 2)", four)},
                              {"y_train.npy", npy("<f4", "False", "(2,)", halves)},
                              {"x_test.npy", npy("<f4", "False", "(2, 2)", four)},
                              {"y_test.npy", npy("<f4", "False", "(2,)", four.substr(0, 8))}});
  CHECK(d.at("test").labels().empty());
  REQUIRE(d.at("test").targets().shape == Shape{2, 1});
  CHECK(d.at("test").targets().as<float>()[1] == 2);
  CHECK(d.classes.empty());
  CHECK_THROWS_WITH(read_npz({{"x_train.npy", npy("|u1", "False", "(1, 2, 2)", "abcd")},
                              {"x_test.npy", npy("<f4", "False", "(1, 1, 2)", halves)}}),
                    Contains("x_test") && Contains("all splits"));
}

TEST_CASE("npz: damaged and hostile archives are refused") {
  const std::vector<std::byte> good =
      write_zip({{"x.npy", npy("|u1", "False", "(2, 2)", "abcd")}, {"y.npy", npy("|u1", "False", "(2,)", "ab")}});
  CHECK(read_zip(good).size() == 2);
  for (size_t n = 0; n < good.size(); n += 7) CHECK_THROWS_AS(read_zip(std::span(good).first(n)), Error);
  CHECK_THROWS_WITH(read_zip(good, Budget(100)), Contains("--max-memory"));
  for (const char* name : {"../x.npy", "/x.npy", "a/../../x.npy", "c:x.npy", "a\\x.npy"})
    CHECK_THROWS_AS(read_zip(write_zip({{name, bytes_of("x")}})), Error);
  size_t refused = 0;
  for (size_t at = 0; at < good.size();
       ++at) {  // a flipped byte never crashes, and in the values it is found by the CRC
    std::vector<std::byte> bad = good;
    bad[at] ^= std::byte{0x40};
    try {
      (void)read_zip(bad);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > good.size() / 2);
}

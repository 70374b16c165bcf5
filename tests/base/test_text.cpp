// SPDX-License-Identifier: MIT
// JSON, SHA-256, shapes, and where share/ is.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/sha256.h"
#include "base/shape.h"
#include "base/system/share.h"
#include "base/system/version.h"
#include "base/text/json.h"
#include "base/text/one_line.h"
#include "catch.h"
#include "folder.h"

using namespace nn;

TEST_CASE("SHA-256 gives the sums of FIPS 180-4") {
  const auto hex = [](const std::string& text) { return sha256_hex(std::as_bytes(std::span<const char>(text))); };
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 parts;
  for (int i = 0; i < 1000; ++i) parts.add(std::string_view(std::string(1000, 'a')));
  CHECK(parts.hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("JSON is read and written in order") {
  const char* text = R"({"z":1,"a":[true,null,-2.5,"\u00e9\n"],"big":9007199254740993,"m":{}})";
  const Json value = Json::parse(text);
  CHECK(value.members()[0].first == "z");
  CHECK(value.at("a").items()[2].number() == -2.5);
  CHECK(value.at("a").items()[3].string() == "\xc3\xa9\n");
  CHECK(value.at("big").integer() == 9007199254740993);
  CHECK(value.find("none") == nullptr);
  CHECK(Json::parse(value.dump()).dump() == value.dump());
  CHECK(value.dump() == "{\"z\":1,\"a\":[true,null,-2.5,\"\xc3\xa9\\n\"],\"big\":9007199254740993,\"m\":{}}");
  CHECK_THROWS_WITH(value.at("none"), Contains("none"));
  CHECK_THROWS_AS(value.at("z").string(), Error);
  Json built;
  built["b"] = 1;
  built["a"].push_back(std::nan(""));
  built["b"] = 2;
  CHECK(built.dump() == R"({"b":2,"a":[null]})");
  CHECK(Json("\xff").dump() == "\"\xef\xbf\xbd\"");
  CHECK(Json(0.1).dump() == "0.1");
}

TEST_CASE("JSON that cannot be trusted is refused with its place") {
  CHECK_THROWS_WITH(Json::parse("{\n \"a\": 1,\n \"a\": 2}"), Contains("line 3") && Contains("twice"));
  CHECK_THROWS_WITH(Json::parse("[1,\n x]"), Contains("line 2, column 2"));
  for (const char* bad :
       {"", " ", "[", "[1,]", "{\"a\"}", "nul", "1 2", "\"\x01\"", "[1e999]", "'a'", "{\"a\":1,}", "\"\xff\"", "NaN"}) {
    INFO(bad);
    CHECK_THROWS_AS(Json::parse(bad), Error);
  }
  CHECK_NOTHROW(Json::parse(std::string(64, '[') + std::string(64, ']')));
  CHECK_THROWS_WITH(Json::parse(std::string(65, '[') + std::string(65, ']')), Contains("64 levels"));
  CHECK_THROWS_AS(Json::parse(std::string(1000000, '[')), Error);
}

TEST_CASE("an object of very many keys takes no longer than its text, and keeps their order") {
  std::string text = "{";
  for (int i = 0; i < 1000000; ++i) text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
  const Json value = Json::parse(text + "}");  // n^2 would take hours
  CHECK(value.members().size() == 1000000);
  CHECK(value.members()[999999].first == "k999999");
  CHECK(value.dump() == text + "}");
  CHECK_THROWS_WITH(Json::parse(text + ",\"k5\":1}"), Contains("'k5' stands twice"));
  std::string many = "[0";
  for (int i = 0; i < 4000000; ++i) many += ",0";
  CHECK_THROWS_WITH(Json::parse(many + "]"), Contains("more than 4,000,000 values"));
  CHECK_THROWS_WITH(Json::parse(std::string((size_t{64} << 20) + 1, ' ')), Contains("more than 64 MB"));
}

TEST_CASE("shapes multiply with care") {
  CHECK(Shape{}.count() == 1);
  CHECK(Shape{2, 3, 4}.count() == 24);
  CHECK(Shape{2, 0}.count() == 0);
  CHECK((Shape{1, 28, 28}).text() == "1x28x28");
  CHECK(Shape{}.text() == "scalar");
  CHECK((Shape{1, 2}).with_batch(5) == Shape{5, 1, 2});
  CHECK((Shape{5, 1, 2}).without_first() == Shape{1, 2});
  CHECK_THROWS_AS((Shape{int64_t{1} << 40, int64_t{1} << 40}).count(), Error);
  CHECK_THROWS_AS((Shape{-1, 2}).count(), Error);
}

TEST_CASE("share/ is found, NN_SHARE first") {
  namespace fs = std::filesystem;
  CHECK(fs::exists(share_path("models")));
  CHECK_THROWS_WITH(share_path("no/such/file"), Contains("no/such/file") && Contains("NN_SHARE"));
  const nn_test::Folder folder;
  fs::create_directories(folder / "models");
  setenv("NN_SHARE", folder.path().c_str(), 1);
  CHECK(share_path("models") == folder / "models");
  unsetenv("NN_SHARE");
  CHECK(std::string(version()).find('.') != std::string::npos);
}

TEST_CASE("layers of several lines become one line without comments") {
  CHECK(in_one_line("# a net\nconv:6,5 relu  # first\n\n  flatten\ndense:3\n") == "conv:6,5 relu flatten dense:3");
  CHECK(in_one_line("relu # last") == "relu # last");
  CHECK(in_one_line("relu\n# last") == "relu");
}

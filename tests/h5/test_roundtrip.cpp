// SPDX-License-Identifier: MIT
// What is written is read back, the same content gives the same bytes, and the digest sees content only.
#include "base/error.h"
#include "base/sha256.h"
#include "catch.h"
#include "files.h"
#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"

using namespace nn;
using namespace nn::h5;
using files::Folder;

TEST_CASE("a file reads back as it was written") {
  for (const bool compress : {false, true}) {
    Folder folder;
    Writer w = files::dataset(300, compress);
    files::put(folder / "d.h5", w.finish());
    const Reader r = Reader::open(folder / "d.h5", "dataset");
    CHECK(r.kind() == "dataset");
    CHECK(r.digest() == w.digest());
    CHECK(r.children() == std::vector<std::string>{"class", "channel", "y", "x", "train", "prep", "loss", "history"});
    CHECK(r.children("/train") == std::vector<std::string>{"sample", "images", "labels"});
    CHECK(r.is_group("/train"));
    CHECK_FALSE(r.is_group("/train/images"));
    CHECK_FALSE(r.has("/train/none"));
    CHECK_FALSE(r.has("/train/images/none"));
    CHECK(r.shape("/train/images") == Shape{300, 1, 8, 8});
    CHECK(r.type("/train/images") == Type::u8);
    CHECK(r.read("/train/images").bytes == files::images(300).bytes);
    CHECK(r.read("/loss").as<double>()[0] == 0.125);
    CHECK(r.read("/loss").shape.rank() == 0);
    CHECK(r.read("/history/epoch").bytes.empty());
    CHECK(r.read("/history/seconds").as<double>()[1] == 2.5);
    const Array rows = r.read_rows("/train/images", 60, 130);
    CHECK(rows.shape == Shape{70, 1, 8, 8});
    CHECK(std::equal(rows.bytes.begin(), rows.bytes.end(), files::images(300).bytes.begin() + 60 * 64));
    CHECK(r.read_rows("/train/images", 5, 5).bytes.empty());
    CHECK_THROWS_AS(r.read_rows("/train/images", 299, 301), Error);
    CHECK_THROWS_AS(r.read_rows("/train/images", -1, 3), Error);
    CHECK(r.number("/train/images", "valid_max") == 255.0);
    CHECK(r.number("/train/images", "scale") == 0.5);
    CHECK(r.text("/train/images", "units") == "1");
    CHECK(r.text("/train/images", "none") == std::nullopt);
    CHECK(r.values("/train/labels", "flag_values")->as<uint8_t>()[2] == 2);
    CHECK(r.attributes("/train/images") == std::vector<std::string>{"valid_max", "scale", "units"});
    CHECK(read_classes(r) == std::vector<std::string>{"T-shirt/top", "Caf\xc3\xa9", "Boot"});
    CHECK(read_prep(r).recipe == "scale 0:1\nstandardize");
    CHECK(read_prep(r).std == std::vector<float>{0.5F});
    CHECK_NOTHROW(r.verify());
  }
}

TEST_CASE("every element type, large attributes and odd shapes") {
  Folder folder;
  Writer w("model", "types", true);
  w.dataset("/a/b/c/i32", Array::of(std::vector<int32_t>{-1, 2147483647}));
  w.dataset("/a/i64", Array::of(std::vector<int64_t>{-1, int64_t{1} << 60}));
  w.dataset("/a/f32", Array::of<float>(Shape{3, 1, 1}, std::vector<float>{0.5F, -0.0F, 1e-45F}));
  std::vector<float> wide(3 * 700000);
  for (size_t i = 0; i < wide.size(); ++i) wide[i] = static_cast<float>(i % 1009);
  w.dataset("/wide", Array::of<float>(Shape{3, 700000}, wide));
  w.dataset("/flat", Array::of<float>(Shape{1, 1, 2100000}, wide));
  const std::string recipe(300000, 'x');  // beyond what an old object header holds
  w.text("/a", "long", recipe);
  w.text("/a", "empty", "");
  w.text("/a", "twice", "first");
  w.text("/a", "twice", "second");
  files::put(folder / "t.h5", w.finish());
  const Reader r = Reader::open(folder / "t.h5");
  CHECK(r.read("/a/b/c/i32").as<int32_t>()[1] == 2147483647);
  CHECK(r.read("/a/i64").as<int64_t>()[1] == int64_t{1} << 60);
  CHECK(r.read("/a/f32").as<float>()[2] == 1e-45F);
  CHECK(r.read("/wide").as<float>()[2099999] == wide.back());
  CHECK(r.read("/flat").as<float>()[2099999] == wide.back());
  CHECK(r.text("/a", "long") == recipe);
  CHECK(r.text("/a", "empty") == "");
  CHECK(r.text("/a", "twice") == "second");
  CHECK_THROWS_WITH(r.read("/a/f32").as<double>(), Contains("expected float64, found float32"));
  CHECK(r.read("/a/i64").to_double()[0] == -1.0);
  CHECK_NOTHROW(r.verify());
}

TEST_CASE("the same content gives the same bytes") {
  Writer first = files::dataset(200, true);
  const auto bytes = first.finish();
  std::vector<std::vector<char>> litter;  // other memory, so that nothing uninitialised gets into the file
  for (int i = 1; i < 200; ++i) litter.emplace_back(static_cast<size_t>(i * 997), static_cast<char>(i));
  litter.clear();
  Writer second = files::dataset(200, true);
  CHECK(bytes == second.finish());
}

TEST_CASE("the digest is of the content") {
  const auto digest = [](auto&& change, bool compress = false) {
    Writer w = files::dataset(100, compress);
    change(w);
    w.finish();
    return w.digest();
  };
  const std::string plain = digest([](Writer&) {});
  CHECK(plain.size() == 64);
  CHECK(digest([](Writer&) {}, true) == plain);
  CHECK(digest([](Writer& w) { w.text("/", "history", "now"); }) == plain);
  CHECK(digest([](Writer& w) { w.dataset("/preview/grid", files::images(2)); }) == plain);
  CHECK(digest([](Writer& w) { w.dataset("/history/more", files::images(2), {{}, false, true}); }) == plain);
  CHECK(digest([](Writer& w) { w.dataset("/more", files::images(2)); }) != plain);
  CHECK(digest([](Writer& w) { w.text("/train/images", "units", "2"); }) != plain);
  CHECK(digest([](Writer& w) { w.text("/", "nn_class", "[\"other\"]"); }) != plain);
  CHECK(digest([](Writer& w) { w.text("/", "nn_layers", "dense:10"); }) != plain);

  // The definition itself, on a file small enough to sum by hand.
  Writer w("model", "t", false);
  w.dataset("/w", Array::of(std::vector<uint8_t>{1, 2}));
  w.integer("/w", "word", 0);
  w.finish();
  const auto sum = [](const std::string& text) { return sha256_hex(std::as_bytes(std::span<const char>(text))); };
  CHECK(w.digest() == sum("/@nn_kind\ttext\tscalar\t" + sum("model") + "\n/w\tuint8\t2\t" + sum("\x01\x02") +
                          "\n/w@word\tint64\tscalar\t" + sum(std::string(8, '\0')) + "\n"));
}

TEST_CASE("misuse of a writer is refused") {
  Writer w("model", "t", false);
  w.dataset("/a", files::images(1));
  CHECK_THROWS_WITH(w.dataset("/a", files::images(1)), Contains("twice"));
  CHECK_THROWS_WITH(w.dataset("/a/b", files::images(1)), Contains("dataset already"));
  CHECK_THROWS_AS(w.dataset("relative", files::images(1)), Error);
  CHECK_THROWS_AS(w.dataset("/b//c", files::images(1)), Error);
  CHECK_THROWS_WITH(w.dataset("/d", files::images(1), {{"/none"}, false, false}), Contains("/none"));
  CHECK_THROWS_AS(w.text("/", "title", std::string("a\0b", 3)), Error);
}

TEST_CASE("provenance joins what the inputs carry") {
  setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
  Step fetch;
  fetch.tool = "nn-fetch";
  fetch.version = "1";
  fetch.argv = {"nn-fetch", "mnist"};
  const Provenance data = extend(fetch, {});
  CHECK(data.history == "2001-09-09T01:46:40Z: nn-fetch mnist");
  Step train = fetch;
  train.tool = "nn-train";
  train.argv = {"nn-train", "--model", "dense:10 relu", "it's"};
  train.inputs = {{"m.h5", "abc"}};
  const Provenance model = extend(train, {data, data});
  CHECK(model.history ==
        "2001-09-09T01:46:40Z: nn-train --model 'dense:10 relu' 'it'\\''s'\n2001-09-09T01:46:40Z: nn-fetch mnist");
  REQUIRE(model.steps.items().size() == 2);
  CHECK(model.steps.items()[0].at("parents").items()[0].string() == model.steps.items()[1].at("id").string());
  // One parent an input: each input names the step that made it, and which of its files it is.
  Step eval = train;
  eval.inputs = {{"a.h5", "1"}, {"b.h5", "2"}, {"c.h5", "3"}};
  eval.arguments = {"--split", "a\nb", "https://me:secret@host/x"};
  eval.files = Json::array();
  const Json both = extend(eval, {data, Provenance{}, model.of_option("checkpoint")}).steps.items()[0];
  CHECK(both.at("inputs").items()[0].at("step").string() == data.steps.items()[0].at("id").string());
  CHECK(!both.at("inputs").items()[0].find("output"));
  CHECK(!both.at("inputs").items()[1].find("step"));
  CHECK(both.at("inputs").items()[2].at("output").string() == "checkpoint");
  CHECK(both.at("arguments").items()[1].string() == "a\nb");
  CHECK(both.dump().find("secret") == std::string::npos);
  CHECK(model.of_option("checkpoint").steps.items()[0].at("id").string() == model.steps.items()[0].at("id").string());
  Step off = train;
  off.off = true;
  // Its input's steps, the first of which says that none of them made the file.
  const Provenance unrecorded = extend(off, {data});
  Json::Array expected = data.steps.items();
  expected.front()["output"] = "no-history";
  CHECK(unrecorded.steps.dump() == Json(std::move(expected)).dump());
  CHECK(unrecorded.lacks_last_step());
  CHECK(!data.lacks_last_step());
  CHECK(extend(off, {}).steps.dump() == Json::array().dump());
  Writer w("model", "t", false);
  model.write(w);
  Folder folder;
  files::put(folder / "m.h5", w.finish());
  const Provenance back = Provenance::read(Reader::open(folder / "m.h5"));
  CHECK(back.history == model.history);
  CHECK(back.steps.dump() == model.steps.dump());
  unsetenv("SOURCE_DATE_EPOCH");
}

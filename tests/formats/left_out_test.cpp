// SPDX-License-Identifier: MIT
// What lies in a folder and is not read is told or refused; what cannot be read back is not written.
#include <filesystem>

#include "catch.h"
#include "data/gzip.h"
#include "formats/choices.h"
#include "formats/datasets/numpy/npy.h"
#include "formats/datasets/pictures/png_image.h"
#include "formats/reading.h"
#include "read_said.h"
#include "sample_data.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;
namespace fs = std::filesystem;

namespace {
Read read(const std::string& input) {
  return read_said({}, [&](const Told& told) { return read_foreign(input, *dataset_format_of(input), told); });
}
std::string written(const Folder& folder, const std::string& format, const Dataset& data) {
  const Format type(format);
  write_foreign(folder / format, type, type.write(data, {}), false);
  return folder / format;
}
std::string text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
}  // namespace

TEST_CASE("parts of a dataset in sub-folders are told", "[left-out]") {
  const Folder folder;
  const std::string idx = written(folder, "idx", image_data(1)), npy = written(folder, "npy", image_data(1));
  CHECK(read(idx).said.find("left out") == std::string::npos);
  fs::create_directory(idx + "/sub");
  fs::rename(idx + "/t10k-images-idx3-ubyte.gz", idx + "/sub/t10k-images-idx3-ubyte.gz");
  const Read of_idx = read(idx);
  CHECK(of_idx.data.splits.size() == 1);
  CHECK_THAT(of_idx.said, Contains("left out: 1 file in a sub-folder (sub/t10k-images-idx3-ubyte.gz)"));
  CHECK_THAT(of_idx.said, Contains("labels or targets without images") && Contains("t10k-labels-idx1-ubyte.gz'"));
  fs::create_directory(npy + "/test");
  for (const char* name : {"x_test.npy", "y_test.npy"}) fs::rename(npy + "/" + name, npy + "/test/" + name);
  CHECK_THAT(read(npy).said, Contains("left out: 2 files in sub-folders (test/x_test.npy, test/y_test.npy)"));
}

TEST_CASE("files that a Mac puts beside the others are no data, and links are not followed", "[left-out]") {
  const Folder folder;
  const std::string idx = written(folder, "idx", image_data(1)), npy = written(folder, "npy", image_data(1));
  folder.put("idx/._train-images-idx3-ubyte.gz", std::string(200, '\0'));
  folder.put("idx/._train-labels-idx1-ubyte.gz", std::string(200, '\0'));
  folder.put("npy/._x_train.npy", "");
  folder.put("npy/__MACOSX/._x_train.npy", "");
  for (const std::string& input : {idx, npy}) {
    const Read all = read(input);
    CHECK(all.data.splits.size() == 2);
    CHECK(labels_of(all.data.at("train")) == labels_of(image_data(1).at("train")));
    CHECK(all.said.find("left out") == std::string::npos);
  }
  CHECK(read(idx + "/train-images-idx3-ubyte.gz").data.at("train").labels().size() == 6);
  const Folder pictures;
  pictures.put("._x.npy", "");
  CHECK(std::string(dataset_format_of(pictures.path())->name) == "png");
  fs::rename(npy + "/y_train.npy", folder / "y.npy");
  fs::create_symlink(folder / "y.npy", npy + "/y_train.npy");
  CHECK_THROWS_WITH(read(npy), Contains("y_train.npy: is a link"));
  fs::copy_file(npy + "/x_train.npy", folder / "x_1.npy");
  fs::create_symlink(folder / "y.npy", folder / "y_1.npy");
  CHECK_THROWS_WITH(read(folder / "x_1.npy"), Contains("y_1.npy: is a link"));
}

TEST_CASE("of an animated PNG the first frame is taken, which is said", "[left-out]") {
  const Folder folder;
  const std::vector<uint8_t> pixels{1, 2, 3, 4};
  std::string png = text(write_png({1, 2, 2}, pixels));
  folder.put("p/a/1.png", png);
  CHECK(read(folder / "p").said.find("animation") == std::string::npos);
  // acTL of two frames, shown for ever, with its CRC (zlib.crc32 in Python).
  png.insert(33, std::string("\0\0\0\x08"
                             "acTL\0\0\0\x02\0\0\0\0\xf3\x8d\x93\x70",
                             20));
  folder.put("p/a/2.png", png);
  const Read both = read(folder / "p");
  CHECK(both.data.splits[0].size() == 2);
  CHECK_THAT(both.said, Contains("1 picture is an animation, of which the first frame is taken") && Contains("2.png"));
}

TEST_CASE("class names with tabs come back; names that no list can hold are not written", "[names]") {
  Dataset data = image_data(1);
  data.classes = {"x\ty", "x y", "x\r\ty"};
  for (const char* format : {"idx", "png", "npy"}) {
    const Folder folder;
    const Dataset back = read(written(folder, format, data)).data;
    CHECK(back.classes == data.classes);
    CHECK(words_of(back, back.at("train")) == words_of(data, data.at("train")));
  }
  for (const char* name : {"x\ny", "x\r"}) {
    data.classes[2] = name;
    for (const char* format : {"idx", "png"})
      CHECK_THROWS_WITH(Format(format).write(data, {}), Contains("holds the end of a line"));
  }
  TextTable table{{"class"}, {{Json("t\tb")}, {Json("t b")}, {Json("t\nb")}}};
  CHECK(find_in(table_formats(), "tsv", "format").write(table) == "class\nt\\x09b\nt b\nt\\x0ab\n");
}

TEST_CASE("features of odd names and the greatest number come back from our own tables", "[names]") {
  for (const std::string first : {"# c", "#c", "sep=;", "True", "a\"b", " ", "feature:x"})
    for (const char* format : {"csv", "tsv"}) {
      Dataset data;
      data.feature_names = {first};
      if (first != "sep=;") data.feature_names.push_back("b");
      Split split;
      split.name = "train";
      const auto width = static_cast<int64_t>(data.feature_names.size());
      split.set_samples(h5::Array(h5::Type::f32, {3, width}));
      for (int i = 0; i < 3 * width; ++i)
        split.samples()->values.as<float>()[static_cast<size_t>(i)] =
            i % 2 ? 3.40282347e38F : 1.1F * static_cast<float>(i);
      data.splits.push_back(split);
      const Format type(format);
      const Folder folder;
      const std::string file = folder / ("t." + std::string(format));
      write_foreign(file, type, type.write(data, {}), false);
      INFO(format << " '" << first << "'");
      const Read back = read(file);
      CHECK(back.data.feature_names == data.feature_names);
      CHECK(back.data.splits[0].x().bytes == split.x().bytes);
      CHECK(back.said.find("rounded") == std::string::npos);
    }
}

TEST_CASE("gzip of several members is read as one, as by zcat", "[gzip]") {
  const auto bytes = [](std::string_view s) {
    return std::vector<std::byte>(std::as_bytes(std::span(s)).begin(), std::as_bytes(std::span(s)).end());
  };
  const auto joined = [](std::vector<std::byte> a, const std::vector<std::byte>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  const std::vector<std::byte> two = joined(gzip(bytes("a,b,label\n1,2,x\n")), gzip(bytes("3,4,y\n")));
  CHECK(text(gunzip(two, 1000)) == "a,b,label\n1,2,x\n3,4,y\n");
  CHECK(text(gunzip(joined(two, gzip({})), 22)) == "a,b,label\n1,2,x\n3,4,y\n");
  CHECK(text(gunzip(joined(two, std::vector<std::byte>(512)), 22)) == "a,b,label\n1,2,x\n3,4,y\n");
  CHECK_THROWS_WITH(gunzip(two, 21), Contains("larger than the 21 bytes"));
  CHECK_THROWS_WITH(gunzip(joined(two, bytes("more")), 1000), Contains("4 bytes after the end"));
  CHECK_THROWS_WITH(gunzip({two.data(), two.size() - 9}, 1000), Contains("cut short"));
  const Folder folder;
  folder.put("t.csv.gz", text(two));
  const Format csv("csv");
  CHECK(read_foreign(folder / "t.csv.gz", csv, {}).splits[0].size() == 2);
}

TEST_CASE("text in UTF-32 is called so, and every byte order mark is left out", "[text]") {
  const Folder folder;
  const Format csv("csv");
  const auto get = [&](std::string_view content) { return read_foreign(folder.put("t.csv", content), csv, {}); };
  CHECK_THROWS_WITH(get(std::string_view("\xff\xfe\0\0a\0\0\0", 8)), Contains("UTF-32"));
  CHECK_THROWS_WITH(get(std::string_view("\0\0\xfe\xff\0\0\0a", 8)), Contains("UTF-32"));
  CHECK_THROWS_WITH(get(std::string_view("\xff\xfe"
                                         "a\0",
                                         4)),
                    Contains("UTF-16"));
  CHECK(get("\xEF\xBB\xBF\xEF\xBB\xBFlen,wid,label\n1,2,x\n").feature_names == std::vector<std::string>{"len", "wid"});
  CHECK_THROWS_WITH(named_classes(""), Contains("--classes"));
}

TEST_CASE("options for pictures that none of them needs are errors", "[options]") {
  const Folder folder;
  folder.put("p/a/1.png", text(write_png({1, 2, 2}, std::vector<uint8_t>{1, 2, 3, 4})));
  const Format png("png");
  Told depth, background;
  depth.depth = "8";
  background.background = "0";
  CHECK_THROWS_WITH(read_foreign(folder / "p", png, depth), Contains("--depth 8 has no effect"));
  CHECK_THROWS_WITH(read_foreign(folder / "p", png, background), Contains("--background 0 has no effect"));
}

TEST_CASE("JSON is no table", "[text]") {
  const Folder folder;
  for (const char* name : {"p.json", "p", "p.data"})
    for (const char* content : {"[\n  {\"row\": 0}\n]\n", " {\"a\": 1}\n"})
      CHECK_THROWS_WITH(input_format(folder.put(name, content), "", {}), Contains("JSON, which no format here reads"));
  CHECK(std::string(input_format(folder.put("p.csv", "[a,b\n1,2\n"), "", {})->name) == "csv");
}

TEST_CASE("an option without a value, or one that the chosen formats do not have, is an error", "[options]") {
  const auto refusal = [](const char* name, const char* value, const char* from, const char* to) {
    FormatChoices choices;
    OptionSet set;
    choices.declare(set);
    set.set_option(name, value);
    try {
      choices.check(set, from ? &find_in(dataset_formats(), from, "format") : nullptr, output_format(to, ""));
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const char* name : {"classes", "label", "split"})
    CHECK_THAT(refusal(name, "", "csv", "h5"), Contains(std::string("--") + name + ": the value is empty"));
  CHECK(refusal("label", "3", "npz", "h5") ==
        "--label has no effect from npz to h5; it is for reading csv, tsv, jsonl");
  CHECK(refusal("separator", "tab", "png", "h5") ==
        "--separator has no effect from png to h5; it is for reading csv, tsv and for writing csv, tsv");
  CHECK_THAT(refusal("depth", "8", nullptr, "json"), Contains("from h5 to json") && Contains("reading png"));
  CHECK(refusal("label", "3", "csv", "h5").empty());
  CHECK(refusal("separator", "tab", nullptr, "csv").empty());
  CHECK(refusal("title", "t", "png", "h5").empty());
}

TEST_CASE("each format declares its own options, and the values reach it", "[options]") {
  const Folder folder;
  const std::string file = folder.put("d.csv", "a;b\n1;x\n2;y\n");
  FormatChoices choices;
  OptionSet set;
  choices.declare(set);
  set.set_option("label", "b");
  set.set_option("separator", "semicolon");
  set.set_option("title", "two rows");
  const Dataset data =
      read_foreign(file, choices.reader(find_in(dataset_formats(), "csv", "format")), choices.reading(), {});
  CHECK(data.classes == std::vector<std::string>{"x", "y"});
  CHECK(data.title == "two rows");
  for (const DatasetFormat* format : dataset_formats()) {
    INFO(format->name);
    OptionSet reading, writing;
    const auto reader = format->reader();
    const auto writer = format->writer();
    reader->options(reading);
    writer->options(writing);
    CHECK(reading.find("split"));
    CHECK(writing.find("split"));
    CHECK((reading.find("label") != nullptr) ==
          (std::string(format->name).ends_with("sv") || std::string(format->name) == "jsonl"));
    CHECK((reading.find("depth") != nullptr) == (std::string(format->name) == "png"));
  }
}

TEST_CASE("columns that no format holds are named, and a data set of them alone is refused", "[columns]") {
  Dataset data = feature_data();
  data.splits[0].columns.push_back({"weights", h5::Array(h5::Type::f32, {3}), {}});
  const Format csv("csv");
  const auto write = [&](const Dataset& from) {
    const auto writer = csv.writer();
    const Log log("test");
    FormatOptions options;
    options.log = &log;
    return foreign_files(*writer, csv, from, options);
  };
  const std::string said = talk_of([&] { CHECK(write(data).size() == 1); });
  CHECK_THAT(said, Contains("format csv has no place for") && Contains("weights"));
  data.splits[0].set_samples(h5::Array());
  CHECK_THROWS_WITH(write(data), Contains("no images or features, only weights"));
}

// SPDX-License-Identifier: MIT
// Damaged, cut, joined and foreign files end in an Error or give the right values; never in wrong ones, never in a
// crash.
#include <fcntl.h>
#include <hdf5.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "base/error.h"
#include "catch.h"
#include "files.h"
#include "h5/image.h"
#include "h5/reading/reader.h"

using namespace nn;
using namespace nn::h5;
using files::Folder;

namespace {

struct Content {
  Bytes images, labels;
  std::string recipe;
  bool operator==(const Content&) const = default;
};

Content read_all(const std::string& name) {
  const Reader r = Reader::open(name, "dataset");
  Content content{r.read("/train/images").bytes, r.read("/train/labels").bytes, read_prep(r).recipe};
  r.verify();
  return content;
}

std::string failure(const std::string& name, const std::string& kind = "") {
  try {
    Reader::open(name, kind);
  } catch (const Error& e) {
    CHECK(e.status() == Exit::failed);
    return e.what();
  }
  return "";
}

// Reads with these bytes as standard input.
std::string failure_from_stdin(const std::string& file) {
  const int saved = dup(STDIN_FILENO), in = open(file.c_str(), O_RDONLY);
  dup2(in, STDIN_FILENO);
  close(in);
  const std::string message = failure("-");
  dup2(saved, STDIN_FILENO);
  close(saved);
  return message;
}

}  // namespace

TEST_CASE("lookup3 gives the published sums") {
  const std::string text = "Four score and seven years ago";  // the driver of lookup3.c
  CHECK(lookup3(std::as_bytes(std::span<const char>(text)), 0) == 0x17770551);
  CHECK(lookup3(std::as_bytes(std::span<const char>(text)), 1) == 0xcd628161);
  CHECK(lookup3({}, 0) == 0xdeadbeef);
}

TEST_CASE("a changed byte is found or changes nothing") {
  Folder folder;
  const std::string name = folder / "d.h5";
  for (const bool compress : {false, true}) {
    Writer w = files::dataset(128, compress);
    const std::vector<std::byte> good = w.finish();
    files::put(name, good);
    const Content expected = read_all(name);
    std::mt19937 random(compress ? 2 : 1);
    int found = 0, harmless = 0;
    for (size_t at = 0; at < good.size(); at += one_of * (1 + random() % 23)) {
      std::vector<std::byte> bad = good;
      bad[at] ^= static_cast<std::byte>(1 + random() % 255);
      files::put(name, bad);
      try {
        const Content content = read_all(name);
        INFO("byte " << at);
        CHECK(content == expected);
        ++harmless;
      } catch (const Error&) {
        ++found;
      }
    }
    CHECK(found > harmless);
    if (one_of > 1)
      WARN(found + harmless << " bytes tried, of which the test without a sanitizer tries " << one_of
                            << " times as many");
  }
}

TEST_CASE("a changed byte in the index of a large group or of many attributes does not crash its listing") {
  // More than eight links or attributes stand in a heap with indexes, in which libhdf5 1.10.8 has weak places.
  Folder folder;
  Writer w("dataset", "test", false);
  for (int i = 0; i < 24; ++i) {
    const std::string path = "/state/a-rather-long-name-of-a-slot-" + std::to_string(23 - i);
    w.dataset(path, Array::of(std::vector<float>{1, 2}));
    for (int k = 0; k < 12; ++k) w.integer(i == 0 ? path : "/state", "attribute-" + std::to_string(i * 12 + k), k);
  }
  const std::vector<std::byte> good = w.finish();
  const std::string name = folder.put("good.h5", good);
  const std::vector<std::string> expected = Reader::open(name).children("/state");
  REQUIRE(expected.size() == 24);
  CHECK(expected.front() == "a-rather-long-name-of-a-slot-23");  // as they were made
  const std::vector<std::string> attributes = Reader::open(name).attributes("/state");
  REQUIRE(attributes.size() == 23 * 12);
  CHECK(attributes[0] == "attribute-12");
  CHECK(attributes[1] == "attribute-13");
  int found = 0;
  for (size_t at = 48; at < good.size(); at += 41 * one_of) {
    std::vector<std::byte> bad = good;
    bad[at] ^= std::byte{1} << (at % 8);
    const std::string damaged = folder.put("bad.h5", bad);
    INFO("byte " << at);
    try {
      const Reader r = Reader::open(damaged);
      const std::vector<std::string> names = r.children("/state");
      for (const std::string& child : names) r.attributes("/state/" + child);
      r.attributes("/state");
      CHECK(names.size() == expected.size());
    } catch (const Error&) {
      ++found;
    }
  }
  CHECK(found > 20 / static_cast<int>(one_of));
}

TEST_CASE("a cut file is found at any length") {
  Folder folder;
  const std::string name = folder / "d.h5";
  Writer w = files::dataset(100, false);
  const std::vector<std::byte> good = w.finish();
  for (size_t size = 0; size < good.size(); size += size < 64 ? 1 : 997) {
    files::put(name, std::span(good).first(size));
    INFO("length " << size);
    const std::string file = failure(name), stream = failure_from_stdin(name);
    CHECK_THAT(file, Contains("d.h5"));
    CHECK_THAT(stream, Contains("stdin") || Contains("standard input"));
    if (size >= 8) {
      CHECK_THAT(file, Contains("ended early (" + std::to_string(size)));
      CHECK_THAT(stream, Contains("did the previous command fail?"));
    }
  }
  files::put(name, std::span(good).first(good.size() / 2));
  CHECK(failure_from_stdin(name) == "stdin ended early (" + std::to_string(good.size() / 2) + " of " +
                                        std::to_string(good.size()) + " bytes); did the previous command fail?");
  CHECK(failure(folder / "none.h5").find("No such file") != std::string::npos);
  CHECK_THAT(failure(folder.path()), Contains("is a folder"));
}

TEST_CASE("joined and foreign files are named for what they are") {
  Folder folder;
  const std::string name = folder / "f";
  Writer w = files::dataset(10, false);
  std::vector<std::byte> twice = w.finish();
  const size_t size = twice.size();
  twice.insert(twice.end(), twice.begin(), twice.begin() + static_cast<std::ptrdiff_t>(size));
  files::put(name, twice);
  CHECK_THAT(failure(name), Contains(std::to_string(size) + " bytes after the stored end"));
  const std::vector<std::pair<std::string, std::string>> kinds{{std::string("\x1f\x8b\x08\0\0\0", 6), "gzip"},
                                                               {"\x89PNG\r\n\x1a\n....", "PNG"},
                                                               {std::string("PK\x03\x04....", 8), "zip"},
                                                               {"\x93NUMPY\x01", "NPY"},
                                                               {std::string("\0\0\x08\x03\0\0\xea\x60", 8), "IDX"},
                                                               {"a,b,c\n1,2,3\n", "CSV"},
                                                               {"<!DOCTYPE html>", "HTML"},
                                                               {"{\"a\":1}", "JSON"},
                                                               {std::string(100, '\xee'), "unknown"},
                                                               {"plain words\n", "text"}};
  for (const auto& [bytes, what] : kinds) {
    files::put(name, bytes);
    CHECK_THAT(failure(name), Contains("not an HDF5 file") && Contains(what));
    CHECK_THAT(failure_from_stdin(name), Contains("standard input") && Contains(what));
  }
  files::put(name, std::string_view());
  CHECK_THAT(failure(name), Contains("empty"));
  CHECK_THAT(failure_from_stdin(name), Contains("no data on standard input"));
}

TEST_CASE("HDF5 files of others are refused") {
  Folder folder;
  const std::string name = folder / "other.h5";
  for (const bool modern : {false, true}) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (modern) H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110);
    H5Fclose(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
    H5Pclose(access);
    CHECK_THAT(failure(name), Contains(modern ? "nn_kind" : "superblock version 0"));
  }
  Writer w("model", "t", false);
  files::put(name, w.finish());
  CHECK_THAT(failure(name, "dataset"), Contains("expected a dataset, found a model"));
  Writer newer("model", "t", false);
  newer.text("/", "nn_format", "2");
  files::put(name, newer.finish());
  CHECK_THAT(failure(name), Contains("nn_format 2"));
}

TEST_CASE("what a hostile file declares is not believed") {
  Folder folder;
  const std::string name = folder / "bad.h5";
  Writer w = files::dataset(10, false);
  files::put(name, w.finish());
  {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, access);
    REQUIRE(file >= 0);
    H5Lcreate_soft("/train/images", file, "/soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/", file, "/outside", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "/", file, "/train/loop", H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t huge[] = {hsize_t{1} << 40}, chunk[] = {1024}, small[] = {4};
    const auto make = [&](const char* path, const hsize_t* dims, hid_t type, auto&& storage) {
      const hid_t space = H5Screate_simple(1, dims, nullptr), list = H5Pcreate(H5P_DATASET_CREATE);
      storage(list);
      const hid_t set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
      CHECK(set >= 0);
      H5Dclose(set);
      H5Pclose(list);
      H5Sclose(space);
    };
    make("/bomb", huge, H5T_STD_U8LE, [&](hid_t list) {
      H5Pset_chunk(list, 1, chunk);
      H5Pset_deflate(list, 1);
    });
    make("/hole", huge, H5T_STD_U8LE, [](hid_t) {});
    make("/big_endian", small, H5T_IEEE_F32BE, [](hid_t) {});
    make("/abroad", small, H5T_STD_U8LE, [](hid_t list) { H5Pset_external(list, "/etc/passwd", 0, 4); });
    make("/scaled", small, H5T_STD_I32LE, [&](hid_t list) {
      H5Pset_chunk(list, 1, small);
      H5Pset_scaleoffset(list, H5Z_SO_INT, 0);
    });
    H5Fclose(file);
    H5Pclose(access);
  }
  const Reader r = Reader::open(name);
  CHECK_THROWS_WITH(r.read("/soft"), Contains("soft or external link"));
  CHECK_THROWS_WITH(r.read("/outside/x"), Contains("soft or external link"));
  CHECK_THROWS_WITH(r.read("/bomb"), Contains("declares"));
  CHECK_THROWS_WITH(r.read("/hole"), Contains("declares"));
  CHECK_THROWS_WITH(r.read("/big_endian"), Contains("another type"));
  CHECK_THROWS_WITH(r.read("/abroad"), Contains("another file"));
  CHECK_THROWS_WITH(r.read("/scaled"), Contains("filter"));
  CHECK_THROWS_WITH(r.read("/class"), Contains("another type"));
  CHECK_THROWS_WITH(r.read("/train"), Contains("expected a dataset, found a group"));
  CHECK_THROWS_WITH(r.read("/nothing"), Contains("bad.h5") && Contains("/nothing"));
  CHECK_THROWS_AS(r.verify(), Error);
}

TEST_CASE("values changed by another program are found") {
  Folder folder;
  const std::string name = folder / "d.h5";
  Writer w = files::dataset(10, false);
  files::put(name, w.finish());
  const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, H5P_DEFAULT),
              set = H5Dopen2(file, "/train/labels", H5P_DEFAULT);
  REQUIRE(set >= 0);
  const std::vector<uint8_t> labels(10, 2);
  CHECK(H5Dwrite(set, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, labels.data()) >= 0);
  H5Dclose(set);
  H5Fclose(file);
  const Reader r = Reader::open(name);
  CHECK_THROWS_WITH(r.read("/train/labels"), Contains("/train/labels") && Contains("nn_sha256"));
  CHECK_NOTHROW(r.read("/train/images"));
}

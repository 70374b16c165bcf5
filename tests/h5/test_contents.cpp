// SPDX-License-Identifier: MIT
// The table of contents that the child hands back: what it says of good files, and that nothing in it is believed.
#include <hdf5.h>
#include <sys/stat.h>

#include <numeric>
#include <random>

#include "base/error.h"
#include "catch.h"
#include "files.h"
#include "h5/reading/child.h"
#include "h5/reading/contents.h"
#include "h5/reading/reader.h"

using namespace nn;
using namespace nn::h5;
using files::Folder;

namespace {

std::vector<std::byte> table_of(std::span<const std::byte> image, bool deep = false) {
  return table_from_child(image, "d.h5", deep, Budget{});
}

/// A table with a root group, its objects as `fill` writes them.
template <class Fill>
std::vector<std::byte> table(Fill&& fill) {
  TableWriter t;
  t.number(TableWriter::magic);
  const auto begin = [&](const char* path, ObjectKind kind, uint64_t address) {
    t.number(1);
    t.text(path);
    t.number(static_cast<uint64_t>(kind));
    t.number(address);
  };
  const auto end = [&] {
    for (int i = 0; i < 3; ++i) t.number(0);  // no attributes, no references
  };
  begin("/", ObjectKind::group, 1);
  end();
  fill(t, begin, end);
  t.number(TableWriter::done);
  return t.buffer();
}

/// /NAME: chunks of 8 bytes of an uint8 {16} at two places.
void two_chunks(TableWriter& t, auto&& begin, auto&& end, const char* path, uint64_t address, uint64_t first,
                uint64_t second, uint64_t filters = 1) {
  begin(path, ObjectKind::dataset, address);
  t.number(static_cast<uint64_t>(Element::number));
  t.number(static_cast<uint64_t>(Type::u8));
  t.shape({16});
  t.number(1);
  t.number(static_cast<uint64_t>(Layout::chunked));
  t.number(0);
  t.number(filters);
  for (uint64_t i = 0; i < filters; ++i) t.number(fletcher32_filter);
  t.shape({8});
  t.number(2);
  for (const uint64_t place : {first, second}) {
    t.number(place);
    t.number(12);
    t.number(0);
  }
  end();
}

}  // namespace

TEST_CASE("a table of contents says what is in the file") {
  Writer w = files::dataset(100, true);
  const std::vector<std::byte> image = w.finish();
  const Contents c = parse_contents(table_of(image), image.size());
  const Object* images = c.find("/train/images");
  REQUIRE(images);
  CHECK(images->shape == Shape{100, 1, 8, 8});
  CHECK(images->filters == std::vector<uint32_t>{deflate_filter, fletcher32_filter});
  CHECK(images->chunks.size() == 1);
  CHECK(images->scales.empty());
  CHECK(find_attribute(*images, "valid_max")->element == Element::number);
  CHECK(c.find("/class")->element == Element::text);
  CHECK(c.find("/class")->texts.empty());
  CHECK(c.find("/loss")->layout == Layout::compact);
  CHECK(c.find("/none") == nullptr);
  const Contents deep = parse_contents(table_of(image, true), image.size());
  CHECK(deep.find("/class")->texts == std::vector<std::string>{"T-shirt/top", "Caf\xc3\xa9", "Boot"});
  REQUIRE(deep.find("/train/images")->scales.size() == 4);
  CHECK(deep.find("/train/images")->scales[1] == std::vector<uint64_t>{deep.find("/channel")->address});
  CHECK(deep.find("/y")->scale_users.front() == std::pair<uint64_t, uint64_t>{deep.find("/train/images")->address, 2});
}

TEST_CASE("a table that is cut or changed anywhere is refused or says something else, and never crashes") {
  Writer w = files::dataset(20, true);
  const std::vector<std::byte> image = w.finish(), good = table_of(image, true);
  for (size_t size = 0; size < good.size(); size += size < 200 ? 1 : 13)
    CHECK_THROWS_AS(parse_contents(std::span(good).first(size), image.size()), Error);
  std::mt19937 random(5);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<std::byte> bad = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      bad[random() % bad.size()] = static_cast<std::byte>(random() % 2 ? random() % 256 : 0xFF);
    try {
      parse_contents(bad, image.size());
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("what a table declares has to fit the file") {
  const auto parse = [](const std::vector<std::byte>& t) { return parse_contents(t, 1000); };
  CHECK(parse(table([](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/a", 2, 100, 112); })).size() == 2);
  const auto refuses = [&](const char* why, auto&& fill) { CHECK_THROWS_WITH(parse(table(fill)), Contains(why)); };
  refuses("share the bytes", [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/a", 2, 100, 111); });
  refuses("share the bytes", [](auto& t, auto begin, auto end) {
    two_chunks(t, begin, end, "/a", 2, 100, 200);
    two_chunks(t, begin, end, "/b", 3, 205, 300);
  });
  refuses("beyond the end", [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/a", 2, 100, 989); });
  refuses("beyond the end",
          [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/a", 2, 100, ~uint64_t{0} - 5); });
  refuses("number of filters", [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/a", 2, 100, 200, 9); });
  refuses("stands twice", [](auto& t, auto begin, auto end) {
    two_chunks(t, begin, end, "/a", 2, 100, 200);
    two_chunks(t, begin, end, "/a", 3, 300, 400);
  });
  refuses("group is not in the file",
          [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/g/a", 2, 100, 200); });
  refuses("is no name", [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/..", 2, 100, 200); });
  refuses("not UTF-8", [](auto& t, auto begin, auto end) { two_chunks(t, begin, end, "/caf\xe9", 2, 100, 200); });
  refuses("nested deeper", [](auto&, auto begin, auto end) {
    std::string path;
    for (uint64_t i = 0; i < 20; ++i) {
      path += "/g";
      begin(path.c_str(), ObjectKind::group, i + 2);
      end();
    }
  });
  refuses("out of range", [](auto& t, auto begin, auto) {
    begin("/a", ObjectKind::dataset, 2);
    t.number(static_cast<uint64_t>(Element::number));
    t.number(static_cast<uint64_t>(Type::f64));
    t.shape({int64_t{1} << 48, int64_t{1} << 13});
    t.number(1);
  });
}

TEST_CASE("a second link to an object is not followed, and the object is read once") {
  const Folder folder;
  Writer w("dataset", "t", false);
  w.dataset("/train/images", files::images(3));
  const std::string name = folder.put("d.h5", w.finish());
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, access);
  REQUIRE(file >= 0);
  for (int i = 0; i < 50; ++i)
    H5Lcreate_hard(file, "/train", file, ("/split" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  H5Pclose(access);
  const Reader r = Reader::open(name);
  CHECK(r.read("/train/images").bytes == files::images(3).bytes);
  CHECK_THROWS_WITH(r.read("/split7/images"), Contains("/split7") && Contains("second link"));
  CHECK_THROWS_WITH(r.verify(), Contains("second link"));
}

TEST_CASE("what differs between equal files moves nothing in them") {
  const auto contents = [](const std::string& history, double seconds) {
    Writer w("model", "t", true);
    w.text("/", "history", history);
    w.axis("/history/epoch", 40);
    std::vector<double> column(40, seconds);
    if (seconds > 1) std::iota(column.begin(), column.end(), seconds);  // compressible otherwise than 40 equal ones
    w.dataset("/history/seconds", Array::of(column), {{"/history/epoch"}, false, true});
    w.dataset("/history/loss", Array::of(std::vector<double>(40, 0.5)), {{"/history/epoch"}, false, false});
    const std::vector<std::byte> image = w.finish();
    return parse_contents(table_of(image, true), image.size());
  };
  const Contents a = contents("short", 0.5), b = contents(std::string(3000, 'x'), 1.23456789);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].address == b[i].address);
    CHECK(a[i].scale_users == b[i].scale_users);
  }
}

TEST_CASE("text that is not UTF-8 is not written") {
  Writer w("dataset", "t", false);
  CHECK_THROWS_WITH(w.text("/", "title", "caf\xe9"), Contains("title") && Contains("byte 4 is not UTF-8"));
  CHECK_THROWS_WITH(w.strings("/class", {"a", "caf\xe9"}, false), Contains("/class") && Contains("UTF-8"));
  CHECK_THROWS_WITH(w.dataset("/caf\xe9", files::images(1)), Contains("UTF-8"));
  CHECK_NOTHROW(w.text("/", "title", "caf\xc3\xa9 \xe6\x96\x87 \xf0\x9f\x98\x80"));
}

TEST_CASE("devices are not opened, and a file marked as open is said to be") {
  const Folder folder;
  CHECK_THROWS_WITH(Reader::open("/dev/zero"), Contains("/dev/zero: is a device"));
  CHECK_THROWS_WITH(Reader::open("/dev/null"), Contains("empty"));
  const std::string name = folder.put("d.h5", files::dataset(3, false).finish());
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access);
  REQUIRE(file >= 0);
  CHECK_THROWS_WITH(Reader::open(name), Contains("h5clear -s") && Contains("another program has it open"));
  H5Fclose(file);
  H5Pclose(access);
}

TEST_CASE("the digest is computed, not believed") {
  const Folder folder;
  Writer w = files::dataset(5, true);
  const std::vector<std::byte> image = w.finish();
  const std::string name = folder.put("d.h5", image);
  CHECK(Reader::open(name).stored_digest() == w.digest());
  CHECK(Reader::open(name).computed_digest() == w.digest());
  const auto with_digest = [&](const std::string& text) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, access), type = H5Tcopy(H5T_C_S1),
                scalar = H5Screate(H5S_SCALAR);
    H5Tset_size(type, text.size() + 1);
    H5Adelete(file, "nn_digest");
    const hid_t made = H5Acreate2(file, "nn_digest", type, scalar, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Awrite(made, type, text.c_str()) >= 0);
    H5Aclose(made), H5Sclose(scalar), H5Tclose(type), H5Fclose(file), H5Pclose(access);
    return Reader::open(name);
  };
  const Reader other = with_digest(std::string(64, 'a'));
  CHECK(other.stored_digest() == std::string(64, 'a'));
  CHECK(other.computed_digest() == w.digest());
  CHECK(other.digest() == w.digest());
  CHECK_THROWS_WITH(other.verify(), Contains("nn_digest is aaaa"));
  CHECK_THROWS_WITH(with_digest("x  other.h5\n\x1b[2J").stored_digest(), Contains("no digest of 64"));
}

TEST_CASE("what the digest leaves out and other programs show is checked all the same") {
  const Folder folder;
  Writer w = files::dataset(5, true);
  w.text("/", "citation", "by nobody");
  w.text("/history/seconds", "units", "s");
  const std::string name = folder.put("d.h5", w.finish()), changed = folder / "changed.h5";
  CHECK_NOTHROW(Reader::open(name).verify());
  const auto refused = [&](const char* what, auto change) {
    std::filesystem::copy_file(name, changed, std::filesystem::copy_options::overwrite_existing);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t file = H5Fopen(changed.c_str(), H5F_ACC_RDWR, access);
    REQUIRE(file >= 0);
    CHECK(change(file) >= 0);
    H5Fclose(file);
    H5Pclose(access);
    const Reader reader = Reader::open(changed);
    CHECK(reader.computed_digest() == w.digest());
    CHECK_THROWS_WITH(reader.verify(), Contains(what) && Contains("changed.h5"));
  };
  const auto text = [](hid_t file, const char* path, const char* attribute, const std::string& value, H5T_str_t end,
                       size_t room) {
    const hid_t object = H5Oopen(file, path, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1), scalar = H5Screate(H5S_SCALAR);
    H5Tset_size(type, room), H5Tset_strpad(type, end), H5Tset_cset(type, H5T_CSET_UTF8);
    H5Adelete(object, attribute);
    const hid_t made = H5Acreate2(object, attribute, type, scalar, H5P_DEFAULT, H5P_DEFAULT);
    std::string bytes = value;
    bytes.resize(room);
    const herr_t written = H5Awrite(made, type, bytes.data());
    H5Aclose(made), H5Sclose(scalar), H5Tclose(type), H5Oclose(object);
    return written;
  };
  const char* sum = "nn_root_sha256 is not that of";
  refused(sum, [](hid_t file) {
    return H5Lmove(file, "/history/seconds", file, "/history/hours", H5P_DEFAULT, H5P_DEFAULT);
  });
  refused(sum, [](hid_t file) { return H5Ldelete(file, "/history/seconds", H5P_DEFAULT); });
  refused(sum, [](hid_t file) { return H5Ldelete(file, "/class", H5P_DEFAULT); });
  refused(sum, [](hid_t file) { return H5Gclose(H5Gcreate2(file, "/more", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)); });
  refused(sum, [&](hid_t file) { return text(file, "/history/seconds", "units", "h", H5T_STR_NULLTERM, 2); });
  refused(sum, [&](hid_t file) { return text(file, "/", "citation", "by me", H5T_STR_NULLTERM, 6); });
  refused(sum, [&](hid_t file) { return text(file, "/y", "NAME", "z", H5T_STR_NULLTERM, 2); });
  refused(sum, [](hid_t file) {
    const hid_t set = H5Dopen2(file, "/history/seconds", H5P_DEFAULT);
    const double seconds[] = {1.5, 3};
    const herr_t written = H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, seconds);
    H5Dclose(set);
    return written;
  });
  refused("no nn_root_sha256", [](hid_t file) { return H5Adelete(file, "nn_root_sha256"); });
  refused("no nn_root_sha256", [](hid_t file) { return H5Arename(file, "nn_root_sha256", "nn_root_sha257"); });
  refused(sum, [](hid_t file) { return H5Adelete(file, "nn_sums"); });
  refused("/train/images, attribute units: its type",
          [&](hid_t file) { return text(file, "/train/images", "units", "1", H5T_STR_NULLTERM, 3); });
  refused("/train/images, attribute units: its type",
          [&](hid_t file) { return text(file, "/train/images", "units", "1", H5T_STR_NULLPAD, 2); });
  refused("do not refer to each other", [](hid_t file) {
    const hid_t set = H5Dopen2(file, "/train/images", H5P_DEFAULT);
    const herr_t deleted = H5Adelete(set, "DIMENSION_LIST");
    H5Dclose(set);
    return deleted;
  });
}

TEST_CASE("a file of the first version, which has no nn_root_sha256, is good") {
  const Folder folder;
  Writer w = files::dataset(5, true);
  const std::string name = folder.put("d.h5", w.finish());
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, access);
  CHECK(H5Adelete(file, "nn_sums") >= 0);
  CHECK(H5Adelete(file, "nn_root_sha256") >= 0);
  H5Fclose(file);
  H5Pclose(access);
  CHECK_NOTHROW(Reader::open(name).verify());
}

TEST_CASE("a file and its datasets ask the budget before they take memory") {
  const Folder folder;
  Writer w("dataset", "t", true);
  w.dataset("/x", Array(Type::f32, Shape{1000, 4000}));  // 16 MB of zeros, some KB on disk
  const std::string name = folder.put("d.h5", w.finish());
  CHECK_THROWS_WITH(Reader::open(name, "", Budget(8 << 20)).read("/x"), Contains("max-memory"));
  CHECK_NOTHROW(Reader::open(name).read("/x"));
}

TEST_CASE("--check sees a changed byte anywhere, or other tools see none either") {
  const std::vector<std::byte> good = [] {
    Writer w = files::dataset(3, true);
    w.text("/", "history", std::string(5000, 'h'));  // too long for the places that HDF5 sums
    return w.finish();
  }();
  const std::vector<std::byte> expected = table_of(good, true);
  const std::string_view bytes(reinterpret_cast<const char*>(good.data()), good.size());
  const size_t heap = bytes.find("GCOL");
  REQUIRE(heap != std::string_view::npos);
  std::mt19937 random(8);
  int seen = 0, same = 0;
  for (size_t at = 0; at < good.size();
       at += one_of * (at >= heap && at < heap + 300 ? 1 + random() % 7 : 1 + random() % 29)) {
    std::vector<std::byte> bad = good;
    bad[at] ^= std::byte{1} << (random() % 8);
    INFO("byte " << at);
    try {
      Reader::of_bytes(bad, "bad.h5").verify();
      CHECK(table_of(bad, true) == expected);
      ++same;
    } catch (const Error&) {
      ++seen;
    }
  }
  CHECK(seen > 150 / static_cast<int>(one_of));
  CHECK((same > 0 || one_of > 1));
}

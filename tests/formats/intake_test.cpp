// SPDX-License-Identifier: MIT
// Inputs that are read once, and no further than they can be of use.
#include "formats/intake.h"

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "catch.h"
#include "data/gzip.h"
#include "data/idx.h"
#include "data/zip.h"
#include "formats/datasets/numpy/npy.h"
#include "formats/reading.h"
#include "sample_data.h"
#include "told.h"

using namespace nn;
using namespace nn_test;

namespace {
std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text(const std::vector<std::byte>& content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

/// Writes into a named pipe and closes it; by then `options` holds the other end.
Dataset through_pipe(const Folder& folder, std::string_view content) {
  const std::string name = folder / "ff";
  if (::mkfifo(name.c_str(), 0600) != 0) throw std::runtime_error("no pipe");
  std::thread writer([&] { std::ofstream(name, std::ios::binary) << content; });
  Told options;
  options.pipe = opened_pipe(name);
  writer.join();
  const DatasetFormat* type = input_format(name, "", options);
  if (!type) throw std::runtime_error("taken for one of our files");
  return read_foreign(name, *type, options);
}

std::string refusal(const std::string& input, const char* format) {
  try {
    (void)read_foreign(input, Format(format), {});
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
}  // namespace

TEST_CASE("a named pipe is opened once and read like any other") {
  const std::string table = "a,b,label\n1,2,x\n3,4,y\n";
  const Folder one, two;
  const Dataset plain = through_pipe(one, table);
  CHECK(plain.classes == std::vector<std::string>{"x", "y"});
  CHECK(plain.source == "ff");
  CHECK(through_pipe(two, text(gzip({bytes(table).begin(), bytes(table).end()}))).feature_names ==
        std::vector<std::string>{"a", "b"});
  const std::string file = one.put("t.csv", table);
  CHECK(opened_pipe(file) == nullptr);
  CHECK(opened_pipe("-") == nullptr);
}

TEST_CASE("a line beyond 16 MiB ends the reading, packed too") {
  const Folder folder;
  const std::string line = "1,2\n" + std::string(longest_line + 1, '1');
  const std::string file = folder.put("t.csv", line),
                    packed = folder.put("t.csv.gz", text(gzip({bytes(line).begin(), bytes(line).end()})));
  CHECK(refusal(file, "csv") == file + ": line 2: longer than 16 MiB; is this a text file?");
  CHECK(refusal(packed, "csv") == packed + ": line 2: longer than 16 MiB; is this a text file?");
}

TEST_CASE("of an array no more is read than its header promises, and little beyond") {
  const Folder folder;
  const std::string more(size_t{8} << 20, '\0');
  const std::string idx = text(write_idx(h5::Array(h5::Type::u8, {1, 2, 2}))),
                    npy = text(write_npy(h5::Array(h5::Type::f32, {2, 2})));
  const Content& of_idx = *Format("idx").content;
  const Content& of_npy = *Format("npy").content;
  CHECK(input_bytes(folder.put("a", idx + more), {}, of_idx).size() < size_t{1} << 20);
  CHECK(unpacked_bytes(folder.put("b", npy + more), {}, of_npy).size() < size_t{1} << 20);
  CHECK(unpacked_bytes(folder.put("c", "\x93NUMPY\x01" + more), {}, of_npy).size() < size_t{2} << 20);
  CHECK(unpacked_bytes(folder.put("e", idx + more), {}, of_npy).size() < size_t{1} << 20);
  CHECK(text(input_bytes(folder.put("d", idx), {})) == idx);
}

TEST_CASE("gzip comes in pieces of any size") {
  const std::string content = "a,b,label\n1,2,x\n3,4,y\n";
  std::vector<std::byte> packed = gzip({bytes(content).begin(), bytes(content).end()});
  packed.insert(packed.end(), packed.begin(), packed.end());
  for (const size_t size : {size_t{1}, size_t{2}, size_t{7}, packed.size()}) {
    Gunzip gunzip;
    std::string found;
    for (size_t at = 0; at < packed.size(); at += size)
      gunzip.take(std::span(packed).subspan(at, std::min(size, packed.size() - at)),
                  [&](std::span<const std::byte> some) {
                    found += text({some.begin(), some.end()});
                    return true;
                  });
    gunzip.end();
    CHECK(found == content + content);
  }
  Gunzip half;
  half.take(std::span(packed).first(packed.size() - 3), [](std::span<const std::byte>) { return true; });
  CHECK_THROWS_WITH(half.end(), Contains("cut short"));
}

TEST_CASE("labels in one split and targets in another are refused with both splits") {
  const Folder folder;
  const h5::Array images(h5::Type::u8, {2, 2, 2});
  const h5::Array floats = h5::Array::of(std::vector<float>{0.5F, 1.5F, 2.5F, 3.5F});
  h5::Array targets = floats;
  targets.shape = {2, 2};
  folder.put("i/train-images-idx3-ubyte", text(write_idx(images)));
  folder.put("i/train-labels-idx1-ubyte", text(write_idx(h5::Array::of(std::vector<uint8_t>{0, 1}))));
  folder.put("i/t10k-images-idx3-ubyte", text(write_idx(images)));
  folder.put("i/t10k-targets-idx2-float", text(write_idx(targets)));
  CHECK_THAT(refusal(folder / "i", "idx"), Contains("split train has labels and split test targets"));
  const std::vector<ZipMember> members{{"x_train.npy", write_npy(targets)},
                                       {"y_train.npy", write_npy(h5::Array::of(std::vector<int32_t>{0, 1}))},
                                       {"x_val.npy", write_npy(targets)},
                                       {"targets_val.npy", write_npy(targets)}};
  CHECK_THAT(refusal(folder.put("a.npz", text(write_zip(members))), "npz"),
             Contains("split train has labels and split val targets"));
}

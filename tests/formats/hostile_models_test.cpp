// SPDX-License-Identifier: MIT
// Model files that ask for what no model needs are refused in one line, soon and with little memory.
#include <chrono>

#include "catch.h"
#include "data/zip.h"
#include "folder.h"
#include "formats/models/keras/keras_model.h"
#include "formats/models/torch/torch_file.h"
#include "h5/reading/foreign.h"
#include "h5/writing/plain_writer.h"

using namespace nn;
using namespace std::string_literals;

namespace {

template <class Work>
std::string refusal_of(Work work) {
  const auto since = std::chrono::steady_clock::now();
  std::string said = "accepted";
  try {
    work();
  } catch (const Error& e) {
    said = e.what();
  }
  CHECK(said.find('\n') == std::string::npos);
  CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(10));  // one, on a machine with nothing to do
  return said;
}

constexpr uint64_t most = uint64_t{2} << 30;  // what this process has in use counts, a sanitizer's memory with it

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// A pickle of {"w": tensor}; the parts are opcodes.
std::string tensor_pickle(const std::string& count, const std::string& shape, const std::string& strides) {
  return "\x80\x02}X\1\0\0\0w"s +
         "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
         "0X\3\0\0\0cpu"s +
         count + "tQK\0"s + shape + strides + "\x89)tRs."s;
}

std::string refusal_of_pth(const std::string& pickle, const std::string& storage = std::string(4, '\0')) {
  return refusal_of([&] {
    const std::vector<std::byte> zip = write_zip({{"a/data.pkl", bytes_of(pickle)}, {"a/data/0", bytes_of(storage)}});
    const TorchFile file = read_torch(zip, Budget(most));
    std::string used;
    (void)state_dict_of(file, "", Budget(most), used);
  });
}

std::string keras_layer(const std::string& type, const std::string& config, const std::string& name,
                        const std::string& input) {
  return R"({"class_name":")" + type + R"(","config":{)" + config + R"("name":")" + name + R"("},"name":")" + name +
         R"(","inbound_nodes":)" + (input.empty() ? "[]" : R"([[[")" + input + R"(",0,0,{}]]])") + "}";
}

std::string refusal_of_keras(const std::string& layers, const std::string& output) {
  return refusal_of([&] {
    const std::string text = R"({"class_name":"Functional","config":{"name":"m","layers":[)" + layers +
                             R"(],"output_layers":[[")" + output + R"(",0,0]]}})";
    (void)translated(keras_layers(Json::parse(text)));
  });
}

const std::string input_layer = keras_layer("InputLayer", R"("batch_input_shape":[null,4],)", "in", "");

}  // namespace

TEST_CASE("models: pickles that announce much more than there is are refused", "[models][hostile]") {
  CHECK(refusal_of_pth(tensor_pickle("K\1", "(K\1t", "(K\1t")) == "accepted");
  // 2^40 values of a storage of one: by strides of 0, and as the storage itself says.
  const std::string huge = "\x8a\6\0\0\0\0\0\1"s;
  CHECK_THAT(refusal_of_pth(tensor_pickle("K\1", "("s + huge + "t", "(K\0t"s)), Contains("repeats few values"));
  CHECK_THAT(refusal_of_pth(tensor_pickle(huge, "("s + huge + "t", "(K\1t")), Contains("has 4 bytes, expected"));
  CHECK_THAT(refusal_of_pth(tensor_pickle("K\1", "("s + huge + huge + "t", "(K\0K\0t"s)), Contains("beyond the end"));
  // A list that holds itself, and marks without an end.
  CHECK_THAT(refusal_of_pth("\x80\x02]q\0h\0a."s), Contains("expected a dict of tensors"));
  CHECK_THAT(refusal_of_pth("\x80\x02"s + std::string(1 << 20, '(')), Contains("ends early"));
  CHECK_THAT(refusal_of_pth("\x80\x02"s + "cposix\nsystem\nX\2\0\0\0ls\x85R."s), Contains("'posix.system'"));
  CHECK_THAT(refusal_of_pth("\x80\x02"s + "ctorch.nn.modules.linear\nLinear\n)\x81."s), Contains("never executed"));
}

TEST_CASE("models: archives that are not what they seem are refused", "[models][hostile]") {
  const auto refusal = [](const std::vector<ZipMember>& members) {
    return refusal_of([&] { (void)read_torch(write_zip(members), Budget(most)); });
  };
  CHECK_THAT(refusal({{"data.pkl", bytes_of("\x80\x02}.")}}), Contains("without FOLDER/data.pkl"));
  CHECK_THAT(refusal({{"../a/data.pkl", bytes_of("\x80\x02}.")}}), Contains("climbs out"));
  CHECK_THAT(refusal({{"a/data.pkl", bytes_of("\x80\x02}.")}, {"a/byteorder", bytes_of("big")}}),
             Contains("big-endian"));
  CHECK_THAT(refusal_of([] { (void)read_torch(bytes_of("\x80\x05K\1."), Budget{}); }),
             Contains("torch.save did not write"));
}

TEST_CASE("models: configurations of Keras that are code, cycles or too large are refused", "[models][hostile]") {
  CHECK_THAT(refusal_of_keras(input_layer + "," + keras_layer("Lambda", "", "l", "in"), "l"),
             Contains("layer 'l' (Lambda)") && Contains("no counterpart"));
  CHECK_THAT(
      refusal_of_keras(
          input_layer + "," + keras_layer("Flatten", "", "a", "b") + "," + keras_layer("Flatten", "", "b", "a"), "b"),
      Contains("does not come before it"));
  CHECK_THAT(refusal_of_keras(input_layer + "," + keras_layer("Dense", R"("units":1099511627776,)", "d", "in"), "d"),
             Contains("weights is missing"));
  CHECK_THAT(refusal_of_keras(input_layer + "," + keras_layer("Dropout", R"("rate":2,)", "d", "in"), "x"),
             Contains("output 'x'"));
  std::string many = input_layer;
  for (int i = 0; i < 9000; ++i)
    many += "," + keras_layer("Reshape", R"("target_shape":[1,1,4],)", "r" + std::to_string(i),
                              i == 0 ? "in" : "r" + std::to_string(i - 1));
  CHECK(!refusal_of_keras(many, "r8999").empty());
}

TEST_CASE("models: HDF5 of other programs is read by a child, and what it cannot be is refused", "[models][hostile]") {
  h5::PlainWriter to;
  to.group("/layers/dense/vars");
  to.floats("/layers/dense/vars/0", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  to.text("/", "long", std::string(200'000, 'x'));
  to.texts("/layers", "names", {"a", "b\xC3\xA9"});
  const std::vector<std::byte> bytes = to.finish();
  const h5::ForeignFile file = h5::read_foreign_file(bytes, "f", Budget{});
  REQUIRE(file.find("/layers/dense/vars/0"));
  CHECK(file.find("/layers/dense/vars/0")->shape == Shape{2, 3});
  CHECK(floats_of(file.find("/layers/dense/vars/0")->values, Element::f32) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(file.text("/", "long")->size() == 200'000);
  CHECK(file.find("/layers")->texts.at("names") == std::vector<std::string>{"a", "b\xC3\xA9"});
  CHECK(file.children("/layers") == std::vector<std::string>{"dense"});
  // Every byte changed in turn, in steps: a refusal or a reading, never a crash or a hang.
  for (size_t at = 8; at < std::min<size_t>(bytes.size(), 4000); at += 61) {
    std::vector<std::byte> bad = bytes;
    bad[at] ^= std::byte{0xFF};
    (void)refusal_of([&] { (void)h5::read_foreign_file(bad, "f", Budget{}); });
  }
  CHECK_THAT(refusal_of([&] { (void)h5::read_foreign_file(std::span(bytes).first(600), "f", Budget{}); }),
             Contains("f: "));
}

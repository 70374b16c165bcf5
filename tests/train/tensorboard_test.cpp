// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numeric>

#include "catch.h"
#include "event_parser.h"
#include "folder.h"
#include "train/tensorboard/event_files.h"
#include "train/tensorboard/event_writer.h"
#include "train/tensorboard/events.h"
#include "train/tensorboard/record.h"

using namespace nn;
using namespace nn::tensorboard;
using nn_test::Folder;

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[c & 15];
  }
  return text;
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

Graph small_graph() {
  Graph g;
  g.values = {{Shape{1, 28, 28}}, {Shape{784}}, {Shape{10}}, {Shape{10}}};
  g.params.resize(2);
  g.params[0].layer = g.params[1].layer = "dense1";
  g.params[0].name = "weight";
  g.params[0].shape = Shape{10, 784};
  g.params[1].name = "bias";
  g.params[1].shape = Shape{10};
  g.inputs = {{"input", 0}};
  g.ops = {{Reshape{}, {0}, 1, {}, "dense1"},
           {MatMul{784, 10}, {1}, 2, {0, 1}, "dense1"},
           {Map{"relu"}, {2}, 3, {}, "relu1"}};
  g.outputs = {3};
  g.add_loss(SoftmaxLoss{0, {}});
  return g;
}

double total(const Histogram& h) {
  return std::accumulate(h.begin(), h.end(), 0.0, [](double sum, const Bucket& b) { return sum + b.count; });
}

}  // namespace

TEST_CASE("CRC-32C has its published check values") {
  CHECK(crc32c("123456789") == 0xE3069283u);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAu);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43u);  // RFC 3720, B.4
  CHECK(crc32c("") == 0u);
  for (const std::string& bytes : {std::string("a"), std::string("TensorBoard"), std::string(1000, '\x5a')})
    CHECK(masked_crc32c(bytes) == events::slow_sum(bytes));
}

TEST_CASE("records have the bytes that hand-coded encoders give") {
  CHECK(hex(version_event(1.0)) == "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a");
  CHECK(hex(framed(from_hex("09000000000000004010032a0d0a0b0a046c6f7373150000003f"))) ==
        "1a00000000000000129bd82d09000000000000004010032a0d0a0b0a046c6f7373150000003fbac36b94");
  // The messages of tensorboard 2.21's own protobuf classes for the same values.
  const auto message = [](const std::string& record) { return hex(record.substr(12, record.size() - 16)); };
  CHECK(message(start_event(2.0, 5)) ==
        "090000000000000040"
        "1005"
        "3a020801");
  CHECK(message(scalar_event(2.0, 3, "epoch_loss", 0.5, true)) ==
        "090000000000000040"
        "1003"
        "2a29"
        "0a27"
        "0a0a65706f63685f6c6f7373"
        "420a08011200"
        "2a040000003f"
        "4a0d"
        "0a09"
        "0a077363616c617273"
        "2001");
}

TEST_CASE("histograms are TensorFlow's") {
  // 0, 1, ..., 60: width 2, so that every bucket has two values and the last has 58, 59 and 60.
  std::vector<double> values(61);
  std::iota(values.begin(), values.end(), 0.0);
  Histogram h = histogram(values);
  for (size_t i = 0; i < h.size(); ++i) {
    CHECK(h[i].left == 2.0 * static_cast<double>(i));
    CHECK(h[i].right == 2.0 * static_cast<double>(i + 1));
    CHECK(h[i].count == (i == 29 ? 3 : 2));
  }
  h = histogram(std::vector<double>{-0.1, 0.3});
  CHECK(h[0].left == -0.1);
  CHECK(h[29].right == 0.3);
  CHECK(h[0].count == 1);
  CHECK(h[29].count == 1);

  SECTION("one value only: every edge is it, the last bucket counts") {
    h = histogram(std::vector<double>{0.7, 0.7, 0.7});
    for (const Bucket& bucket : h) CHECK((bucket.left == 0.7 && bucket.right == 0.7));
    CHECK(h[28].count == 0);
    CHECK(h[29].count == 3);
  }
  SECTION("no values: zeros") {
    for (const Bucket& bucket : histogram({})) CHECK((bucket.left == 0 && bucket.right == 0 && bucket.count == 0));
  }
  SECTION("values that are not finite are left out") {
    const double inf = std::numeric_limits<double>::infinity();
    h = histogram(std::vector<double>{NAN, 1, inf, 2, -inf, 3});
    CHECK(h[0].left == 1);
    CHECK(h[29].right == 3);
    CHECK(total(h) == 3);
    CHECK(total(histogram(std::vector<double>{NAN, NAN})) == 0);
  }
  SECTION("the largest and the smallest ranges there are") {
    const double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
    h = histogram(std::vector<double>{-most, 0.0, most});
    CHECK((h[0].count == 1 && h[14].count + h[15].count == 1 && h[29].count == 1));
    for (const Bucket& bucket : h)
      CHECK((std::isfinite(bucket.left) && std::isfinite(bucket.right) && bucket.left < bucket.right));
    CHECK(total(histogram(std::vector<double>{0, least, 2 * least})) == 3);
  }
}

TEST_CASE("an event file reads back") {
  const Folder folder;
  const Log log("test", -2);
  const std::string dir = folder / "logs/train";
  CHECK(event_files(dir).empty());
  EventWriter writer(dir, 0, log);
  CHECK(event_files(dir) == std::vector<std::string>{writer.file()});
  writer.scalar(1, "epoch_loss", 0.25);
  writer.scalar(2, "epoch_loss", NAN);
  writer.scalar(2, "epoch_accuracy", 0.5);
  writer.histogram(2, "dense1/weight/histogram", std::vector<double>{1, 2, 3});
  writer.table(0, "options", {{"epochs", "3"}, {"lr", "`0.1`"}});
  writer.graph(small_graph());
  CHECK(events::parse(events::bytes_of(writer.file())).size() == 2);  // the rest waits for the end of the epoch
  writer.flush();

  const auto all = events::parse(events::bytes_of(writer.file()));
  REQUIRE(all.size() == 8);
  CHECK(all[0].bytes(3) == "brain.Event:2");
  CHECK(all[0].number<double>(1) > 1.7e9);
  CHECK(all[1].message(7).number<int64_t>(1) == 1);
  const auto value = [&](size_t i) { return all[i].message(5).message(1); };
  CHECK(value(2).bytes(1) == "epoch_loss");
  CHECK(value(2).message(8).number<float>(5) == 0.25f);
  CHECK(value(2).message(9).message(1).bytes(1) == "scalars");
  CHECK(std::isnan(value(3).message(8).number<float>(5)));
  CHECK_FALSE(value(3).has(9));  // only the first of a tag says how it is shown
  CHECK(value(4).has(9));

  const events::Message tensor = value(5).message(8);
  CHECK(value(5).message(9).message(1).bytes(1) == "histograms");
  CHECK(tensor.number<int64_t>(1) == 2);
  CHECK(tensor.message(2).message(2, 0).number<int64_t>(1) == 30);
  CHECK(tensor.message(2).message(2, 1).number<int64_t>(1) == 3);
  REQUIRE(tensor.bytes(4).size() == 30 * 3 * 8);
  double last[3];
  std::memcpy(last, tensor.bytes(4).data() + 29 * 24, 24);
  CHECK((last[0] < 3 && last[1] == 3 && last[2] == 1));

  CHECK(value(6).message(9).message(1).bytes(1) == "text");
  CHECK(value(6).message(8).fields.at(8) == std::vector<std::string>{"epochs", "3", "lr", "`0.1`"});

  const events::Message graph(all[7].bytes(4));
  REQUIRE(graph.fields.at(1).size() == 6);
  std::vector<std::string> names, inputs;
  for (size_t i = 0; i < 6; ++i) {
    names.push_back(graph.message(1, i).bytes(1));
    inputs.push_back(graph.message(1, i).has(3) ? graph.message(1, i).bytes(3) : "");
  }
  CHECK(names == std::vector<std::string>{"input", "labels", "dense1/reshape", "dense1/matmul", "relu1", "loss"});
  CHECK(inputs == std::vector<std::string>{"", "", names[0], names[2], names[3], names[4]});
}

TEST_CASE("a file of a later session sorts behind and takes back the steps that are done again") {
  const Folder folder;
  const Log log("test", -2);
  const std::string dir = folder / "train";
  {
    EventWriter first(dir, 0, log);
    for (int step = 1; step <= 5; ++step) first.scalar(step, "epoch_loss", 1.0 / step);
    first.flush();
  }
  // Clocks are set back and process numbers start again: the name decides the order all the same.
  std::filesystem::rename(events::files_in(dir).at(0), dir + "/events.out.tfevents.4000000000.zzz.99999.0");
  EventWriter second(dir, 4, log);
  second.scalar(4, "epoch_loss", 0.5);
  second.flush();
  EventWriter third(dir, 6, log);
  CHECK(events::files_in(dir).size() == 3);
  CHECK(events::files_in(dir).at(1) == second.file());
  CHECK(events::files_in(dir).at(2) == third.file());
  CHECK(events::scalars(dir, "epoch_loss") == std::map<int64_t, float>{{1, 1.0f}, {2, 0.5f}, {3, 1.0f / 3}, {4, 0.5f}});
}

TEST_CASE("what is done again is cut off for readers that know no sessions") {
  const Folder folder;
  const Log log("test", -2);
  const std::string dir = folder / "train";
  EventWriter writer(dir, 0, log);
  writer.table(0, "options", {{"a", "b"}});
  for (int step = 1; step <= 5; ++step) {
    writer.scalar(step, "epoch_loss", 1.0 / step);
    writer.scalar(step, "epoch_accuracy", 0.5);
  }
  writer.flush();
  const std::string whole = events::bytes_of(writer.file());
  cut_from(dir, 6);
  CHECK(events::bytes_of(writer.file()) == whole);
  cut_from(dir, 4);
  CHECK(events::parse(events::bytes_of(writer.file())).size() == 2 + 1 + 2 * 3);
  CHECK(whole.starts_with(events::bytes_of(writer.file())));
  cut_from(folder / "none", 1);

  // Torn, damaged and foreign files stay as they are.
  const std::string torn = whole.substr(0, whole.size() - 3);
  std::string damaged = whole;
  damaged[60] = static_cast<char>(damaged[60] ^ 1);
  for (const std::string& bytes : {torn.substr(0, 100), damaged, std::string("text"), std::string(200, '\xff')}) {
    std::ofstream(writer.file(), std::ios::binary) << bytes;
    cut_from(dir, 1);
    CHECK(events::bytes_of(writer.file()) == bytes);
  }
}

TEST_CASE("a folder that cannot be made") {
  const Folder folder;
  const Log log("test", -2);
  std::ofstream(folder / "file") << "x";
  CHECK_THROWS_WITH(EventWriter(folder / "file", 0, log), Contains("file"));
  CHECK_THROWS_WITH(EventWriter(folder / "file/train", 0, log), Contains("file/train"));
}

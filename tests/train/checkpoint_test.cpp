// SPDX-License-Identifier: MIT
// Checkpoints through their file: all values, damage, foreign content, rotation, and when one is due.
#include "train/run/checkpoint.h"

#include <filesystem>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

using namespace nn;

namespace {

Checkpoint sample() {
  Checkpoint c;
  c.model.layers = "dense:2";
  c.model.input = c.model.raw_input = {3};
  c.model.weights = {{"dense1/weight", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"dense1/bias", {2}, {-1, 0.5F}}};
  c.model.history = {{"epoch", {1, 2}}, {"loss", {0.5, 0.25}}};
  c.model.settings = {{"batch", "32"}, {"epochs", "10"}};
  c.model.data_digest = std::string(64, 'd');
  State state;
  int64_t epoch = 2, lowest = std::numeric_limits<int64_t>::min();
  uint64_t word = 0xFFFFFFFFFFFFFFFFULL;
  double best = -0.0, odd = std::numeric_limits<double>::quiet_NaN(), low = std::numeric_limits<double>::denorm_min();
  bool any = true;
  std::vector<uint64_t> words{1, 0x8000000000000000ULL, 3};
  std::vector<float> slot{1.5F, -2.5F, std::numeric_limits<float>::infinity()}, none;
  std::vector<double> copy{0.1, 0.2}, single{7};
  std::vector<int64_t> order{4, 0, 3, 1, 2};
  state.field("epoch", epoch);
  state.field("lowest", lowest);
  {
    State::Scope in(state, "callbacks");
    State::Scope deeper(state, "early-stop");
    state.field("word", word);
    state.field("best", best);
    state.field("odd", odd);
    state.field("low", low);
    state.field("any", any);
  }
  state.field("words", words);
  state.field("slot", slot);
  state.field("none", none);
  state.field("copy", copy);
  state.field("single", single);
  state.field("order", order);
  c.state = state.fields();
  c.command = {{"lr", "0.1"},
               {"save-best", "a b.h5"},
               {"save-best", "c.h5,val_loss"},
               {"shuffle", "false"},
               {"data", "caf\xC3\xA9 \"1\".h5"}};
  c.machine = {{"device", "cpu"}, {"isa", "avx2"}, {"HDF5", "1.10.8"}};
  return c;
}

/// Bit for bit, so that NaN equals itself and 0 differs from -0.
bool same_bits(const StateValues& a, const StateValues& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& x) {
        const auto& y = std::get<std::decay_t<decltype(x)>>(b);
        return x.size() == y.size() &&
               std::equal(reinterpret_cast<const char*>(x.data()), reinterpret_cast<const char*>(x.data() + x.size()),
                          reinterpret_cast<const char*>(y.data()));
      },
      a);
}

std::string text_in(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void commit(CheckpointFile& to, const std::string& text) {
  to.commit(std::as_bytes(std::span(text.data(), text.size())));
}

EpochEnd epoch_end(int64_t epoch, const h5::Columns& row) { return {epoch, 100, row}; }

}  // namespace

TEST_CASE("a checkpoint reads back as it was written", "[checkpoint]") {
  const nn_test::Folder folder;
  const Checkpoint c = sample();
  const std::string file = folder.put("ck.h5", write_checkpoint(c, {}));
  const h5::Reader reader = h5::Reader::open(file, "model");
  const Checkpoint back = read_checkpoint(reader);
  CHECK(back.name == file);
  CHECK(back.command == c.command);
  CHECK(back.machine == c.machine);
  CHECK(back.model.layers == c.model.layers);
  CHECK(back.model.settings == c.model.settings);
  CHECK(back.model.history == c.model.history);
  CHECK(back.model.weights[0].values == c.model.weights[0].values);
  REQUIRE(back.state.size() == c.state.size());
  for (const auto& [name, values] : c.state) {
    INFO(name);
    REQUIRE(back.state.count(name) == 1);
    CHECK(same_bits(back.state.at(name), values));
  }
  CHECK_NOTHROW(reader.verify());
  CHECK(write_checkpoint(back, {}) == write_checkpoint(c, {}));
}

TEST_CASE("a checkpoint is a model for whoever asks for no more", "[checkpoint]") {
  const nn_test::Folder folder;
  const std::string file = folder.put("ck.h5", write_checkpoint(sample(), {}));
  CHECK(read_model(h5::Reader::open(file, "model")).weights.size() == 2);
}

TEST_CASE("every damaged byte of a checkpoint's state is found, or changes nothing", "[checkpoint]") {
  const nn_test::Folder folder;
  Checkpoint c = sample();
  std::vector<double> slot(500);
  for (size_t i = 0; i < slot.size(); ++i) slot[i] = 0.001 * static_cast<double>(i);
  c.state["optimizer/m"] = slot;
  const std::vector<std::byte> good = write_checkpoint(c, {});
  // The values themselves: found by content, so that the flip is sure to be in /state.
  const auto values = std::as_bytes(std::span(slot));
  const auto at = std::search(good.begin(), good.end(), values.begin(), values.end());
  REQUIRE(at != good.end());
  for (size_t offset = 0; offset < values.size(); offset += 61) {
    std::vector<std::byte> bad = good;
    bad[static_cast<size_t>(at - good.begin()) + offset] ^= std::byte{1} << (offset % 8);
    const std::string file = folder.put("bad.h5", bad);
    CHECK_THROWS_WITH(read_checkpoint(h5::Reader::open(file, "model")), Contains("/state/optimizer/m"));
  }
  // Anywhere in the file.
  for (size_t offset = 3; offset < good.size(); offset += 97) {
    INFO("byte " << offset);
    std::vector<std::byte> bad = good;
    bad[offset] ^= std::byte{0x10};
    const std::string file = folder.put("bad.h5", bad);
    try {
      const Checkpoint back = read_checkpoint(h5::Reader::open(file, "model"));
      for (const auto& [name, kept] : c.state) {
        REQUIRE(back.state.count(name) == 1);
        CHECK(same_bits(back.state.at(name), kept));
      }
      CHECK(back.command == c.command);
    } catch (const Error& e) {
      CHECK(std::string(e.what()).find("bad.h5") != std::string::npos);
    }
  }
}

TEST_CASE("a finished model is no checkpoint, and the message says what to do", "[checkpoint]") {
  const nn_test::Folder folder;
  const std::string file = folder.put("m.h5", write_model(sample().model, {}, true));
  CHECK_THROWS_WITH(read_checkpoint(h5::Reader::open(file, "model")),
                    Contains(file) && Contains("/state") && Contains("--init"));
}

TEST_CASE("a field that is missing or of another type is named", "[checkpoint]") {
  const nn_test::Folder folder;
  Checkpoint c = sample();
  const auto restored = [&] {
    return State(read_checkpoint(h5::Reader::open(folder.put("c.h5", write_checkpoint(c, {})), "model")).state);
  };
  int64_t epoch = 0;
  c.state.erase("epoch");
  State without = restored();
  CHECK_THROWS_WITH(without.field("epoch", epoch), Contains("/state/epoch") && Contains("nothing"));
  c.state["epoch"] = std::vector<double>{2};
  State other = restored();
  CHECK_THROWS_WITH(other.field("epoch", epoch), Contains("/state/epoch") && Contains("another type"));
  c.state["epoch"] = std::vector<int64_t>{2, 3};
  State many = restored();
  CHECK_THROWS_WITH(many.field("epoch", epoch), Contains("/state/epoch"));
}

TEST_CASE("what is no field of a state is refused", "[checkpoint]") {
  const nn_test::Folder folder;
  const auto with = [&](const std::function<void(h5::Writer&)>& add) {
    return folder.put("c.h5", write_model(sample().model, {}, false, add));
  };
  const auto read = [](const std::string& file) { return read_checkpoint(h5::Reader::open(file, "model")); };
  const auto texts = [](h5::Writer& to, const std::string& command) {
    to.text("/state", "nn_command", command);
    to.text("/state", "nn_machine", "{}");
  };
  CHECK(read(with([&](h5::Writer& to) { texts(to, "{}"); })).state.empty());
  CHECK_THROWS_WITH(read(with([&](h5::Writer& to) {
                      texts(to, "{}");
                      to.dataset("/state/a", h5::Array::of(std::vector<int32_t>{1}));
                    })),
                    Contains("/state/a") && Contains("int32"));
  CHECK_THROWS_WITH(
      read(with([&](h5::Writer& to) {
        texts(to, "{}");
        to.dataset("/state/b/a", h5::Array::of<float>(Shape{1, 2}, std::span<const float>(std::vector<float>{1, 2})));
      })),
      Contains("/state/b/a") && Contains("one axis"));
  for (const char* json : {"[1]", "{\"lr\":1}", "{\"lr\":[1]}", "{", "7"})
    CHECK_THROWS_WITH(read(with([&](h5::Writer& to) { texts(to, json); })), Contains("nn_command"));
  CHECK_THROWS_WITH(read(with([&](h5::Writer& to) { to.text("/state", "nn_command", "{}"); })), Contains("nn_machine"));
}

TEST_CASE("FILE is the newest checkpoint, .1 the one before", "[checkpoint]") {
  const nn_test::Folder folder;
  const std::string file = folder / "run.v1.ck.h5";
  CheckpointFile to(file + ",keep=3");
  for (const char* text : {"one", "two", "three", "four", "five"}) {
    commit(to, text);
    CHECK(text_in(file) == text);
  }
  CHECK(text_in(folder / "run.v1.ck.1.h5") == "four");
  CHECK(text_in(folder / "run.v1.ck.2.h5") == "three");
  CHECK(folder.names().size() == 3);
  // A gap, as a kill between two renamings leaves it, is filled; nothing that is whole is lost for it.
  std::filesystem::remove(folder / "run.v1.ck.1.h5");
  commit(to, "six");
  CHECK(text_in(folder / "run.v1.ck.1.h5") == "five");
  CHECK(text_in(folder / "run.v1.ck.2.h5") == "three");
  // Killed after FILE got its second name, before it was replaced.
  std::filesystem::rename(folder / "run.v1.ck.1.h5", folder / "run.v1.ck.2.h5");
  std::filesystem::create_hard_link(file, folder / "run.v1.ck.1.h5");
  commit(to, "seven");
  CHECK(text_in(file) == "seven");
  CHECK(text_in(folder / "run.v1.ck.1.h5") == "six");
  CHECK(text_in(folder / "run.v1.ck.2.h5") == "five");
  CHECK(folder.names().size() == 3);
}

TEST_CASE("one or two checkpoints are kept, and a name without a suffix has the number at its end", "[checkpoint]") {
  const nn_test::Folder folder;
  CheckpointFile one(folder / "one");
  CheckpointFile two((folder / "two") + ",keep=2");
  for (const char* text : {"a", "b", "c"}) {
    commit(one, text);
    commit(two, text);
  }
  CHECK(text_in(folder / "one") == "c");
  CHECK(text_in(folder / "two") == "c");
  CHECK(text_in(folder / "two.1") == "b");
  CHECK(folder.names().size() == 3);
}

TEST_CASE("a checkpoint behind a symbolic link is replaced there, the older ones are kept beside the link",
          "[checkpoint]") {
  const nn_test::Folder folder;
  folder.put("disk/ck.h5", "zero");
  std::filesystem::create_symlink("disk/ck.h5", folder / "ck.h5");
  CheckpointFile to((folder / "ck.h5") + ",keep=2");
  commit(to, "one");
  CHECK(std::filesystem::is_symlink(folder / "ck.h5"));
  CHECK(text_in(folder / "disk/ck.h5") == "one");
  CHECK(text_in(folder / "ck.1.h5") == "zero");
}

TEST_CASE("where a checkpoint cannot be written, those that are there stay", "[checkpoint]") {
  const nn_test::Folder folder;
  CheckpointFile nowhere(folder / "missing/ck.h5");
  CHECK_THROWS_AS(nowhere.check_writable(), Error);
  CheckpointFile to((folder / "ck.h5") + ",keep=2");
  commit(to, "a");
  commit(to, "b");
  // The name of the older one is taken by a folder that is not empty: the rotation fails, nothing is replaced.
  std::filesystem::remove(folder / "ck.1.h5");
  folder.put("ck.1.h5/inside", "x");
  CHECK_THROWS_AS(commit(to, "c"), Error);
  CHECK(text_in(folder / "ck.h5") == "b");
  CHECK(folder.names().size() == 2);
}

TEST_CASE("a checkpoint is due by epochs, batches, minutes, or at the best value", "[checkpoint]") {
  const auto epochs_due = [](CheckpointFile& c, const std::vector<double>& losses) {
    std::vector<int64_t> due;
    for (size_t i = 0; i < losses.size(); ++i) {
      const h5::Columns row{{"loss", {losses[i]}}, {"accuracy", {losses[i]}}};
      if (c.due(epoch_end(static_cast<int64_t>(i) + 1, row))) due.push_back(static_cast<int64_t>(i) + 1);
    }
    return due;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> losses{3, 2, nan, 2.5, 1, 1, 0.5};
  RunInfo outlook;
  outlook.metrics = {"loss", "accuracy"};
  using Epochs = std::vector<int64_t>;
  CheckpointFile plain("c.h5"), third("c.h5,every=3"), never("c.h5,every=0,steps=7"), best("c.h5,every=best"),
      most("c.h5,every=accuracy"), minutes("c.h5,minutes=0.5");
  for (CheckpointFile* c : {&plain, &third, &never, &best, &most, &minutes}) c->expect(outlook);
  CHECK(epochs_due(plain, losses) == Epochs{1, 2, 3, 4, 5, 6, 7});
  CHECK(epochs_due(third, losses) == Epochs{3, 6});
  CHECK(epochs_due(never, losses).empty());
  CHECK(epochs_due(best, losses) == Epochs{1, 2, 5, 7});
  CHECK(epochs_due(most, losses) == Epochs{1});
  CHECK(never.due(7, 0));
  CHECK(never.due(14, 0));
  CHECK_FALSE(never.due(8, 1e9));
  CHECK_FALSE(never.due(0, 0));
  CHECK_FALSE(plain.due(7, 1e9));
  CHECK(minutes.due(1, 30));
  CHECK_FALSE(minutes.due(1, 29.9));
  CHECK_THAT(best.watches(), Contains("loss (lower is better)") && Contains("c.h5"));
  CheckpointFile missing("c.h5,every=val_loss");
  CHECK_THROWS_WITH(missing.expect(outlook), Contains("val_loss") && Contains("accuracy"));
}

TEST_CASE("the best value survives a stop, and a run may go on with another --checkpoint", "[checkpoint]") {
  RunInfo outlook;
  outlook.metrics = {"loss"};
  CheckpointFile before("c.h5,every=best"), after("c.h5,every=best"), plain("c.h5");
  for (CheckpointFile* c : {&before, &after, &plain}) c->expect(outlook);
  const h5::Columns low{{"loss", {1.0}}}, high{{"loss", {2.0}}};
  CHECK(before.due(epoch_end(1, low)));
  State saved;
  before.state(saved);
  State restored(saved.fields());
  after.state(restored);
  CHECK_FALSE(after.due(epoch_end(2, high)));
  State nothing;
  plain.state(nothing);
  CHECK(nothing.fields().empty());
  State from_plain(nothing.fields());
  CHECK_NOTHROW(after.state(from_plain));
}

TEST_CASE("a malformed --checkpoint is refused with the part that is wrong", "[checkpoint]") {
  for (const char* text : {"", "-", ",every=2", "c.h5,every=", "c.h5,every=-1", "c.h5,steps=x", "c.h5,steps=-1",
                           "c.h5,minutes=-2", "c.h5,keep=0", "c.h5,evry=2", "c.h5,every=99999999999999999999"}) {
    INFO(text);
    CHECK_THROWS_WITH(CheckpointFile(text).expect({}), Contains("--checkpoint"));
  }
}

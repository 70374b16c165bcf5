// SPDX-License-Identifier: MIT
// Training, evaluation and prediction on texts as tokens.
#include "base/error.h"
#include "base/rng.h"
#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "synthetic.h"
#include "train/engine/evaluator.h"
#include "train/run/checkpoint.h"

using namespace nn;

namespace {

/// Texts of 2 to 40 words of 50, between 0 and 1; a text of class c has many of the words from 10 c on.
Split texts(const std::string& name, int64_t n, int classes, uint64_t seed) {
  Philox stream(seed, "test." + name);
  std::vector<int32_t> ids, labels;
  std::vector<int64_t> start{0};
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t label = stream.below(static_cast<uint64_t>(classes)), words = stream.below(39);
    ids.push_back(0);
    for (uint64_t w = 0; w < words; ++w)
      ids.push_back(static_cast<int32_t>(stream.below(2) ? 10 * label + 2 + stream.below(8) : 2 + stream.below(48)));
    ids.push_back(1);
    start.push_back(std::ssize(ids));
    labels.push_back(static_cast<int32_t>(label));
  }
  Split split;
  split.name = name;
  split.set("labels", labels);
  split.set(Column{"tokens", h5::Array::of(ids), start});
  return split;
}

Dataset text_data(int64_t n = 150) {
  Dataset data;
  data.title = "texts";
  for (int c = 0; c < 4; ++c) data.classes.push_back("c" + std::to_string(c));
  data.splits.push_back(texts("train", n, 4, 1));
  data.splits.push_back(texts("val", n / 3, 4, 2));
  data.splits.push_back(texts("test", n / 3, 4, 3));
  data.digest = std::string(64, 't');
  return data;
}

constexpr const char* encoder =
    "tokens:48 embed:16,vocabulary=50,positions=48,init=normal:std=0.1 layernorm 2*( res( attention:2 ) layernorm "
    "res( dense:24 gelu dropout:0.1 dense:16 ) layernorm ) pool:mean dense:4";

TrainOptions options_for(const std::string& layers = encoder) {
  TrainOptions o;
  o.model = layers;
  o.batch = 32;
  o.epochs = 4;
  o.rate = 0.01;
  o.test = true;
  return o;
}

std::string digest_of(const Model& model) {
  const nn_test::Folder folder;
  return h5::Reader::open(folder.put("model.h5", write_model(model, {}, false)), "model").digest();
}

}  // namespace

TEST_CASE("tokens: a small encoder learns, on every device, and predicts what it was measured with") {
  const Dataset data = text_data(300);
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const Model model = train_quietly(options_for(), data, device, 2);
    CHECK(column(model.test_metrics, "accuracy")[0] > 0.8);
    CHECK(model.input == Shape{48});
    const auto backend = make_backend(device, 2);
    const Metrics m = evaluate(model, data, "test", *backend);
    CHECK(m.loss == Approx(column(model.test_metrics, "loss")[0]).epsilon(1e-5));
    CHECK(m.accuracy == column(model.test_metrics, "accuracy")[0]);
    const Predictions p = predict(model, data, "test", {}, *backend);
    const std::vector<int64_t> some{7, 3, 99};
    const Predictions few = predict(model, data, "test", some, *backend, {.batch = 2});
    REQUIRE(few.sample == some);
    for (size_t i = 0; i < some.size(); ++i)
      for (size_t k = 0; k < 4; ++k)  // the bits of a text depend on no other
        CHECK(few.probability[i * 4 + k] == p.probability[static_cast<size_t>(some[i]) * 4 + k]);
  }
}

TEST_CASE("tokens: ref and cpu follow the same losses") {
  const Dataset data = text_data();
  TrainOptions o = options_for();
  o.epochs = 2;
  const Model a = train_quietly(o, data, "ref"), b = train_quietly(o, data, "cpu", 2);
  for (size_t i = 0; i < 2; ++i)
    CHECK(column(a.history, "loss")[i] == Approx(column(b.history, "loss")[i]).epsilon(1e-4));
}

TEST_CASE("tokens: the bits of a training do not depend on the threads, nor on a stop in between") {
  const Dataset data = text_data();
  for (const int64_t buckets : {1, 3})
    for (const char* device : {"ref", "cpu"}) {
      INFO(device << ", buckets " << buckets);
      TrainOptions o = options_for();
      o.buckets = buckets;
      const std::string whole = digest_of(train_quietly(o, data, device, 1));
      CHECK(digest_of(train_quietly(o, data, device, 3)) == whole);
      const nn_test::Folder folder;
      o.checkpoint = (folder / "ck.h5") + ",every=0";
      Progress progress;
      int asked = 0;
      progress.request = [&] { return ++asked == 8 ? Request::requeue : Request::none; };
      const auto backend = make_backend(device, 2);
      CHECK_THROWS_AS(train(o, data, *backend, Log("test", -2), progress), Error);
      const Checkpoint checkpoint = read_checkpoint(h5::Reader::open(folder / "ck.h5", "model"));
      CHECK(digest_of(train(o, data, *backend, Log("test", -2), {}, &checkpoint)) == whole);
    }
}

TEST_CASE("tokens: buckets change the order of the samples") {
  const Dataset data = text_data();
  TrainOptions o = options_for();
  o.epochs = 1;
  const Model plain = train_quietly(o, data);
  o.buckets = 3;
  CHECK_FALSE(same_weights(plain, train_quietly(o, data)));
  o.shuffle = false;
  CHECK_THROWS_WITH(train_quietly(o, data), Contains("--buckets and --no-shuffle exclude each other"));
  TrainOptions points = options_for("dense:3");
  points.buckets = 2;
  CHECK_THROWS_WITH(train_quietly(points, blob_data()), Contains("--buckets is of use with texts only"));
}

TEST_CASE("tokens: what does not fit is refused by its place") {
  const Dataset data = text_data();
  CHECK_THROWS_WITH(train_quietly(options_for("dense:4"), data),
                    Contains("the samples are tokens of texts") && Contains("'tokens:40 embed:WIDTH,vocabulary=V'"));
  CHECK_THROWS_WITH(train_quietly(options_for(encoder), blob_data()),
                    Contains("line 1, column 1: 'tokens:48'") && Contains("the data has samples of 4"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:48 embed:8,vocabulary=30 pool dense:4"), data),
                    Contains("split train: row") && Contains("outside of the vocabulary, 0 to 29"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:12 embed:8,vocabulary=50 pool dense:4"), data),
                    Contains("expected 12 rows a sample at most, found ids, 40 a sample at most"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:48 embed:8,vocabulary=50,positions=20 pool dense:4"), data),
                    Contains("column 11: 'embed:8,vocabulary=50,positions=20'") && Contains("expected 20 rows"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:48 embed:8,vocabulary=50 dense:4"), data),
                    Contains("softmax_loss") && Contains("its input is ragged"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:48 embed:8,vocabulary=50 bn pool dense:4"), data),
                    Contains("'bn'") && Contains("expected samples of one shape, found rows of 8"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:48 dense:4"), data), Contains("found ids of words"));
  CHECK_THROWS_WITH(train_quietly(options_for("tokens:48 embed:9,vocabulary=50 attention:2 pool dense:4"), data),
                    Contains("expected a number of columns that 2 heads divide, found 9"));

  const Model model = train_quietly(options_for("tokens:40 embed:8,vocabulary=50 pool:max dense:4"), data);
  const auto backend = make_backend("cpu", 2);
  Dataset other = text_data();
  for (Split& split : other.splits) split.column("tokens")->values.as<int32_t>()[5] = 50;
  CHECK_THROWS_WITH(evaluate(model, other, "test", *backend),
                    Contains("split test: row 0: token 5 is 50, outside of the vocabulary, 0 to 49"));
  CHECK_THROWS_WITH(predict(model, other, "test", {}, *backend), Contains("row 0: token 5 is 50"));
  CHECK_THROWS_WITH(evaluate(model, blob_data(), "test", *backend),
                    Contains("the model takes the tokens of texts, the dataset has samples of 4"));
  Dataset empty = text_data();
  empty.splits[2].column("tokens")->start[1] = 0;
  CHECK_THROWS_WITH(evaluate(model, empty, "test", *backend), Contains("split test: row 0 has no tokens"));
}

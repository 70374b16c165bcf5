// SPDX-License-Identifier: MIT
#include <cmath>
#include <numeric>

#include "catch.h"
#include "data/batches.h"
#include "data/recipe.h"
#include "usage.h"

using namespace nn;

namespace {

Split images(int64_t n, int64_t channels, int64_t h, int64_t w) {
  Split split;
  split.name = "train";
  split.set_samples(h5::Array(h5::Type::u8, Shape{n, channels, h, w}));
  uint32_t v = 12345;
  for (uint8_t& p : split.samples()->values.as<uint8_t>())
    p = static_cast<uint8_t>((v = v * 1664525 + 1013904223) >> 24);
  return split;
}

std::vector<float> fill(const Split& split, const h5::PrepRecord& prep, double low = 0, double high = 255,
                        bool augment = false, Stream* stream = nullptr, Team* team = nullptr) {
  Batches batches(split, prep, low, high, augment);
  std::vector<int64_t> rows(static_cast<size_t>(split.size()));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<float> x(rows.size() * static_cast<size_t>(batches.sample_shape().count()));
  batches.fill(rows, x, stream, team);
  return x;
}

Dataset with_options(const Split& train, std::initializer_list<std::pair<std::string, std::string>> options) {
  Dataset data;
  data.splits.push_back(train);
  RecipeOptions recipe;
  OptionSet set;
  recipe.declare(set);
  for (const auto& [name, value] : options) set.set_option(name, value);
  recipe.apply(data);
  return data;
}

}  // namespace

TEST_CASE("every preparation step keeps its promises") {
  const Split split = images(5, 1, 8, 8);
  for (const PrepStepType* type : prep_step_types()) {
    INFO(type->name);
    CHECK(std::string(type->summary).size() > 10);
    const StepContext context{Shape{1, 8, 8}, true, 0, 255, {100.0F}, {50.0F}};
    const auto step = type->make(type->example, context);
    const auto count = static_cast<size_t>(step->output_shape().count());
    std::vector<float> in(64), out(count), again(count);
    for (size_t i = 0; i < 64; ++i) in[i] = static_cast<float>(i * 4);
    std::vector<uint32_t> random(step->words());
    for (size_t i = 0; i < random.size(); ++i) random[i] = static_cast<uint32_t>(0x9e3779b9u * (i + 1));
    step->apply(in, out, random);
    step->apply(in, again, random);
    CHECK(out == again);
    for (const float v : out) CHECK(std::isfinite(v));
    CHECK(step->augments() == (step->words() > 0));
    if (step->elementwise() || step->augments()) CHECK(step->output_shape() == context.shape);
    if (step->elementwise()) {
      std::vector<float> swapped = in, result(count);
      std::swap(swapped[3], swapped[60]);
      step->apply(swapped, result, random);
      CHECK(result[3] == out[60]);
      CHECK(result[60] == out[3]);
    }
    if (*type->metavar)
      CHECK_USAGE_ERROR(type->make("nonsense", context));
    else
      CHECK_USAGE_ERROR(type->make("value", context));
    const h5::PrepRecord prep{std::string(type->name) + " " + type->example, {100.0F}, {50.0F}};
    CHECK(prepared_shape(prep, context.shape) == step->output_shape());
  }
}

TEST_CASE("steps compute what frameworks compute") {
  Split split = images(1, 1, 2, 2);
  for (size_t i = 0; i < 4; ++i)
    split.samples()->values.as<uint8_t>()[i] = static_cast<uint8_t>(i * 85);  // 0 85 170 255
  CHECK(fill(split, {"scale 0:1", {}, {}}) == std::vector<float>{0, 85 / 255.0F, 170 / 255.0F, 1});
  CHECK(fill(split, {"scale -1:1", {}, {}})[0] == -1.0F);
  CHECK(fill(split, {"scale -1:1", {}, {}})[3] == 1.0F);
  CHECK(fill(split, {"normalize 0.5:0.5", {}, {}}) ==
        std::vector<float>{-1, (85 / 255.0F - 0.5F) / 0.5F, (170 / 255.0F - 0.5F) / 0.5F, 1});
  CHECK(fill(split, {"scale 0:1\nnormalize 0.5:0.5", {}, {}}) == fill(split, {"normalize 0.5:0.5", {}, {}}));
  CHECK(fill(split, {"standardize", {85}, {170}}) == std::vector<float>{-0.5F, 0, 0.5F, 1});
  CHECK(fill(split, {"", {}, {}}) == std::vector<float>{0, 85, 170, 255});
  const auto padded = fill(split, {"pad 1\nscale 0:1", {}, {}});
  REQUIRE(padded.size() == 16);
  CHECK(padded == std::vector<float>{0, 0, 0, 0, 0, 0, 85 / 255.0F, 0, 0, 170 / 255.0F, 1, 0, 0, 0, 0, 0});
}

TEST_CASE("scale maps the range that the file states") {
  Split split = images(1, 1, 1, 3);
  split.samples()->values.as<uint8_t>()[0] = 0, split.samples()->values.as<uint8_t>()[1] = 4,
  split.samples()->values.as<uint8_t>()[2] = 16;
  CHECK(fill(split, {"scale 0:1", {}, {}}, 0, 16) == std::vector<float>{0, 0.25F, 1});
}

TEST_CASE("every 8-bit pixel is scaled as float32 division scales it") {
  Split split = images(1, 1, 16, 16);
  for (size_t i = 0; i < 256; ++i) split.samples()->values.as<uint8_t>()[i] = static_cast<uint8_t>(i);
  const auto x = fill(split, {"scale 0:1", {}, {}});
  for (size_t i = 0; i < 256; ++i) CHECK(x[i] == static_cast<float>(i) / 255.0F);
}

TEST_CASE("statistics are those of the training split, per channel") {
  const Split train = images(40, 3, 5, 7);
  const Dataset data =
      with_options(train, {{"standardize", "true"}, {"scale", "0:1"}, {"pad", "2"}, {"augment", "shift=1"}});
  CHECK(data.prep.recipe == "augment shift=1\npad 2\nscale 0:1\nstandardize");
  REQUIRE(data.prep.mean.size() == 3);
  for (size_t c = 0; c < 3; ++c) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < 40 * 3 * 35; ++i)
      if (i / 35 % 3 == c) sum += train.x().as<uint8_t>()[i] / 255.0;
    const double mean = sum / (40 * 35);
    for (size_t i = 0; i < 40 * 3 * 35; ++i)
      if (i / 35 % 3 == c) square += std::pow(train.x().as<uint8_t>()[i] / 255.0 - mean, 2);
    CHECK(data.prep.mean[c] == Approx(mean).epsilon(1e-6));
    CHECK(data.prep.std[c] == Approx(std::sqrt(square / (40 * 35))).epsilon(1e-6));
  }
}

TEST_CASE("a split of columns only is refused by their names where samples are needed") {
  Split split;
  split.name = "train";
  split.set(Column{"tokens", h5::Array::of(std::vector<int32_t>{7, 8, 9}), {0, 1, 3}});
  for (const char* step : {"standardize", "flatten"})
    CHECK_THROWS_WITH(with_options(split, {{step, "true"}}), "/train: no images or features, only tokens");
}

TEST_CASE("features are standardized one by one, and a constant one stays finite") {
  Split split;
  split.name = "train";
  split.set_samples(h5::Array::of<float>(Shape{4, 2}, std::vector<float>{1, 7, 2, 7, 3, 7, 4, 7}));
  const Dataset data = with_options(split, {{"standardize", "true"}});
  CHECK(data.prep.mean == std::vector<float>{2.5F, 7});
  CHECK(data.prep.std[0] == Approx(std::sqrt(1.25)));
  CHECK(data.prep.std[1] == 1.0F);
  const auto x = fill(split, data.prep);
  CHECK(x[0] == Approx(-1.5 / std::sqrt(1.25)));
  CHECK(x[1] == 0.0F);
  CHECK_THROWS_WITH(with_options(split, {{"scale", "0:1"}}), Contains("--standardize"));
}

TEST_CASE("two nn-prep give the recipe of one") {
  Dataset data = with_options(images(4, 1, 8, 8), {{"scale", "0:1"}});
  RecipeOptions more;
  OptionSet set;
  more.declare(set);
  set.set_option("pad", "2");
  set.set_option("flatten", "true");
  more.apply(data);
  CHECK(data.prep.recipe == "pad 2\nscale 0:1\nflatten");
  CHECK(prepared_shape(data.prep, data.sample_shape()) == Shape{144});
  CHECK_THROWS_WITH(more.apply(data), Contains("already"));
}

TEST_CASE("the way by table gives the bits of the way by steps") {
  const Split split = images(9, 3, 6, 5);
  const h5::PrepRecord prep{"normalize 0.4,0.5,0.6:0.2,0.3,0.1\nflatten", {}, {}};
  const auto fast = fill(split, prep);
  const auto steps = make_steps(prep, Shape{3, 6, 5}, true, 0, 255, false);
  std::vector<float> raw(90), middle(90), out(90);
  for (size_t n = 0; n < 9; ++n) {
    for (size_t i = 0; i < 90; ++i) raw[i] = split.x().as<uint8_t>()[n * 90 + i];
    steps[0]->apply(raw, middle, {});
    steps[1]->apply(middle, out, {});
    CHECK(std::equal(out.begin(), out.end(), fast.begin() + static_cast<std::ptrdiff_t>(n * 90)));
  }
}

TEST_CASE("a batch has the same bits for any number of threads") {
  const Split split = images(37, 1, 9, 8);
  for (const std::string recipe :
       {"scale 0:1", "augment shift=2,flip=hv,rotate=20,erase=3\npad 1\nscale 0:1", "pad 3\nscale 0:1\nflatten"}) {
    const h5::PrepRecord prep{recipe, {}, {}};
    Philox serial(7, "augment");
    const auto expected = fill(split, prep, 0, 255, true, &serial);
    for (const int threads : {1, 2, 3}) {
      Team team(threads);
      Philox stream(7, "augment");
      CHECK(fill(split, prep, 0, 255, true, &stream, &team) == expected);
      CHECK(stream.state() == serial.state());
    }
  }
}

TEST_CASE("augmentation moves, mirrors and empties, only when training") {
  Split split = images(200, 1, 5, 5);
  for (uint8_t& p : split.samples()->values.as<uint8_t>()) p = 0;
  for (size_t n = 0; n < 200; ++n) split.samples()->values.as<uint8_t>()[n * 25 + 6] = 200;  // at row 1, column 1
  const auto where = [&](const std::string& how) {
    Philox stream(3, "augment");
    const auto x = fill(split, {"augment " + how, {}, {}}, 0, 255, true, &stream);
    std::vector<int> seen(25, 0);
    for (size_t i = 0; i < x.size(); ++i)
      if (x[i] == 200.0F) ++seen[i % 25];
    return seen;
  };
  const auto flipped = where("flip=h");
  CHECK(flipped[6] + flipped[8] == 200);
  CHECK(flipped[8] > 60);
  CHECK(flipped[6] > 60);
  const auto shifted = where("shift=1");
  for (const size_t place : {0u, 1u, 2u, 5u, 6u, 7u, 10u, 11u, 12u}) CHECK(shifted[place] > 5);
  CHECK(std::accumulate(shifted.begin(), shifted.end(), 0) == 200);
  const auto erased = where("erase=2");
  CHECK(erased[6] > 100);
  CHECK(erased[6] < 180);
  const h5::PrepRecord prep{"augment shift=1,flip=hv,rotate=30", {}, {}};
  CHECK_FALSE(Batches(split, prep, 0, 255, false).draws());
  CHECK(Batches(split, prep, 0, 255, true).draws());
  CHECK(fill(split, prep) == fill(split, {}));
}

TEST_CASE("a quarter turn is a quarter turn") {
  const StepContext context{Shape{1, 3, 3}, true, 0, 255, {}, {}};
  const PrepStepType& augment = find_in(prep_step_types(), "augment", "step");
  const auto step = augment.make("rotate=90", context);
  const std::vector<float> in{1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<float> out(9);
  step->apply(in, out, std::vector<uint32_t>{0, 0, 0, 0, 0, 0});  // angle -90 degrees
  CHECK(out[4] == 5.0F);
  const std::vector<float> turned{7, 4, 1, 8, 5, 2, 9, 6, 3}, back{3, 6, 9, 2, 5, 8, 1, 4, 7};
  const bool one_way =
      std::equal(out.begin(), out.end(), turned.begin(), [](float a, float b) { return std::abs(a - b) < 1e-5F; });
  const bool other_way =
      std::equal(out.begin(), out.end(), back.begin(), [](float a, float b) { return std::abs(a - b) < 1e-5F; });
  CHECK((one_way || other_way));
}

TEST_CASE("unscaled pixels are seen") {
  const Split split = images(2, 1, 4, 4);
  CHECK(is_unscaled({}, split));
  CHECK(is_unscaled({"augment shift=1\npad 2\nflatten", {}, {}}, split));
  CHECK_FALSE(is_unscaled({"scale 0:1", {}, {}}, split));
  CHECK_FALSE(is_unscaled({"standardize", {1}, {1}}, split));
  Split floats;
  floats.set_samples(h5::Array(h5::Type::f32, Shape{2, 3}));
  CHECK_FALSE(is_unscaled({}, floats));
}

TEST_CASE("a recipe that does not fit is refused") {
  const Split split = images(2, 3, 4, 4);
  const auto made = [&](const std::string& recipe) { return Batches(split, {recipe, {}, {}}, 0, 255, true); };
  CHECK_THROWS_WITH(made("scael 0:1"), Contains("scale"));
  CHECK_THROWS_WITH(made("standardize"), Contains("/prep/mean"));
  CHECK_THROWS_WITH(made("normalize 1,2:1,2"), Contains("3 channels"));
  CHECK_THROWS_WITH(made("flatten\npad 1"), Contains("images"));
  CHECK_THROWS_WITH(made("scale 0:1\nscale 0:1"), Contains("not scaled yet"));
  CHECK_THROWS_WITH(made("augment shift=4"), Contains("does not fit"));
  CHECK_THROWS_WITH(made("augment shfit=1"), Contains("shift"));
  CHECK_USAGE_ERROR(made("scale 1:1"));
  CHECK_USAGE_ERROR(made("normalize 0:0"));
  CHECK_USAGE_ERROR(made("pad 0"));
  Batches good(split, {"", {}, {}}, 0, 255, false);
  std::vector<float> x(48);
  const std::vector<int64_t> beyond{2}, inside{1};
  CHECK_THROWS_WITH(good.fill(beyond, x, nullptr, nullptr), Contains("row 2"));
  CHECK_THROWS_WITH(good.fill(inside, std::span(x).first(47), nullptr, nullptr), Contains("needs 48"));
}

TEST_CASE("labels and targets of chosen rows") {
  Split split;
  split.name = "train";
  split.set_samples(h5::Array(h5::Type::f32, Shape{3, 1}));
  split.set("labels", std::vector<int32_t>{5, 6, 7});
  split.set("targets", h5::Array::of<float>(Shape{3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  const Batches batches(split, {}, 0, 1, false);
  const std::vector<int64_t> rows{2, 0};
  std::vector<int32_t> labels(2);
  std::vector<float> targets(4);
  batches.labels(rows, labels);
  batches.targets(rows, targets);
  CHECK(labels == std::vector<int32_t>{7, 5});
  CHECK(targets == std::vector<float>{5, 6, 1, 2});
}

TEST_CASE("an augmentation takes the place of the recipe's own") {
  Dataset data = with_options(images(4, 1, 8, 8), {{"scale", "0:1"}, {"augment", "shift=1"}});
  data = with_augmentation(data, "flip=h,shift=2");
  CHECK(data.prep.recipe == "augment flip=h,shift=2\nscale 0:1");
  CHECK(with_augmentation(data, "").prep == data.prep);
  data = with_augmentation(data, "none");
  CHECK(data.prep.recipe == "scale 0:1");
  data = with_augmentation(data, "erase=3");
  CHECK(data.prep.recipe == "augment erase=3\nscale 0:1");
  CHECK_USAGE_ERROR(with_augmentation(data, "shfit=1"));
  CHECK_USAGE_ERROR(with_augmentation(data, "shift=0"));
  CHECK_THROWS_WITH(with_augmentation(data, "shift=9"), Contains("does not fit"));
}

// SPDX-License-Identifier: MIT
// Rules in which the frameworks differ: options over --like, what is printed and kept, what a framework has not.
#include "train/options/rules.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "catch.h"
#include "layers/initializer.h"
#include "synthetic.h"
#include "train/callbacks/callback.h"
#include "train/options/compatibility.h"
#include "train/options/framework_lists.h"
#include "train/run/resume.h"

using namespace nn;

namespace {

std::string rule(const TrainOptions& options, const std::string& name) {
  for (const Rule& r : rules_in_force(options))
    if (r.name == name) return r.value;
  FAIL("no rule " << name);
  return "";
}

TrainOptions options_of(const std::string& like, const std::string& model = "dense:3") {
  TrainOptions o;
  o.like = like;
  o.model = model;
  o.epochs = 2;
  o.batch = 16;
  return o;
}

std::vector<std::string> warnings(const TrainOptions& o, const Shape& input, int64_t rows = 64) {
  const RunParts parts(o);
  return compatibility(o, parts, Network(o.model, input, parts.rules), rows);
}

/// Every plug-in says what it is in both frameworks, and every option of one its names there, or that there is none, or
/// it is a difference of --list likes.
template <class Table>
void check_kind(Table table) {
  for (const auto* type : table) {
    const KnownAs& known = type->known_as;
    INFO(type->name);
    CHECK(*known.pytorch);
    CHECK(*known.keras);
    const bool lacking[] = {std::string(known.pytorch) == "-", std::string(known.keras) == "-"};
    CHECK((lacking[0] || lacking[1]) == (*known.instead != 0));
    const auto made = type->make();
    OptionSet set;
    made->options(set);
    for (const Option& option : set.all()) {
      INFO(option.name);
      CHECK(option.defaults.empty() == option.rule.empty());
      for (const bool keras : {false, true}) {
        const FrameworkOption* there = option.in_framework(keras ? "keras" : "pytorch");
        CHECK((there || !option.rule.empty() || lacking[keras]));
        if (there) CHECK(!there->names.empty());
        if (there && there->names == "-") CHECK(!there->instead.empty());
      }
    }
  }
}

double last(const Model& m, const std::string& name) { return column(m.history, name).back(); }

}  // namespace

TEST_CASE("Every plug-in and every option of one says what it is in the frameworks") {
  check_kind(layer_types());
  check_kind(initializer_types());
  check_kind(optimizer_types());
  check_kind(loss_types());
  check_kind(schedule_types());
  check_kind(callback_types());
}

TEST_CASE("Each rule has a name of its own, and an option that is there") {
  std::set<std::string> names;
  TrainOptions options;
  OptionSet set;
  options.declare(set);
  for (const RunRule& rule : run_rules()) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    const std::string option = std::string(rule.option).substr(2);
    CHECK(set.find(option.substr(0, option.find(' '))));
  }
  for (const OptionRule& rule : option_rules("keras")) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    CHECK(rule.option().size() > 2);
    if (rule.outer) CHECK(set.find(rule.key));
  }
  CHECK(like_rows().size() == names.size());
  for (const char* profile : {"keras", "keras-jax", "keras-torch"})
    for (size_t i = 0; i < option_rules("pytorch").size(); ++i)
      CHECK(option_rules(profile)[i].name == option_rules("pytorch")[i].name);
}

TEST_CASE("Rules of a file that holds a constant as float32 are the same rules") {
  TrainOptions o = options_of("keras");
  o.optimizer = "adagrad";
  CHECK(rule(o, "adagrad_start") == "0.1");
  const auto optimizer = make_optimizer("adagrad", like_named("keras"));
  CHECK(optimizer->initial(0) == static_cast<double>(0.1F));
  Model now;
  now.rules = {{"adagrad_start", "0.1"}, {"rate_per", "epoch"}};
  Checkpoint checkpoint;
  checkpoint.model.rules = {{"adagrad_start", "0.10000000149011612"}, {"rate_per", "epoch"}};
  CHECK_NOTHROW(check_same_run(checkpoint, now, false));
  checkpoint.model.rules[0].second = "0.10001";
  CHECK_THROWS_WITH(check_same_run(checkpoint, now, false),
                    Contains("the rule adagrad_start = 0.10001, now it is 0.1"));
  checkpoint.model.rules = {{"rate_per", "smooth"}};
  CHECK_THROWS_WITH(check_same_run(checkpoint, now, false), Contains("the rule rate_per = smooth"));
}

TEST_CASE("Options go over the rules of a framework, and the record says so") {
  TrainOptions o = options_of("keras", "bn bn:eps=0.5 dropout:0.3 dense:3,init=normal");
  CHECK(rule(o, "epsilon") == "1e-7");
  CHECK(rule(o, "batch_norm_epsilon") == "0.001 | 0.5");
  CHECK(rule(o, "normal_deviation") == "0.05");
  CHECK(rule(o, "weight_init") == "normal");
  CHECK(rule(o, "float_share") == "false");
  o.optimizer = "adam,eps=1e-5,eps-inside=no";
  o.rate = 0.5;
  o.streams = "torch";
  o.loss_average = "batches";
  o.callbacks = {{"reduce-lr", "loss,relative"}};
  CHECK(rule(o, "epsilon") == "1e-5");
  CHECK(rule(o, "epsilon_inside") == "false");
  CHECK(rule(o, "streams") == "torch");
  CHECK(rule(o, "loss_of_batches") == "true");
  CHECK(rule(o, "relative_threshold") == "true");
  CHECK(rule(o, "sgd_rate") == "0.01");
  o.optimizer = "sgd";
  CHECK(rule(o, "sgd_rate") == "0.5");
  OptionSet set;
  o.declare(set);
  set.set_option("clip-norm", "2,each=no,eps=0.25");
  CHECK(*o.clip_norm == 2);
  CHECK(rule(o, "clip_each") == "false");
  CHECK(rule(o, "clip_epsilon") == "0.25");
  CHECK(set.find("clip-norm")->get() == "2,each=false,eps=0.25");
  set.set_option("clip-norm", "3");
  CHECK(rule(o, "clip_each") == "true");
  CHECK_THROWS_WITH(set.set_option("clip-norm", "3,eech=no"), Contains("did you mean each"));
  CHECK_THAT(rules_text(o), Contains("# sgd_rate = 0.5 (--lr; keras: 0.01)"));

  const Model model = train_quietly(o, blob_data(), "ref");
  REQUIRE(model.rules.size() == like_rows().size());
  CHECK(model.rules[0] == std::pair<std::string, std::string>("streams", "torch"));
}

TEST_CASE("What a framework has not is said by name") {
  TrainOptions o = options_of("keras");
  CHECK(warnings(o, {4}).empty());
  o.optimizer = "sgd,momentum=0.9,dampening=0.1";
  CHECK_THAT(warnings(o, {4}).at(0), Contains("--like keras: --optimizer: Keras has no sgd,dampening"));
  o = options_of("keras");
  o.schedule = "step,size=2,warmup=1";
  CHECK_THAT(warnings(o, {4}).at(0), Contains("Keras has no step; used: PyTorch's StepLR"));
  CHECK_THAT(warnings(o, {4}).at(1), Contains("no warmup"));
  o = options_of("keras");
  o.clip_norm = o.clip_value = 1;
  CHECK_THAT(warnings(o, {4}).at(0), Contains("refuses another clipping"));
  o = options_of("keras", "conv:2,3,pad=1 maxpool:3,2,pad=1 flatten dense:3");
  CHECK_THAT(warnings(o, {1, 8, 8}).at(0), Contains("maxpool1 'maxpool:3,2,pad=1': Keras refuses pooling"));
  o.model = "conv:2,3,pad=1 maxpool:3,1,pad=1 flatten dense:3";  // what `same` is
  CHECK(warnings(o, {1, 8, 8}).empty());
  o.model = "conv:2,3,dilation=2,stride=2 flatten dense:3";
  CHECK_THAT(warnings(o, {1, 8, 8}).at(0), Contains("Keras refuses dilation together with another stride than 1"));
  o.model = "conv:2,3,dilation=2 maxpool:2,1,dilation=2 shuffle:2 scale flatten dense:3";
  CHECK(warnings(o, {1, 8, 8}).size() == 2);
  CHECK_THAT(warnings(o, {1, 8, 8}).at(0), Contains("Keras has no maxpool,dilation"));
  CHECK_THAT(warnings(o, {1, 8, 8}).at(1), Contains("Keras has no shuffle"));
  o.model = "deconv:4,3,groups=2,stride=2,same flatten dense:3";
  CHECK_THAT(warnings(o, {2, 4, 4}).at(0), Contains("Keras has no deconv,groups"));
  o = options_of("pytorch", "deconv:4,3,stride=2,same flatten dense:3");
  CHECK_THAT(warnings(o, {2, 4, 4}).at(0), Contains("PyTorch has no deconv,same"));
  o.model = "deconv:4,3,stride=2,pad=1:0:0:0 deconv:4,3,stride=2,out-pad=2 maxpool:2,pad=0:1:0:1 flatten dense:3";
  CHECK_THAT(warnings(o, {2, 4, 4}).at(0), Contains("PyTorch refuses a transposed convolution that is cut unevenly"));
  CHECK_THAT(warnings(o, {2, 4, 4}).at(1), Contains("out-pad that is not below the stride or the dilation"));
  CHECK_THAT(warnings(o, {2, 4, 4}).at(2), Contains("PyTorch refuses pooling padded unevenly"));
  o.model = "gn:4 dense:3";
  CHECK_THAT(warnings(o, {4}, 65).at(0), Contains("PyTorch refuses a training batch of one value per group"));
  o = options_of("keras", "dense:3,bias-init=he_normal");
  CHECK_THAT(warnings(o, {4}).at(0), Contains("takes the fans of the bias itself"));
  o = options_of("keras");
  o.callbacks = {{"save-best", "x.h5,loss,min-delta=0.1"}};
  CHECK_THAT(warnings(o, {4}).at(0), Contains("Keras has no save-best,min-delta"));

  o = options_of("pytorch", "dense:3,init=he_normal");
  CHECK_THAT(warnings(o, {4}).at(0), Contains("dense1 'dense:3,init=he_normal': PyTorch has no he_normal"));
  o = options_of("pytorch", "conv:2,3,same,stride=2 flatten dense:3");
  CHECK_THAT(warnings(o, {1, 8, 8}).at(0), Contains("PyTorch refuses 'same' with another stride than 1"));
  o = options_of("pytorch", "bn dense:3");
  CHECK(warnings(o, {4}, 64).empty());
  CHECK_THAT(warnings(o, {4}, 65).at(0), Contains("PyTorch refuses a training batch of one value per channel"));
  o.schedule = "piecewise,at=1,rates=0.1";
  CHECK_THAT(warnings(o, {4}).at(0), Contains("PyTorch has no piecewise"));
  o = options_of("pytorch");
  o.schedule = "cosine,warmup-target=0.1,warmup-length=1";
  CHECK(warnings(o, {4}).size() == 2);
  o.schedule = "cosine,rise-again=no";  // a rule, asked for
  CHECK(warnings(o, {4}).empty());
}

TEST_CASE("Initialisers have each framework's own defaults") {
  const FrameworkRules torch, keras = like_named("keras");
  CHECK(spelled_initializer("uniform", torch.name) == "uniform,0,1");
  CHECK(spelled_initializer("uniform", keras.name) == "uniform");
  CHECK(spelled_initializer("normal", torch.name) == "normal,1");
  CHECK(spelled_initializer("normal:std=0.3", torch.name) == "normal:std=0.3");
  CHECK(spelled_initializer("he_normal", torch.name) == "he_normal");
}

TEST_CASE("The mean of an epoch is over batches or over samples") {
  // 20 samples in batches of 16: the last four count as much as the others in one mean, a fifth in the other.
  TrainOptions o = options_of("pytorch");
  o.epochs = 1;
  o.history_every = 1;
  const Dataset data = blob_data(20);
  const Model batches = train_quietly(o, data, "ref");
  const std::vector<double> steps = column(batches.steps, "loss");
  REQUIRE(steps.size() == 2);
  CHECK(last(batches, "loss") == Approx((steps[0] + steps[1]) / 2).epsilon(1e-14));
  o.loss_average = "samples";
  CHECK(last(train_quietly(o, data, "ref"), "loss") == Approx((16 * steps[0] + 4 * steps[1]) / 20).epsilon(1e-14));
}

TEST_CASE("Clipping of each gradient by itself, and of all together") {
  // One update of SGD with rate 1 moves the weights by the gradient that was clipped.
  TrainOptions o = options_of("keras");
  o.epochs = 1;
  o.batch = 64;
  o.optimizer = "sgd";
  o.rate = 1;
  o.clip_norm = 1e-3;
  const Dataset data = blob_data(64);
  TrainOptions none = o;
  none.epochs = 0;
  const Model before = train_quietly(none, data, "ref");
  const auto moves = [&] {
    const Model after = train_quietly(o, data, "ref");
    std::vector<double> norms;
    double all = 0;
    for (size_t t = 0; t < after.weights.size(); ++t) {
      double squares = 0;
      for (size_t i = 0; i < after.weights[t].values.size(); ++i) {
        const double moved =
            static_cast<double>(after.weights[t].values[i]) - static_cast<double>(before.weights[t].values[i]);
        squares += moved * moved;
      }
      norms.push_back(std::sqrt(squares));
      all += squares;
    }
    norms.push_back(std::sqrt(all));
    return norms;
  };
  const std::vector<double> each = moves();
  CHECK(each[0] == Approx(1e-3).epsilon(1e-3));
  CHECK(each[1] == Approx(1e-3).epsilon(1e-3));
  o.clip_keys.each = false;
  CHECK(moves().back() == Approx(1e-3).epsilon(1e-3));
}

TEST_CASE("Accumulation over the end of an epoch, and by batches") {
  // 3 batches an epoch, updates of 2: Keras has three updates in two epochs, PyTorch's loop four.
  TrainOptions o = options_of("keras");
  o.accumulate = 2;
  o.track = {"gradient-norm"};
  o.history_every = 1;
  o.optimizer = "sgd";
  const Dataset data = blob_data(40);
  const auto updates = [&] {
    const std::vector<double> norms = column(train_quietly(o, data, "ref").steps, "gradient_norm");
    return std::count_if(norms.begin(), norms.end(), [](double n) { return std::isfinite(n); });
  };
  CHECK(updates() == 3);
  o.accumulate_keys.over_epochs = false;
  CHECK(updates() == 4);
}

TEST_CASE("A frozen batch norm moves on in PyTorch and rests in Keras") {
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    TrainOptions o = options_of("keras", "dense:5,name=a bn relu dense:3,name=b");
    o.freeze = "bn1";
    const auto statistics = [&] {
      const Model m = train_quietly(o, blob_data(64), device);
      for (const NamedTensor& t : m.weights)
        if (t.path == "bn1/running_var") return t.values;
      return std::vector<float>{};
    };
    const std::vector<float> ones(5, 1.0F);
    CHECK(statistics() == ones);
    o.frozen_statistics = "move";
    CHECK(statistics() != ones);
    o.frozen_statistics = "rest";
    o.like = "pytorch";
    CHECK(statistics() == ones);
  }
}

TEST_CASE("Dropout scales by the float32 number of each framework") {
  // The share of 0.85 is one for which the two differ: torch 1/f32(0.85), TensorFlow f32(1/0.85).
  const float q = 0.85F;
  CHECK((Dropout{0.15, true}.scale<float>()) == 1 / q);
  CHECK((Dropout{0.15, false}.scale<float>()) == static_cast<float>(1 / 0.85));
  CHECK(1 / q != static_cast<float>(1 / 0.85));
  CHECK((Dropout{0.15, true}.scale<double>()) == 1 / (1 - 0.15));
  for (const auto& [profile, as_float] :
       {std::pair("pytorch", true), std::pair("keras", false), std::pair("keras-jax", true)}) {
    const Graph graph = Network("dropout:0.15", {4}, like_named(profile)).lower();
    CHECK(std::get<Dropout>(graph.ops.back().what).float_share == as_float);
  }
}

TEST_CASE("dropout in two branches has an order of its own in Keras on torch, which is said") {
  const auto said = [](const std::string& like, const std::string& model) {
    std::string all;
    for (const std::string& line : warnings(options_of(like, model), {4})) all += line + "\n";
    return all;
  };
  const std::string two = "dense:4 res( dropout:0.2 | relu dropout:0.3 ) dropout:0.1 dense:3";
  CHECK(said("keras-torch", two) ==
        "--like keras-torch: dropout1 and dropout2 stand in two branches: Keras on torch draws the mask of the deeper "
        "branch first; used: the order of the text\n");
  CHECK(said("keras", two).empty());
  CHECK(said("pytorch", two).empty());
  CHECK(said("keras-torch", "dense:4 res( dropout:0.2 dense:4 dropout:0.3 | relu ) dropout:0.1 dense:3").empty());
}

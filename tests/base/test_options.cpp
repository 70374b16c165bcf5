// SPDX-License-Identifier: MIT
// One declaration of options serves the command line, the layer language and what is saved.
#include "base/error.h"
#include "base/option_union.h"
#include "base/options.h"
#include "base/registry.h"
#include "catch.h"

using namespace nn;

namespace {

struct Conv {
  int out = 0, kernel = 0, stride = 1;
  bool same = false, bias = true;
  double l2 = 0;
  std::string init;
  std::vector<std::string> tags;
  OptionSet options;
  Conv() {
    options.add("out", out, "N", "channels").by_place().must();
    options.add("kernel", kernel, "N", "size").by_place().must();
    options.add("stride", stride, "N", "step").by_place();
    options.flag("same", same, "keep the size");
    options.flag("bias", bias, "add a bias");
    options.add("l2", l2, "RATE", "penalty");
    options.add("init", init, "NAME", "initialiser").one_of({"zeros", "he-normal"});
  }
};

std::string failure(const std::string& text) {
  Conv conv;
  try {
    apply_spec(parse_spec(text, ':'), conv.options);
  } catch (const Error& e) {
    CHECK(e.status() == Exit::usage);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a spec is taken apart") {
  const Spec s = parse_spec("sgd,momentum=0.9,nesterov", ',');
  CHECK(s.name == "sgd");
  CHECK(s.places == std::vector<std::string>{"nesterov"});
  REQUIRE(s.named.size() == 1);
  CHECK(s.named[0] == std::pair<std::string, std::string>("momentum", "0.9"));
  CHECK(parse_spec("relu", ':').places.empty());
  CHECK(parse_spec("split,val=a=b", ',').named[0].second == "a=b");
  for (const char* bad : {"", ":", ":3", "conv:", "conv:3,", "conv:,3", "conv:3,,5", "conv:=3", "conv,3"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_spec(bad, ':'), UsageError);
  }
}

TEST_CASE("places, names and flags reach their options") {
  Conv conv;
  apply_spec(parse_spec("conv:32,3,same,l2=1e-4,bias=no,init=he-normal", ':'), conv.options);
  CHECK(conv.out == 32);
  CHECK(conv.kernel == 3);
  CHECK(conv.stride == 1);
  CHECK(conv.same);
  CHECK_FALSE(conv.bias);
  CHECK(conv.l2 == 1e-4);
  CHECK(conv.options.given("l2"));
  CHECK_FALSE(conv.options.given("stride"));
}

TEST_CASE("wrong specs say what is wrong") {
  CHECK_THAT(failure("conv:32"), Contains("conv") && Contains("kernel"));
  CHECK_THAT(failure("conv:32,3,1,5"), Contains("one argument too many"));
  CHECK_THAT(failure("conv:32,3,strde=2"), Contains("did you mean stride"));
  CHECK_THAT(failure("conv:32,x"), Contains("kernel") && Contains("'x'"));
  CHECK_THAT(failure("conv:32,3,out=3"), Contains("twice"));
  CHECK_THAT(failure("conv:32,3,init=he_norml"), Contains("he-normal"));
  CHECK(failure("conv:32,3") == "");
}

TEST_CASE("spec_text reads back to the same settings") {
  for (const char* text :
       {"conv:6,5", "conv:6,5,2", "conv:6,5,same", "conv:6,5,2,same,bias=false,l2=1e-4,init=zeros"}) {
    Conv first, second;
    apply_spec(parse_spec(text, ':'), first.options);
    const std::string written = spec_text("conv", first.options, ':');
    CHECK(written == text);
    apply_spec(parse_spec(written, ':'), second.options);
    CHECK(spec_text("conv", second.options, ':') == written);
  }
  Conv defaults;
  defaults.options.find("out")->required = false;
  defaults.options.find("kernel")->required = false;
  CHECK(spec_text("conv", defaults.options, ':') == "conv");
  defaults.stride = 3;  // places before it keep their defaults, so it goes by name
  CHECK(spec_text("conv", defaults.options, ':') == "conv:stride=3");
}

TEST_CASE("a number out of its range is refused with option, range and value") {
  struct {
    int64_t batch = 64;
    double share = 0, decay = 0;
    std::optional<double> norm;
    std::string keyed;
    std::vector<std::string> many;
  } f;
  OptionSet set;
  set.add("batch", f.batch, "N", "").at_least(1);
  set.add("share", f.share, "X", "").between(0, 1);
  set.add("decay", f.decay, "X", "").at_least(0).below(1);
  set.add("norm", f.norm, "X", "").above(0);
  set.add("keyed", f.keyed, "N[,KEY]", "").at_most(9);
  set.add("many", f.many, "TEXT", "");
  for (const char* batch : {"0", "-3", "-9223372036854775808"})
    CHECK_THROWS_WITH(set.set_option("batch", batch), "batch: expected 1 or more, found " + std::string(batch));
  CHECK_THROWS_WITH(set.set_option("batch", "1.5"), "batch: expected a whole number, found '1.5'");
  CHECK_THROWS_WITH(set.set_option("share", "1.5"), "share: expected 0 to 1, found 1.5");
  CHECK_THROWS_WITH(set.set_option("decay", "1"), "decay: expected 0 or more and below 1, found 1");
  CHECK_THROWS_WITH(set.set_option("norm", "0"), "norm: expected above 0, found 0");
  CHECK_THROWS_WITH(set.set_option("norm", "nan"), "norm: expected a finite number, found 'nan'");
  CHECK_THROWS_WITH(set.set_option("keyed", "10,each=yes"), "keyed: expected at most 9, found 10");
  CHECK(f.batch == 64);
  for (const char* batch : {"1", "9223372036854775807"}) CHECK_NOTHROW(set.set_option("batch", batch));
  CHECK_NOTHROW(set.set_option("share", "1"));
  CHECK_NOTHROW(set.set_option("share", "0"));
  CHECK_NOTHROW(set.set_option("decay", "0.999"));
  CHECK_NOTHROW(set.set_option("norm", "1e-30"));
  CHECK_NOTHROW(set.set_option("keyed", "9,each=yes"));
  CHECK(set.find("many")->adds_up);
  CHECK_FALSE(set.find("batch")->adds_up);
}

TEST_CASE("an option is declared once") {
  Conv conv;
  int other = 0;
  CHECK_THROWS(conv.options.add("out", other, "N", "again"));
  CHECK(conv.options.find("stride")->default_text == "1");
  CHECK(conv.options.find("nothing") == nullptr);
}

TEST_CASE("the nearest names are suggested") {
  const std::vector<std::string> known{"conv",      "dense",   "dropout", "fashion-mnist",
                                       "he_normal", "maxpool", "mnist",   "relu"};
  CHECK(nearest("danse", known) == std::vector<std::string>{"dense"});
  CHECK(nearest("mxapool", known) == std::vector<std::string>{"maxpool"});
  CHECK(nearest("fashion", known) == std::vector<std::string>{"fashion-mnist"});
  CHECK(nearest("HE-NORMAL", known) == std::vector<std::string>{"he_normal"});
  CHECK(nearest("xyzzy", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(100000, 'a'), known).empty());
  CHECK(unknown_name("layer", "danse", known) == "unknown layer 'danse' (did you mean dense?)");
  CHECK_THAT(unknown_name("layer", "xyzzy", known), Contains("conv, dense"));
}

TEST_CASE("an option has its default under each framework beside itself") {
  struct Norm {
    double epsilon = 1e-5, rate = 0.1;
    bool unbiased = true;
    std::string init, usual = "kaiming";
    OptionSet set;
    explicit Norm(const std::string& framework) : set(framework) {
      set.add("eps", epsilon, "X", "").in("keras", "1e-3").in("keras-jax", "0.5").named_rule("epsilon");
      set.flag("unbiased", unbiased, "").in("keras-torch", "true").in("keras", "false");
      set.add("init", init, "NAME", "").when_empty(usual).in("keras", "glorot");
      set.outer("lr", rate).in("keras", "0.01");
    }
  };
  Norm plain(""), torch("pytorch"), keras("keras"), jax("keras-jax"), on_torch("keras-torch");
  CHECK(plain.epsilon == 1e-5);
  CHECK(torch.epsilon == 1e-5);
  CHECK(keras.epsilon == 1e-3);
  CHECK(jax.epsilon == 0.5);
  CHECK(on_torch.epsilon == 1e-3);
  CHECK(keras.set.find("eps")->default_text == "0.001");
  CHECK_FALSE(keras.unbiased);
  CHECK_FALSE(jax.unbiased);
  CHECK(on_torch.unbiased);
  CHECK(keras.init.empty());
  CHECK(keras.set.find("init")->in_force() == "glorot");
  CHECK(torch.set.find("init")->in_force() == "kaiming");
  keras.set.set_option("init", "zeros");
  CHECK(keras.set.find("init")->in_force() == "zeros");
  CHECK(keras.rate == 0.01);
  CHECK(torch.rate == 0.1);
  CHECK(keras.set.find("lr") == nullptr);
  CHECK_THROWS_AS(keras.set.set_option("lr", "1"), UnknownOption);
  // Read back where no framework is told, it means the same.
  CHECK(spec_text("norm", keras.set, ':') == "norm:eps=0.001,unbiased=false,init=zeros");
  CHECK(spec_text("norm", torch.set, ':') == "norm");
  torch.set.set_option("eps", "0.001");
  CHECK(torch.set.find("eps")->asks());
  keras.set.set_option("eps", "0.001");
  CHECK_FALSE(keras.set.find("eps")->asks());
  CHECK_FALSE(jax.set.find("eps")->asks());
}

TEST_CASE("words of PyTorch, Keras and common usage are answered by the names of candidates") {
  const std::vector<Candidate> losses{{"cross_entropy", "CrossEntropyLoss,SparseCategoricalCrossentropy", "ce xent"},
                                      {"mse", "MSELoss,MeanSquaredError", "l2 mean_square_error"},
                                      {"bce", "BCEWithLogitsLoss,BinaryCrossentropy(from_logits=True)", ""}};
  CHECK(unknown_name("loss", "SparseCategoricalCrossentropy", losses) ==
        "unknown loss 'SparseCategoricalCrossentropy': here it is 'cross_entropy' (nn-frameworks(7))");
  CHECK(unknown_name("loss", "xent", losses) == "unknown loss 'xent': here it is 'cross_entropy'");
  CHECK(our_names("mean_squared_error", losses) == std::vector<std::string>{"mse"});
  CHECK(our_names("torch.nn.BCEWithLogitsLoss()", losses) == std::vector<std::string>{"bce"});
  CHECK(our_names("binary_crossentropy", losses) == std::vector<std::string>{"bce"});
  CHECK(our_names("Cross-Entropy", losses) == std::vector<std::string>{"cross_entropy"});
  for (const std::string& none : {std::string(), std::string("-"), std::string("loss"), std::string(100'000, 'a')})
    CHECK(our_names(none, losses).empty());
  const std::vector<Saying> sayings{{"mae l1", "there is none"}};
  CHECK(unknown_name("loss", "L1", losses, sayings) == "unknown loss 'L1': there is none");
}

TEST_CASE("the options of a plug-in answer a framework's word, and what they do not know is left to the tool") {
  double beta1 = 0, beta2 = 0, epsilon = 0;
  OptionSet set;
  set.add("beta1", beta1, "X", "").called("pytorch", "betas").called("keras", "beta_1");
  set.add("beta2", beta2, "X", "").called("pytorch", "betas").lacks("keras", "nothing").also("second");
  set.add("eps", epsilon, "X", "").says("tolerance", "there is none");
  const auto unknown = [&](const char* name) {
    try {
      in_context("adam", [&] { set.set_option(name, "1"); });
    } catch (const UnknownOption& e) {
      return std::pair<std::string, std::string>(e.what(), e.option() + e.known());
    }
    return std::pair<std::string, std::string>();
  };
  CHECK(unknown("betas").first == "adam: unknown option 'betas': here it is 'beta1' or 'beta2' (nn-frameworks(7))");
  CHECK(unknown("second").first == "adam: unknown option 'second': here it is 'beta2'");
  CHECK(unknown("tolerance").first == "adam: unknown option 'tolerance': there is none");
  CHECK(unknown("beta").first == "adam: unknown option 'beta' (did you mean beta1 or beta2?)");
  CHECK(unknown("lr").first == "adam: unknown option 'lr'; known: beta1, beta2, eps");
  CHECK(unknown("lr").second == "lr; known: beta1, beta2, eps");
  CHECK(unknown("beta").second == " (did you mean beta1 or beta2?)");
}

TEST_CASE("options of several owners stand once on a command line, and reach all that have them") {
  std::string split_a, split_b, label;
  bool wrong = false;
  const auto options = [&](const char* owner) {
    OptionSet set;
    const bool a = std::string_view(owner) == "a";
    if (a) set.add("label", label, "COLUMN", "the class");
    set.add("split", a ? split_a : split_b, "NAME", "the split");
    if (!a) set.flag("wrong", wrong, "only wrong ones");
    return set;
  };
  OptionUnion all;
  all.add("a", options("a"));
  all.add("b", options("b"));
  OptionSet set;
  all.declare(set);
  REQUIRE(set.all().size() == 3);
  CHECK(set.find("label")->group == "Options of a");
  CHECK(set.find("split")->group.empty());
  set.set_option("split", "val");
  CHECK(split_a == "val");
  CHECK(split_b == "val");
  CHECK(all.has("a", "label"));
  CHECK_FALSE(all.has("b", "label"));
  CHECK(all.owners("split") == std::vector<std::string>{"a", "b"});
  CHECK(all.owners("other").empty());
  CHECK(set.find("split")->asks());
  CHECK_FALSE(set.find("label")->asks());
  OptionSet other;
  other.add("split", label, "NAME", "another text");
  all.add("c", std::move(other));
  OptionSet again;
  CHECK_THROWS_AS(all.declare(again), std::logic_error);
}

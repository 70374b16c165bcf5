// SPDX-License-Identifier: MIT
// Schedules against what torch and Keras recorded, entry by entry: an entry's arguments are written as our text.
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/text/json.h"
#include "base/text/number.h"
#include "catch.h"
#include "paths.h"
#include "schedules/schedule.h"

using namespace nn;

namespace {

struct Case {
  std::string text;
  double base = 0.1;
  int64_t steps = 1;  ///< of the whole run
};

double number(const Json& args, const char* key, double otherwise) {
  const Json* found = args.find(key);
  return found ? found->number() : otherwise;
}
std::string text_of(const Json& args, const char* key, double otherwise) {
  return value_text(number(args, key, otherwise));
}
bool is_set(const Json& args, const char* key) { return args.find(key) && args.find(key)->boolean(); }
std::string joined(const Json::Array& list, size_t from = 0) {
  std::string text;
  for (size_t i = from; i < list.size(); ++i) text += (i > from ? ":" : "") + value_text(list[i].number());
  return text;
}

Case torch_case(const std::string& kind, const Json& a) {
  if (kind == "StepLR") return {"step,size=" + text_of(a, "step_size", 0) + ",factor=" + text_of(a, "gamma", 0.1)};
  if (kind == "MultiStepLR")
    return {"multistep,at=" + joined(a.at("milestones").items()) + ",factor=" + text_of(a, "gamma", 0.1)};
  if (kind == "ExponentialLR") return {"exponential,factor=" + text_of(a, "gamma", 0)};
  if (kind == "CosineAnnealingLR")
    return {"cosine,epochs=" + text_of(a, "T_max", 0) + ",min=" + text_of(a, "eta_min", 0)};
  if (kind == "CosineAnnealingWarmRestarts")
    return {"cosine-restarts,first=" + text_of(a, "T_0", 0) + ",longer=" + text_of(a, "T_mult", 1) +
            ",min=" + text_of(a, "eta_min", 0)};
  if (kind == "LinearLR")
    return {"linear,start=" + text_of(a, "start_factor", 1.0 / 3) + ",end=" + text_of(a, "end_factor", 1) +
            ",epochs=" + text_of(a, "total_iters", 5)};
  if (kind == "ConstantLR")
    return {"constant-factor,factor=" + text_of(a, "factor", 1.0 / 3) + ",epochs=" + text_of(a, "total_iters", 5)};
  if (kind == "PolynomialLR")
    return {"polynomial,epochs=" + text_of(a, "total_iters", 5) + ",power=" + text_of(a, "power", 1)};
  if (kind != "OneCycleLR") return {};
  Case c{"onecycle,rise=" + text_of(a, "pct_start", 0.3) + ",final-div=" + text_of(a, "final_div_factor", 1e4) +
         ",div=" + text_of(a, "div_factor", 25) + ",base-momentum=" + text_of(a, "base_momentum", 0.85) +
         ",max-momentum=" + text_of(a, "max_momentum", 0.95)};
  if (a.find("cycle_momentum")) c.text += ",cycle-momentum=false";
  if (is_set(a, "three_phase")) c.text += ",three-phase";
  if (a.find("anneal_strategy")) c.text += ",anneal=" + a.at("anneal_strategy").string();
  c.base = number(a, "max_lr", 0);
  c.steps = static_cast<int64_t>(a.find("total_steps") ? number(a, "total_steps", 0)
                                                       : number(a, "epochs", 0) * number(a, "steps_per_epoch", 0));
  return c;
}

Case keras_case(const std::string& kind, const Json& a) {
  Case c;
  c.base = number(a, "initial_learning_rate", 0);
  const std::string length = text_of(a, "decay_steps", 0);
  if (kind == "CosineDecay") {
    c.text = "cosine,steps=" + length + ",alpha=" + text_of(a, "alpha", 0);
    if (a.find("warmup_target"))
      c.text += ",warmup-target=" + text_of(a, "warmup_target", 0) + ",warmup-length=" + text_of(a, "warmup_steps", 0);
  } else if (kind == "CosineDecayRestarts") {
    c.text = "cosine-restarts,per=step,first=" + text_of(a, "first_decay_steps", 0) +
             ",longer=" + text_of(a, "t_mul", 2) + ",lower=" + text_of(a, "m_mul", 1) +
             ",alpha=" + text_of(a, "alpha", 0);
  } else if (kind == "ExponentialDecay" || kind == "InverseTimeDecay") {
    c.text = (kind == "ExponentialDecay" ? "exponential,per=step,factor=" : "inverse-time,per=step,decay=") +
             text_of(a, "decay_rate", 0) + ",every=" + length + (is_set(a, "staircase") ? ",staircase" : "");
  } else if (kind == "PolynomialDecay") {
    c.text = "polynomial,steps=" + length + ",power=" + text_of(a, "power", 1) +
             ",min=" + text_of(a, "end_learning_rate", 1e-4) + (is_set(a, "cycle") ? ",cycle" : "");
  } else if (kind == "PiecewiseConstantDecay") {
    c.base = a.at("values").items().at(0).number();
    c.text =
        "piecewise,per=step,at=" + joined(a.at("boundaries").items()) + ",rates=" + joined(a.at("values").items(), 1);
  }
  return c;
}

/// 1e-6 of the value; Keras computes in float32, whose rounding of a cosine near -1 is an error of the start rate.
void check_near(double found, double expected, double start, bool single) {
  CHECK(std::fabs(found - expected) <= 1e-6 * std::fabs(expected) + (single ? 1.2e-7 : 1e-15) * start);
}

size_t check_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return 0;
  std::ostringstream whole;
  whole << file.rdbuf();
  size_t checked = 0;
  const Json parsed = Json::parse(whole.str());
  for (const Json& row : (parsed.is_array() ? parsed : parsed.at("schedules")).items()) {
    const bool torch = row.find("scheduler") != nullptr;
    const std::string kind = row.at(torch ? "scheduler" : "schedule").string();
    if (kind == "ReduceLROnPlateau") continue;  // a callback
    const Case c = torch ? torch_case(kind, row.at("args")) : keras_case(kind, row.at("args"));
    INFO(path << ": " << kind << ": " << c.text);
    REQUIRE(!c.text.empty());
    const auto schedule = make_schedule(c.text, like_named(torch ? "pytorch" : "keras"));
    const Json::Array rates = row.at("lr").items();
    for (size_t i = 0; i < rates.size(); ++i) {
      INFO("moment " << i);
      const auto t = static_cast<int64_t>(i);
      check_near(schedule->rate(c.base, {t, c.steps, t, c.steps}), rates[i].number(), c.base, !torch);
    }
    if (const Json* momentum = row.find("momentum")) {
      for (size_t i = 0; i < momentum->items().size(); ++i)
        check_near(schedule->momentum({static_cast<int64_t>(i), c.steps, 0, 1}).value(), momentum->items()[i].number(),
                   1, false);
    } else {
      CHECK(!schedule->momentum({0, 1, 0, 1}));
    }
    ++checked;
  }
  return checked;
}

}  // namespace

TEST_CASE("schedules of torch and Keras, committed recordings", "[schedules]") {
  CHECK(check_file(nn_test::source_folder() + "/tests/golden/sched/rates.json") == 34);
}

TEST_CASE("schedules of torch and Keras, further recordings", "[schedules]") {
  const std::string folder = nn_test::source_folder() + "/tests/golden/fidelity/";
  CHECK(check_file(folder + "schedules-torch.json") == 11);
  CHECK(check_file(folder + "schedules-keras.json") == 9);
}

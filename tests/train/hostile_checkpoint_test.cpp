// SPDX-License-Identifier: MIT
// Every field of a checkpoint's state, and every column of its history, with another type, size or value: a refusal in
// one line that names it, or a run that ends as it should. Never values from beside an array, a crash or a hang.
#include <cmath>
#include <limits>

#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "synthetic.h"
#include "train/run/checkpoint.h"

using namespace nn;

namespace {

TrainOptions options_for(const std::string& what, const nn_test::Folder& folder) {
  TrainOptions o;
  o.model = "dense:4 bn relu dropout:0.3 dense:3";
  o.batch = 32;
  o.epochs = 3;
  o.rate = 0.01;
  o.checkpoint = (folder / "ck.h5") + ",every=0";
  if (what == "adam") {
    o.optimizer = "adam,amsgrad";
    o.callbacks = {{"early-stop", "val_loss,patience=2,restore-best"}, {"reduce-lr", "val_loss,patience=1,cooldown=1"}};
    o.history_every = 2;
    o.track = {"gradient-norm", "update-ratio"};
  } else if (what == "nadam") {
    o.optimizer = "nadam";
    o.accumulate = 3;
    o.ema = 0.9;
    o.checkpoint = (folder / "ck.h5") + ",every=best";
  } else {
    o.like = what;
    o.reshuffle = what == "keras";
    o.optimizer = "rmsprop,centered,momentum=0.9";
  }
  return o;
}

/// Stopped in the second epoch.
Checkpoint stopped(const TrainOptions& o, const nn_test::Folder& folder) {
  const auto backend = make_backend("ref", 1);
  Progress progress;
  int64_t asked = 0;
  progress.request = [&] { return ++asked == 8 ? Request::requeue : Request::none; };
  try {
    train(o, blob_data(), *backend, Log("test", -2), progress);
    FAIL("not stopped");
  } catch (const Error& e) {
    REQUIRE(e.status() == Exit::again);
  }
  return read_checkpoint(h5::Reader::open(folder / "ck.h5", "model"));
}

/// Empty: it ran to its end with finite weights; else what the refusal says.
std::string go_on(const TrainOptions& o, const Checkpoint& from) {
  const auto backend = make_backend("ref", 1);
  try {
    const Model done = train(o, blob_data(), *backend, Log("test", -2), {}, &from);
    for (const NamedTensor& t : done.weights)
      for (const float w : t.values)
        if (!std::isfinite(w)) return "not finite";
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

template <class T>
std::vector<StateValues> other_sizes(const std::vector<T>& v) {
  std::vector<T> shorter(v.begin(), v.end() - (v.empty() ? 0 : 1)), longer = v,
                                                                    one(v.begin(), v.begin() + (v.empty() ? 0 : 1));
  longer.push_back(v.empty() ? T{} : v.back());
  std::vector<StateValues> all{std::vector<T>{}, longer};
  if (!shorter.empty()) all.emplace_back(shorter);
  if (v.size() > 1) all.emplace_back(one);
  return all;
}

template <class T>
std::vector<StateValues> other_values(const std::vector<T>& v) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> odd{Limits::lowest(), Limits::max(), T(-1), T(3000000000)};
  if constexpr (!std::is_integral_v<T>)
    odd.insert(odd.end(), {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()});
  std::vector<StateValues> all;
  for (const T value : odd) {
    std::vector<T> changed = v;
    if (!changed.empty()) changed.front() = changed.back() = value;
    all.emplace_back(std::move(changed));
  }
  return all;
}

}  // namespace

TEST_CASE("a checkpoint whose fields have other sizes or types is refused, naming the field", "[hostile]") {
  for (const char* what : {"adam", "nadam", "pytorch", "keras", "keras-torch", "keras-jax"}) {
    const nn_test::Folder folder;
    const TrainOptions o = options_for(what, folder);
    const Checkpoint good = stopped(o, folder);
    REQUIRE(go_on(o, good).empty());
    for (const auto& [field, values] : good.state) {
      std::vector<StateValues> bad = std::visit([](const auto& v) { return other_sizes(v); }, values);
      if (std::holds_alternative<std::vector<float>>(values))
        bad.emplace_back(std::vector<int64_t>(std::get<std::vector<float>>(values).size()));
      else
        bad.emplace_back(std::vector<float>(std::visit([](const auto& v) { return v.size(); }, values)));
      for (const StateValues& changed : bad) {
        if (changed == values) continue;
        Checkpoint from = good;
        from.state[field] = changed;
        INFO(what << ": " << field);
        const std::string said = go_on(o, from);
        // An empty copy of the best weights is that of a run that has none yet; it must then have no best epoch.
        CHECK_THAT(said, Contains("/state/"));
        CHECK(said.find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("a checkpoint whose fields have other values is refused, or runs to a finite end", "[hostile]") {
  for (const char* what : {"adam", "nadam", "keras", "keras-torch"}) {
    const nn_test::Folder folder;
    const TrainOptions o = options_for(what, folder);
    const Checkpoint good = stopped(o, folder);
    for (const auto& [field, values] : good.state)
      for (const StateValues& changed : std::visit([](const auto& v) { return other_values(v); }, values)) {
        Checkpoint from = good;
        from.state[field] = changed;
        INFO(what << ": " << field);
        const std::string said = go_on(o, from);
        CHECK(said != "not finite");
        CHECK(said.find('\n') == std::string::npos);
        CHECK(said.find("unexpected") == std::string::npos);
      }
  }
}

TEST_CASE("counts of a checkpoint that do not follow from each other are refused", "[hostile]") {
  const nn_test::Folder folder;
  const TrainOptions o = options_for("adam", folder);
  const Checkpoint good = stopped(o, folder);
  const auto refused = [&](const std::string& field, StateValues values) {
    Checkpoint from = good;
    from.state.at(field) = std::move(values);
    INFO(field);
    CHECK_THAT(go_on(o, from), Contains("/state/"));
  };
  using Whole = std::vector<int64_t>;
  using Real = std::vector<double>;
  const double nan = std::nan("");
  for (const int64_t n : {-1, 0, 2, 3, 4}) refused("epoch", Whole{n});
  for (const int64_t n : {-1, 0, 2, 4, 5}) refused("step", Whole{n});
  for (const int64_t n : {-1, 2}) refused("ended", Whole{n});
  for (const int64_t n : {-1, 0, 7, 9}) refused("batches", Whole{n});
  for (const int64_t n : {-1, 7, 9}) refused("updates", Whole{n});
  for (const int64_t n : {-1, 0, 95, 97}) refused("sums/samples", Whole{n});
  for (const int64_t n : {-1, 97}) refused("sums/hits", Whole{n});
  for (const char* field : {"rate", "last_rate", "seconds"})
    for (const double x : {-0.1, nan, double{INFINITY}}) refused(field, Real{x});
  refused("callbacks/early-stop/wait", Whole{-1});
  refused("callbacks/early-stop/best", Real{nan});
  refused("callbacks/reduce-lr/cooling", Whole{2});
}

TEST_CASE("a history of other rows or columns than the run has had is refused", "[hostile]") {
  const nn_test::Folder folder;
  const TrainOptions o = options_for("adam", folder);
  const Checkpoint good = stopped(o, folder);
  for (size_t column = 0; column < good.model.history.size(); ++column) {
    Checkpoint renamed = good, longer = good, gone = good;
    renamed.model.history[column].first = "another";
    longer.model.history[column].second.push_back(1);
    gone.model.history.erase(gone.model.history.begin() + static_cast<std::ptrdiff_t>(column));
    for (const Checkpoint& from : {renamed, longer, gone}) CHECK_THAT(go_on(o, from), Contains("/history"));
  }
  Checkpoint none = good;
  none.model.history.clear();
  CHECK_THAT(go_on(o, none), Contains("/history"));
}

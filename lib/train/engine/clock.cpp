// SPDX-License-Identifier: MIT
#include "train/engine/clock.h"

#include <algorithm>
#include <chrono>

namespace nn {

Clock::Clock(double limit, std::function<double()> since_start)
    : limit_(limit),
      since_start_(std::move(since_start)),
      epoch_begin_(now()),
      last_step_(now()),
      last_commit_(now()) {}

double Clock::now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Clock::epoch_begins(double before) {
  epoch_begin_ = now() - before;
  last_step_ = now();
}

double Clock::epoch_seconds() const { return now() - epoch_begin_; }

void Clock::step_ends() {
  const double t = now();
  // The longest step fades away, so that one slow moment does not count for ever.
  longest_step_ = std::max(t - last_step_, 0.99 * longest_step_);
  last_step_ = t;
}

void Clock::measured(double seconds) {
  validation_ = std::max(validation_, seconds);
  last_step_ = now();
}

void Clock::committed(double seconds) {
  commit_ = std::max(commit_, seconds);
  last_commit_ = last_step_ = now();
}

double Clock::since_commit() const { return now() - last_commit_; }

bool Clock::out_of_time(bool epoch_ends) const {
  if (limit_ <= 0 || !since_start_) return false;
  const double next = longest_step_ + (epoch_ends ? validation_ : 0);
  return since_start_() + 2 * (next + commit_) > limit_;
}

}  // namespace nn

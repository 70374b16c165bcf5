// SPDX-License-Identifier: MIT
#include "train/progress.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

namespace nn {
namespace {

using Clock = std::chrono::steady_clock;

/// One line that is redrawn at most ten times a second.
class Bar {
 public:
  void draw(int64_t epoch, int64_t epochs, int64_t step, int64_t steps, double loss, double accuracy, double rate) {
    const Clock::time_point now = Clock::now();
    if (step < steps && now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    const int filled = static_cast<int>(20 * step / steps);
    const double part = static_cast<double>(step) / static_cast<double>(steps);
    // Samples an epoch are not known here; steps done and the time since the first one are.
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const double done = static_cast<double>(epoch - 1) + part;
    const double left = done > 0 ? seconds / done * (static_cast<double>(epochs) - done) : 0;
    std::string line = fmt::format("\repoch {}/{} [{:<20}] loss {:.4f}", epoch, epochs, std::string(static_cast<size_t>(filled), '='), loss);
    if (accuracy >= 0) line += fmt::format("  accuracy {:.4f}", accuracy);
    line += fmt::format("  {:.0f}/s  {} left\x1b[K", rate, left < 90 ? fmt::format("{:.0f} s", left) : fmt::format("{:.0f} min", left / 60));
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
    shown_ = true;
  }
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

 private:
  Clock::time_point begin_ = Clock::now(), last_{};
  bool shown_ = false;
};

}  // namespace

std::string epoch_line(const EpochRow& row) {
  std::string line = fmt::format("epoch {}/{}", row.epoch, row.epochs);
  double seconds = 0;
  for (const auto& [name, values] : row.columns) {
    if (name == "seconds") seconds = values[0];
    if (name == "loss" || name == "accuracy" || name == "val_loss" || name == "val_accuracy")
      line += fmt::format("  {} {:.4f}", name, values[0]);
  }
  return line + fmt::format("  {:.1f} s", seconds);
}

Progress show_progress(const Log& log, bool bar, std::function<bool()> stop) {
  Progress progress;
  progress.stop = std::move(stop);
  if (!bar || log.level() < 0) {
    progress.epoch = [&log](const EpochRow& row) { log.info(epoch_line(row)); };
    return progress;
  }
  auto drawn = std::make_shared<Bar>();
  progress.step = [drawn](int64_t epoch, int64_t epochs, int64_t step, int64_t steps, double loss, double accuracy, double rate) {
    drawn->draw(epoch, epochs, step, steps, loss, accuracy, rate);
  };
  progress.epoch = [drawn, &log](const EpochRow& row) {
    drawn->clear();
    log.info(epoch_line(row));
  };
  return progress;
}

}  // namespace nn

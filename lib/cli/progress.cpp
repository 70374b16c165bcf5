// SPDX-License-Identifier: MIT
#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"

namespace nn::cli {
namespace {

constexpr std::chrono::milliseconds pause{100};

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(const Log& log, const std::string& when)
    : log_(log), talking_(log.level() >= 0), start_(std::chrono::steady_clock::now()) {
  drawing_ = talking_ && (when == "always" || (when == "auto" && isatty(STDERR_FILENO) == 1));
}

Progress::~Progress() { clear(); }

bool Progress::due() {
  if (!drawing_) return false;
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now - last_ < pause) return false;
  last_ = now;
  return true;
}

void Progress::draw(const std::string& line) {
  std::fputs(("\r\033[K" + line.substr(0, terminal_width() - 1)).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

void Progress::step(int64_t epoch, int64_t epochs, int64_t step, int64_t steps, double loss, double accuracy,
                    double samples_per_second) {
  if (!due()) return;
  const double share = static_cast<double>(step) / static_cast<double>(std::max<int64_t>(steps, 1));
  const double passed = std::chrono::duration<double>(last_ - start_).count();
  const double done = (static_cast<double>(epoch - 1) + share) / static_cast<double>(std::max<int64_t>(epochs, 1));
  std::string line = fmt::format("epoch {}/{} {} loss {:.4f}", epoch, epochs, bar_text(share, 16), loss);
  if (!std::isnan(accuracy)) line += fmt::format("  accuracy {:.4f}", accuracy);
  line += fmt::format("  {:.0f}/s", samples_per_second);
  if (done > 0) line += fmt::format("  {} left", duration_text(passed * (1 - done) / done));
  draw(line);
}

void Progress::epoch(int64_t epoch, int64_t epochs, const h5::Columns& columns) {
  clear();
  const auto rate = std::find_if(columns.begin(), columns.end(),
                                 [](const auto& c) { return c.first == "learning_rate" && !c.second.empty(); });
  const double now = rate == columns.end() ? NAN : rate->second.back();
  if (talking_) log_.info(epoch_line(epoch, epochs, columns, !std::isnan(rate_) && now != rate_));
  rate_ = now;
}

void Progress::bytes(const std::string& what, uint64_t done, uint64_t total) {
  if (!due()) return;
  const double mega = static_cast<double>(done) / 1e6;
  if (total == 0) return draw(fmt::format("{}  {:.1f} MB", what, mega));
  draw(fmt::format("{} {} {:.1f}/{:.1f} MB", what, bar_text(static_cast<double>(done) / static_cast<double>(total), 24),
                   mega, static_cast<double>(total) / 1e6));
}

void Progress::samples(int64_t done, int64_t total) {
  if (!due()) return;
  const double share = static_cast<double>(done) / static_cast<double>(std::max<int64_t>(total, 1));
  const double passed = std::chrono::duration<double>(last_ - start_).count();
  std::string line = fmt::format("{} {}/{} samples", bar_text(share, 24), done, total);
  if (share > 0 && share < 1) line += fmt::format("  {} left", duration_text(passed * (1 - share) / share));
  draw(line);
}

std::string epoch_line(int64_t epoch, int64_t epochs, const h5::Columns& columns, bool with_rate) {
  std::string line = fmt::format("epoch {}/{}", epoch, epochs), end;
  for (const auto& [name, values] : columns) {
    if (name == "epoch" || (name == "learning_rate" && !with_rate) || values.empty() || std::isnan(values.back()))
      continue;
    if (name == "learning_rate")
      line += fmt::format("  learning_rate {:.4g}", values.back());
    else if (name == "seconds")
      end = fmt::format("  {:.1f} s", values.back());
    else if (std::abs(values.back()) < 1e6)
      line += fmt::format("  {} {:.4f}", name, values.back());
    else
      line += fmt::format("  {} {:.4g}", name, values.back());
  }
  return line + end;
}

std::string bar_text(double share, int width) {
  const int full = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width));
  std::string bar(static_cast<size_t>(full), '=');
  if (full < width) bar += '>';
  bar.resize(static_cast<size_t>(width), ' ');
  return "[" + bar + "]";
}

std::string duration_text(double seconds) {
  const int64_t s = std::isfinite(seconds) ? static_cast<int64_t>(std::lround(std::clamp(seconds, 0.0, 1e9))) : 0;
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                   : fmt::format("{:02}:{:02}", s / 60, s % 60);
}

}  // namespace nn::cli

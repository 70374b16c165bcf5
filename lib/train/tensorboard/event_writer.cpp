// SPDX-License-Identifier: MIT
#include "train/tensorboard/event_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>

#include "base/error.h"
#include "train/tensorboard/event_files.h"
#include "train/tensorboard/events.h"

namespace nn::tensorboard {
namespace {

namespace fs = std::filesystem;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || !name[0]) return "localhost";
  std::string text = name.data();
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// A name that sorts behind all that are there. COUNT differs when another writer of this process has taken the name.
std::string new_name(const std::string& folder) {
  const int64_t seconds =
      std::min(std::max(static_cast<int64_t>(now()), latest_seconds(folder) + 1), int64_t{9999999999});
  for (int count = 0;; ++count) {
    const std::string name =
        fmt::format("{}/events.out.tfevents.{:010}.{}.{}.{}", folder, seconds, host(), ::getpid(), count);
    if (!fs::exists(name)) return name;
  }
}

}  // namespace

EventWriter::EventWriter(const std::string& folder, int64_t first_step, const Log& log) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure || !fs::is_directory(folder, failure))
    throw Error(printable(folder) +
                ": cannot make this folder: " + (failure ? failure.message() : "a file is in its place"));
  name_ = new_name(folder);
  file_ = std::make_unique<AppendFile>(name_, AppendFile::Open::created, log);
  collected_ = version_event(now()) + start_event(now(), first_step);
  flush();
}

void EventWriter::scalar(int64_t step, const std::string& tag, double value) {
  collected_ += scalar_event(now(), step, tag, value, first(tag));
}

void EventWriter::histogram(int64_t step, const std::string& tag, std::span<const double> values) {
  collected_ += histogram_event(now(), step, tag, tensorboard::histogram(values), first(tag));
}

void EventWriter::table(int64_t step, const std::string& tag,
                        const std::vector<std::pair<std::string, std::string>>& rows) {
  collected_ += table_event(now(), step, tag, rows, first(tag));
}

void EventWriter::graph(const Graph& graph) { collected_ += graph_event(now(), graph); }

void EventWriter::flush() {
  if (collected_.empty()) return;
  file_->append(collected_);
  collected_.clear();
}

}  // namespace nn::tensorboard

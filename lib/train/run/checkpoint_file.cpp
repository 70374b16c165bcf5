// SPDX-License-Identifier: MIT
// --checkpoint: its value, when a checkpoint is due, and the files it goes to.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "h5/bytes.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"
#include "train/run/checkpoint.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

/// "run/ck.h5" and 2: "run/ck.2.h5".
std::string older_name(const std::string& file, int64_t age) {
  const fs::path path(file);
  return (path.parent_path() / (path.stem().string() + "." + std::to_string(age) + path.extension().string())).string();
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat one {
  }, two{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &two) == 0 && one.st_ino == two.st_ino &&
         one.st_dev == two.st_dev;
}

/// A second name for the file that stands under `file`, which keeps its own all the while.
void keep_as(const std::string& file, const std::string& older) {
  if (retried([&] { return ::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, older.c_str(), AT_SYMLINK_FOLLOW); }) == 0 ||
      errno == ENOENT)
    return;
  if (errno == EEXIST) throw Error(fmt::format("{}: a file of that name has appeared", printable(older)));
  // No links on this file system, or FILE is a link into another one.
  const std::vector<std::byte> bytes = h5::read_bytes(file);
  h5::OutFile(older, h5::OutFile::Content::binary, true).commit(bytes);
}

[[noreturn]] void refuse_other(const std::string& file, const std::string& other) {
  throw Error(
      fmt::format("{}: is no checkpoint of this run, and keep= would put an older {} in its place; move it away, or "
                  "give --checkpoint another name",
                  printable(other), printable(file)));
}

/// FILE becomes .1, .1 becomes .2, ...; the one that has no name left goes. A gap that a kill left ends the shifting.
/// FILE itself stays until it is replaced, so that killed here, a whole one stands there.
void rotate(const std::string& file, int64_t keep, OwnFiles& own) {
  if (keep < 2 || same_file(file, older_name(file, 1))) return;
  int64_t last = 1;
  while (last < keep - 1 && fs::exists(fs::symlink_status(older_name(file, last)))) ++last;
  for (int64_t age = 1; age <= last; ++age)
    if (!own.may_replace(older_name(file, age))) refuse_other(file, older_name(file, age));
  own.forget(older_name(file, last));
  for (int64_t age = last; age > 1; --age) {
    const std::string from = older_name(file, age - 1), to = older_name(file, age);
    if (retried([&] { return ::rename(from.c_str(), to.c_str()); }) != 0)
      throw Error(fmt::format("{}: cannot become {}: {}", from, to, h5::system_reason(errno)));
  }
  std::error_code ignored;  // when it cannot be removed, it cannot be replaced either, and that is said
  if (last == 1) fs::remove(older_name(file, 1), ignored);
  keep_as(file, older_name(file, 1));
  own.add(older_name(file, 1));
}

}  // namespace

void OwnFiles::add(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0) files_.emplace(found.st_dev, found.st_ino);
}

bool OwnFiles::may_replace(const std::string& file) const {
  struct stat found {};
  if (::lstat(file.c_str(), &found) != 0) return errno == ENOENT;
  return S_ISREG(found.st_mode) && files_.count({found.st_dev, found.st_ino}) > 0;
}

void OwnFiles::forget(const std::string& file) {
  struct stat found {};
  if (::lstat(file.c_str(), &found) == 0) files_.erase({found.st_dev, found.st_ino});
}

CheckpointFile::CheckpointFile(std::string_view value) {
  OptionSet set;
  set.add("every", every_, "N|best|METRIC",
          "epochs between two checkpoints, or: at each best value of METRIC (best: of val_loss)");
  set.add("steps", steps_, "N", "also after every N batches");
  set.add("minutes", minutes_, "N", "also when the last one is N minutes old");
  set.add("keep", keep_, "K", "number of files that are kept");
  set.flag("required", required_, "the run fails when the last checkpoint cannot be written");
  in_context("--checkpoint", [&] {
    Spec spec = parse_spec(value, ',');
    file_ = spec.name;
    if (file_ == "-") throw UsageError("expected the name of a file, found standard output");
    apply_spec(spec, set);
    if (!set.given("every") || every_.find_first_not_of("0123456789") == std::string::npos) {
      in_context("every", [&] { parse_value(every_, epochs_); });
    } else {
      epochs_ = 0;
      watches_metric_ = true;
      if (every_ != "best") monitor_.metric = every_;
    }
    if (steps_ < 0) throw UsageError(fmt::format("steps: expected 0 or more, found {}", steps_));
    if (minutes_ < 0) throw UsageError(fmt::format("minutes: expected 0 or more, found {}", value_text(minutes_)));
    if (keep_ < 1) throw UsageError(fmt::format("keep: expected 1 or more, found {}", keep_));
  });
}

std::vector<std::string> CheckpointFile::names() const {
  std::vector<std::string> names{file_};
  for (int64_t age = 1; age < std::min<int64_t>(keep_, 1000); ++age) names.push_back(older_name(file_, age));
  return names;
}

void CheckpointFile::expect(const RunInfo& outlook) {
  if (watches_metric_) in_context("--checkpoint", [&] { monitor_.expect(outlook); });
}

std::string CheckpointFile::watches() const {
  std::vector<std::string> when;
  if (watches_metric_) when.push_back("at the best " + monitor_.text());
  if (epochs_ == 1) when.push_back("after each epoch");
  if (epochs_ > 1) when.push_back(fmt::format("every {} epochs", epochs_));
  if (steps_ > 0) when.push_back(fmt::format("every {} batches", steps_));
  if (minutes_ > 0) when.push_back(fmt::format("every {} minutes", value_text(minutes_)));
  if (when.empty()) when.emplace_back("when a signal asks");
  std::string text;
  for (const std::string& one : when) text += (text.empty() ? "" : ", ") + one;
  text += ", to " + file_;
  if (keep_ > 1)
    text += fmt::format(" (the {} before: {}{})", keep_ - 1, older_name(file_, 1), keep_ > 2 ? ", ..." : "");
  return text;
}

void CheckpointFile::state(State& state) {
  // A run may be resumed with another --checkpoint than it began with.
  if (watches_metric_ && (!state.restoring() || state.has("best"))) monitor_.state(state);
}

bool CheckpointFile::due(const EpochEnd& event) {
  if (watches_metric_) return monitor_.improves(event.metric(monitor_.metric));
  return epochs_ > 0 && event.epoch % epochs_ == 0;
}

bool CheckpointFile::due(int64_t batches, double seconds) const {
  return (steps_ > 0 && batches > 0 && batches % steps_ == 0) || (minutes_ > 0 && seconds >= 60 * minutes_);
}

int64_t CheckpointFile::steps_until_due(int64_t batches) const {
  return steps_ > 0 ? steps_ - batches % steps_ : std::numeric_limits<int64_t>::max();
}

void CheckpointFile::check_writable() const { h5::OutFile(file_, h5::OutFile::Content::binary); }

void CheckpointFile::claim(const std::function<bool(const std::string&)>& is_of_this_run) {
  for (int64_t age = 1; age < keep_; ++age) {
    const std::string name = older_name(file_, age);
    if (!fs::exists(fs::symlink_status(name))) continue;
    if (!is_of_this_run(name)) refuse_other(file_, name);
    own_.add(name);
  }
}

void CheckpointFile::commit(std::span<const std::byte> bytes) {
  h5::OutFile(file_, h5::OutFile::Content::binary).commit(bytes, [this] { rotate(file_, keep_, own_); });
  own_.add(file_);
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "report/report_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <span>

#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "h5/bytes.h"
#include "h5/writing/temporary.h"

namespace nn {
namespace {

namespace fs = std::filesystem;
using h5::system_reason;

/// In front of the page of every report.
constexpr const char* mark = "<meta name=\"generator\" content=\"nn-compare --report\">";

bool is_report_page(const fs::path& page) {
  std::string begin(2000, '\0');
  std::ifstream in(page, std::ios::binary);
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin.find(mark) != std::string::npos;
}

bool is_file_of_report(const fs::path& file) {
  const std::string name = file.filename().string();
  return fs::is_regular_file(fs::symlink_status(file)) &&
         (name == "index.html" || name == "report.md" || file.extension() == ".svg");
}

/// Only what a report holds: nothing else is ever removed.
void remove_report(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (is_file_of_report(entry.path())) fs::remove(entry.path(), ignored);
  fs::remove(folder, ignored);
}

/// A folder under a private name, locked while it is filled; removed unless it was given another name.
class PrivateFolder {
 public:
  explicit PrivateFolder(const fs::path& target) : prefix_("." + target.filename().string().substr(0, 200) + ".") {
    const fs::path around = target.parent_path();
    sweep(around);
    static std::atomic<unsigned> counter{0};
    path_ = around / (prefix_ + h5::boot_mark() + "-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) +
                      ".report.tmp");
    if (::mkdir(path_.c_str(), 0777) != 0)
      throw Error(printable(target.string()) + ": cannot write into the folder " + printable(around.string()) + ": " +
                  system_reason(errno));
    lock_ = retried([&] { return ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (lock_ >= 0) (void)retried([&] { return ::flock(lock_, LOCK_EX | LOCK_NB); });
  }
  ~PrivateFolder() {
    remove_report(path_);
    if (lock_ >= 0) ::close(lock_);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  /// What killed processes of this boot left: nobody holds the lock.
  void sweep(const fs::path& around) const {
    const std::string boot = h5::boot_mark();
    if (boot.empty()) return;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(around, ignored)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(prefix_ + boot + "-") || !name.ends_with(".report.tmp")) continue;
      const int folder =
          retried([&] { return ::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); });
      if (folder < 0) continue;
      if (retried([&] { return ::flock(folder, LOCK_EX | LOCK_NB); }) == 0) remove_report(entry.path());
      ::close(folder);
    }
  }

  std::string prefix_;
  fs::path path_;
  int lock_ = -1;
};

void flush(const fs::path& folder) {
  const int descriptor = retried([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return;
  (void)retried([&] { return ::fsync(descriptor); });
  ::close(descriptor);
}

void write_file(const fs::path& file, const std::string& text, const std::string& shown) {
  const int descriptor = retried([&] { return ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  if (descriptor < 0) throw Error(shown + ": cannot write: " + system_reason(errno));
  try {
    h5::write_all(descriptor, std::as_bytes(std::span(text)), shown);
    if (retried([&] { return ::fsync(descriptor); }) != 0)
      throw Error(shown + ": cannot write: " + system_reason(errno));
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (!closed(descriptor)) throw Error(shown + ": cannot write: " + system_reason(errno));
}

}  // namespace

ReportFolder::ReportFolder(const std::string& name, const h5::OutRules& rules)
    : shown_(printable(name)), path_(name), rules_(rules) {
  while (path_.has_relative_path() && !path_.has_filename()) path_ = path_.parent_path();  // "DIR/"
  if (path_.filename() == "." || path_.filename() == ".." || !path_.has_filename())
    throw UsageError("--report " + shown_ + ": expected the name of a folder that can be made and replaced");
  std::error_code failure;
  if (fs::is_symlink(path_, failure)) path_ = fs::weakly_canonical(path_, failure);
  path_ = fs::absolute(path_);
  check();
  if (!fs::is_directory(path_.parent_path(), failure))
    throw Error(shown_ + ": there is no folder " + printable(path_.parent_path().string()) + " to make it in");
  if (::access(path_.parent_path().c_str(), W_OK) != 0)
    throw Error(shown_ + ": cannot write into the folder " + printable(path_.parent_path().string()) + ": " +
                system_reason(errno));
}

void ReportFolder::check() const {
  std::error_code failure;
  const fs::file_status status = fs::symlink_status(path_, failure);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) throw Error(shown_ + ": is a file, expected a folder for the report");
  if (rules_.no_clobber) throw Error(shown_ + ": exists already, and --no-clobber was given");
  const fs::directory_iterator entries(path_, failure);
  if (failure) throw Error(shown_ + ": cannot be read: " + failure.message());
  bool is_empty = true;
  for (const auto& entry : entries) {
    is_empty = false;
    if (!is_file_of_report(entry.path()))
      throw Error(shown_ + ": holds " + printable(entry.path().filename().string()) +
                  ", which no report has; name another folder, or empty this one");
  }
  if (!is_empty && !is_report_page(path_ / "index.html"))
    throw Error(shown_ + ": is no report of nn-compare; name another folder, or empty this one");
  if (!is_empty && ::access(path_.c_str(), W_OK | X_OK) != 0)
    throw Error(shown_ + ": the report that stands there cannot be removed: " + system_reason(errno));
}

bool ReportFolder::holds(const std::vector<std::pair<std::string, std::string>>& files) const {
  std::error_code failure;
  size_t entries = 0;
  for (fs::directory_iterator at(path_, failure); !failure && at != fs::directory_iterator(); at.increment(failure))
    ++entries;
  return !failure && entries == files.size() && std::ranges::all_of(files, [&](const auto& file) {
    std::ifstream in(path_ / file.first, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {}) == file.second;
  });
}

void ReportFolder::commit(const std::vector<std::pair<std::string, std::string>>& files) const {
  if (rules_.if_changed && holds(files)) {
    if (rules_.kept) rules_.kept(shown_);
    return;
  }
  const PrivateFolder made(path_);
  for (const auto& [name, text] : files) write_file(made.path() / name, text, shown_ + "/" + name);
  flush(made.path());
  check();  // much may have happened since
  std::error_code failure;
  if (fs::exists(path_, failure)) {
    // The old one gets the private name, and goes with it.
    if (::renameat2(AT_FDCWD, made.path().c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0)
      return flush(path_.parent_path());
    // Where the file system cannot exchange two, there is none for a moment.
    if (errno != EINVAL && errno != ENOSYS) throw Error(shown_ + ": cannot be replaced: " + system_reason(errno));
    remove_report(path_);
  }
  if (::rename(made.path().c_str(), path_.c_str()) != 0)
    throw Error(shown_ + ": cannot be made: " + system_reason(errno));
  flush(path_.parent_path());
}

}  // namespace nn

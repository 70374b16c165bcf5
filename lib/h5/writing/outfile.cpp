// SPDX-License-Identifier: MIT
#include "h5/writing/outfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "h5/bytes.h"
#include "h5/writing/equal_file.h"
#include "h5/writing/place.h"
#include "h5/writing/temporary.h"

namespace nn::h5 {

namespace fs = std::filesystem;

// The one state of the library that outlives a call: a signal handler can reach nothing else.
enum SlotState : int { free_slot, being_filled, in_use };
struct OutFileSlot {
  std::atomic<int> state{free_slot};
  pid_t owner = 0;
  char path[4096] = {};
};
static_assert(std::atomic<int>::is_always_lock_free);
namespace {

std::array<OutFileSlot, 16> slots;

OutFileSlot* remember(const std::string& path) {
  if (path.size() >= sizeof(OutFileSlot::path)) throw Error(printable(path) + ": the name is too long");
  for (OutFileSlot& slot : slots) {
    int expected = free_slot;
    if (!slot.state.compare_exchange_strong(expected, being_filled)) continue;
    std::memcpy(slot.path, path.c_str(), path.size() + 1);
    slot.owner = ::getpid();
    slot.state = in_use;
    return &slot;
  }
  throw Error("too many output files at once");
}

// A link keeps pointing to what it points to: the file behind it is replaced.
fs::path behind_links(const std::string& target) {
  std::error_code failure;
  if (!fs::is_symlink(target, failure)) return target;
  const fs::path real = fs::weakly_canonical(target, failure);
  return failure ? fs::path(target) : real;
}

void compare_with_disk(int descriptor, std::span<const std::byte> bytes, const std::string& shown) {
  std::vector<std::byte> back(std::min<size_t>(bytes.size() + 1, size_t{1} << 20));
  size_t at = 0;
  for (;;) {
    const ssize_t got = retried([&] { return ::pread(descriptor, back.data(), back.size(), static_cast<off_t>(at)); });
    if (got < 0) throw Error(shown + ": cannot read back what was written: " + system_reason(errno));
    if (got == 0 && at == bytes.size()) return;
    const auto count = static_cast<size_t>(got);
    if (got == 0 || count > bytes.size() - at || std::memcmp(back.data(), bytes.data() + at, count) != 0)
      throw Error(shown + ": reading back gave other bytes than were written; is the disk failing?");
    at += count;
  }
}

}  // namespace

struct OutFile::Body {
  std::string target, shown;  // as given; for messages
  std::string spare = spare_folder();
  OutRules rules;
  bool standard = false, direct = false, done = false, keeps_result = false, displaced = false;
  fs::path final_path, temporary;
  int descriptor = -1, lock = -1;
  OutFileSlot* slot = nullptr;

  ~Body() {
    if (slot && slot->owner == ::getpid() && !done) ::unlink(temporary.c_str());
    if (slot) slot->state = free_slot;
    if (descriptor >= 0) ::close(descriptor);
    if (lock >= 0) ::close(lock);
  }

  fs::path folder() const { return final_path.has_parent_path() ? final_path.parent_path() : fs::path("."); }

  void check_standard(Content content) const {
    if (::fcntl(STDOUT_FILENO, F_GETFD) < 0) throw Error("standard output is closed");
    if (content == Content::binary && ::isatty(STDOUT_FILENO))
      throw UsageError(
          "standard output is a terminal, the output is HDF5: give -o FILE, or pipe it into another command");
  }

  void make_temporary() {
    Temporary made = h5::make_temporary(final_path);
    const int reason = errno;
    if (made.descriptor < 0)
      throw Error(shown + ": cannot write into the folder " + printable(folder().string()) + ": " +
                  system_reason(reason));
    temporary = made.path;
    descriptor = made.descriptor;
    lock = made.lock;
    try {
      if (slot) slot->state = free_slot;
      slot = remember(temporary.string());
    } catch (...) {
      ::unlink(temporary.c_str());
      throw;
    }
  }

  void open(Content content) {
    if (standard) return check_standard(content);
    final_path = behind_links(target);
    struct stat info {};
    const bool exists = ::stat(final_path.c_str(), &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) throw Error(shown + ": is a folder, expected a file name");
    if (exists && rules.no_clobber) throw Error(shown + ": exists already, and --no-clobber was given");
    // Devices and FIFOs are written to; a rename would put a file in their place.
    direct = exists && !S_ISREG(info.st_mode);
    if (direct) {
      if (::access(final_path.c_str(), W_OK) != 0) throw Error(shown + ": cannot write: " + system_reason(errno));
      return;
    }
    make_temporary();
    if (exists) static_cast<void>(::fchmod(descriptor, info.st_mode & 0777));
  }

  void close_descriptor() {
    if (!closed(std::exchange(descriptor, -1))) throw Error(shown + ": cannot write: " + system_reason(errno));
  }

  void commit_direct(std::span<const std::byte> bytes) {
    descriptor = retried([&] { return ::open(final_path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY); });
    if (descriptor < 0) throw Error(shown + ": cannot write: " + system_reason(errno));
    write_all(descriptor, bytes, shown);
    close_descriptor();
  }

  /// Hours may have passed since it was made: someone may have cleaned up, or moved the folder.
  void make_again_if_gone() {
    if (descriptor >= 0 && leads_to(temporary, descriptor)) return;
    displaced = true;
    for (int* open : {&descriptor, &lock}) {
      if (*open < 0) continue;
      remove_by_descriptor(*open);
      ::close(std::exchange(*open, -1));
    }
    std::error_code ignored;  // what cannot be made is said by make_temporary
    fs::create_directories(folder(), ignored);
    make_temporary();
  }

  void fill_temporary(std::span<const std::byte> bytes) {
    write_all(descriptor, bytes, shown);
    if (retried([&] { return ::fsync(descriptor); }) != 0)
      throw Error(shown + ": cannot write: " + system_reason(errno));
    compare_with_disk(descriptor, bytes, shown);
    close_descriptor();
  }

  /// False when the temporary has gone.
  bool put_in_place() {
    const int folder_descriptor = retried([&] { return ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    const int reason = move_into_place(temporary, final_path, !rules.no_clobber);
    if (reason == 0) {
      done = true;
      flush_folder(folder_descriptor, lock, final_path, shown);
    }
    if (folder_descriptor >= 0) ::close(folder_descriptor);
    if (reason == 0 || reason == ENOENT) return reason == 0;
    throw Error(shown + (rules.no_clobber ? ": cannot be made: " : ": cannot be replaced: ") + system_reason(reason));
  }

  void commit_file(std::span<const std::byte> bytes, const std::function<void()>& before_rename) {
    constexpr int tries = 3;
    for (int n = 1; n <= tries; ++n) {
      make_again_if_gone();
      fill_temporary(bytes);
      if (before_rename && n == 1) before_rename();
      if (put_in_place()) return;
    }
    throw Error(shown + ": its temporary file is removed by someone again and again");
  }

  void commit(std::span<const std::byte> bytes, const std::function<void()>& before_rename) {
    if (done) throw Error(shown + ": written twice");
    try {
      if (standard) {
        std::fflush(stdout);
        write_all(STDOUT_FILENO, bytes, "standard output");
      } else if (direct) {
        commit_direct(bytes);
      } else if (rules.if_changed && holds_equal(final_path.string(), bytes, rules.budget)) {
        ::unlink(temporary.c_str());
        if (rules.kept) rules.kept(target);
      } else {
        commit_file(bytes, before_rename);
      }
    } catch (const Error& e) {
      if (done || !(keeps_result || displaced)) throw;
      throw Error(std::string(e.what()) + "; " +
                      keep_elsewhere(bytes, spare, standard ? "output" : final_path.filename().string()),
                  e.status());
    }
    done = true;
  }
};

OutFile::OutFile(std::string target, Content content, const OutRules& rules) : body_(std::make_unique<Body>()) {
  body_->standard = target.empty() || target == "-";
  body_->shown = body_->standard ? "standard output" : printable(target);
  body_->target = std::move(target);
  body_->rules = rules;
  body_->open(content);
}

OutFile::~OutFile() = default;
OutFile::OutFile(OutFile&&) noexcept = default;

void OutFile::keep_result() { body_->keeps_result = true; }
bool OutFile::is_stdout() const { return body_->standard; }
const std::string& OutFile::target() const { return body_->target; }
void OutFile::commit(std::span<const std::byte> bytes) { body_->commit(bytes, {}); }
void OutFile::commit(std::span<const std::byte> bytes, const std::function<void()>& before_rename) {
  body_->commit(bytes, before_rename);
}
void OutFile::commit(std::string_view text) { body_->commit(std::as_bytes(std::span(text.data(), text.size())), {}); }

void remove_temporaries() noexcept {
  const int saved = errno;
  for (OutFileSlot& slot : slots)
    if (slot.state == in_use && slot.owner == ::getpid()) ::unlink(slot.path);
  errno = saved;
}

}  // namespace nn::h5

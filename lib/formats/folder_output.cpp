// SPDX-License-Identifier: MIT
#include "formats/folder_output.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "base/text/split.h"
#include "h5/bytes.h"
#include "h5/writing/temporary.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

constexpr const char* inner = "out";  ///< has the usual mode, and becomes the target
constexpr const char* unlocked_mark = "shared";
constexpr size_t flushed_singly = 64;  ///< files; more are flushed with all of their file system, at once
constexpr int random_letters = 6;      ///< that mkdtemp fills in

Descriptor open_folder(int at, const char* name) {
  return Descriptor(retried([&] { return ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
}

/// Everything in an open folder, and never through a link. What cannot be removed is left.
void empty_folder(int folder, int depth = 0) {
  constexpr int deepest = 64;
  DIR* entries = depth < deepest ? ::fdopendir(::fcntl(folder, F_DUPFD_CLOEXEC, 0)) : nullptr;
  if (!entries) return;
  ::rewinddir(entries);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries))
    if (const std::string name = entry->d_name; name != "." && name != "..") names.push_back(name);
  ::closedir(entries);
  for (const std::string& name : names) {
    if (::unlinkat(folder, name.c_str(), 0) == 0) continue;
    if (const Descriptor sub = open_folder(folder, name.c_str())) empty_folder(sub.get(), depth + 1);
    ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
  }
}

bool lock_now(int descriptor) {
  return retried([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == 0;
}

/// Whether the name in the folder still is what the descriptor has open.
bool is_named(int parent, const std::string& name, int descriptor) {
  struct stat info {
  }, named{};
  return ::fstat(descriptor, &info) == 0 && ::fstatat(parent, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         info.st_ino == named.st_ino && info.st_dev == named.st_dev && info.st_uid == ::geteuid();
}

void sweep(int parent, const std::string& prefix) {
  DIR* entries = ::fdopendir(::fcntl(parent, F_DUPFD_CLOEXEC, 0));
  if (!entries) return;
  ::rewinddir(entries);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries))
    if (const std::string name = entry->d_name;
        name.starts_with(prefix) && name.size() == prefix.size() + random_letters)
      names.push_back(name);
  ::closedir(entries);
  for (const std::string& name : names) {
    const Descriptor left = open_folder(parent, name.c_str());
    if (!left || !lock_now(left.get()) || !is_named(parent, name, left.get())) continue;
    empty_folder(left.get());
    ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
  }
}

bool flush(int descriptor) {
  return retried([&] { return ::fsync(descriptor); }) == 0 || errno == EINVAL || errno == EROFS;
}
}  // namespace

struct FolderOutput::Body {
  std::string shown, base, name;  // for messages; of the target; of the private folder
  Descriptor parent, own, out;
  std::map<std::string, Descriptor> folders;  // those made below out, open
  size_t files = 0;
  bool no_clobber = false, made = false;

  ~Body() {
    if (!made) return;
    folders.clear();
    empty_folder(own.get());
    ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
  }

  Error failed(const std::string& what) const { return Error(shown + ": " + what + ": " + h5::system_reason(errno)); }

  void check_target(const fs::path& target) const {
    std::error_code e;
    if (fs::symlink_status(target, e).type() == fs::file_type::not_found) return;
    if (!fs::is_directory(target, e)) throw Error(shown + ": is a file, this format writes a folder");
    if (no_clobber || !fs::is_empty(target, e))
      throw Error(shown + ": the folder exists and is not empty; remove it, or name another");
  }

  /// mkdtemp takes a path; the descriptor says that it is the same folder as `parent`.
  void make(const fs::path& place, const std::string& mark) {
    const std::string prefix = "." + base.substr(0, 200) + "." + mark + "-d";
    const bool can_lock = mark != unlocked_mark;
    if (can_lock) sweep(parent.get(), prefix);
    for (int tries = 0; tries < 100; ++tries) {
      std::string path = (place / (prefix + std::string(random_letters, 'X'))).string();
      const bool was_made = ::mkdtemp(path.data()) != nullptr;
      if (!was_made && errno == EINTR) continue;
      if (!was_made) throw failed("cannot make a folder there");
      name = fs::path(path).filename().string();
      own = open_folder(parent.get(), name.c_str());
      if (own && can_lock && !lock_now(own.get())) {
        ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
        return make(place, unlocked_mark);
      }
      made = own && is_named(parent.get(), name, own.get());  // else somebody swept it before it was locked
      if (!made) continue;
      if (retried([&] { return ::mkdirat(own.get(), inner, 0777); }) != 0 || !(out = open_folder(own.get(), inner)))
        throw failed("cannot make a folder there");
      return;
    }
    throw failed("cannot make a folder there");
  }

  int folder_for(const std::string& path) {
    if (path.empty()) return out.get();
    if (const auto known = folders.find(path); known != folders.end() && known->second) return known->second.get();
    const size_t slash = path.rfind('/');
    const int above = folder_for(slash == std::string::npos ? "" : path.substr(0, slash));
    const std::string last = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (last.empty() || last == "." || last == "..")
      throw Error(shown + ": '" + printable(path) + "' is no name for a folder");
    if (retried([&] { return ::mkdirat(above, last.c_str(), 0777); }) != 0 && errno != EEXIST)
      throw failed("cannot make the folder " + printable(path));
    Descriptor opened = open_folder(above, last.c_str());
    if (!opened) throw failed("cannot make the folder " + printable(path));
    constexpr size_t most_open = 256;  // the least recent need not stay open; they are opened again when wanted
    if (folders.size() >= most_open) close_folders();
    return (folders[path] = std::move(opened)).get();
  }

  void close_folders() {
    for (const auto& [path, folder] : folders)
      if (files <= flushed_singly && !flush(folder.get())) throw failed("cannot write the folder " + printable(path));
    folders.clear();
  }
};

FolderOutput::FolderOutput(const std::string& target, bool no_clobber) : body_(std::make_unique<Body>()) {
  Body& b = *body_;
  fs::path path = target;
  while (path.has_relative_path() && !path.has_filename()) path = path.parent_path();
  std::error_code e;
  b.shown = printable(target);
  if (fs::is_symlink(path, e))
    throw Error(b.shown +
                ": is a link, and a folder is not written through it; name the folder itself, or remove the link");
  b.base = path.filename().string();
  b.no_clobber = no_clobber;
  if (b.base.empty() || b.base == "." || b.base == "..") throw Error(b.shown + ": is no name for a new folder");
  b.check_target(path);
  const fs::path place = path.has_parent_path() ? path.parent_path() : fs::path(".");
  b.parent = Descriptor(retried([&] { return ::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!b.parent) throw b.failed("cannot make a folder there");
  const std::string mark = h5::boot_mark();
  b.make(place, mark.empty() ? unlocked_mark : mark);
}

FolderOutput::~FolderOutput() = default;

void FolderOutput::add(const std::string& name, std::span<const std::byte> bytes) {
  Body& b = *body_;
  const size_t slash = name.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : name.substr(0, slash);
  const std::string last = name.substr(slash == std::string::npos ? 0 : slash + 1);
  const int at = b.folder_for(folder);
  Descriptor file(
      retried([&] { return ::openat(at, last.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666); }));
  if (!file) throw b.failed("cannot make " + printable(name));
  h5::write_all(file.get(), bytes, b.shown + "/" + printable(name));
  if (++b.files <= flushed_singly && retried([&] { return ::fsync(file.get()); }) != 0)
    throw b.failed("cannot write " + printable(name));
  if (!file.close()) throw b.failed("cannot write " + printable(name));
}

void FolderOutput::commit() {
  Body& b = *body_;
  b.close_folders();
  if (!flush(b.out.get()) || (b.files > flushed_singly && retried([&] { return ::syncfs(b.out.get()); }) != 0))
    throw b.failed("cannot write");
  // An empty folder of that name is replaced, unless that must not be; some file systems cannot tell the difference.
  int moved =
      b.no_clobber
          ? retried([&] { return ::renameat2(b.own.get(), inner, b.parent.get(), b.base.c_str(), RENAME_NOREPLACE); })
          : -1;
  if (!b.no_clobber || (moved != 0 && errno == EINVAL))
    moved = retried([&] { return ::renameat(b.own.get(), inner, b.parent.get(), b.base.c_str()); });
  if (moved != 0) throw b.failed("cannot put the folder in place");
  ::unlinkat(b.parent.get(), b.name.c_str(), AT_REMOVEDIR);
  b.made = false;
  if (!flush(b.parent.get())) throw b.failed("written, but the folder around it cannot be flushed");
}

}  // namespace nn

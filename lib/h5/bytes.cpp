// SPDX-License-Identifier: MIT
#include "h5/bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/error.h"
#include "base/large_pages.h"
#include "base/log.h"
#include "h5/image.h"
#include "h5/reader.h"

namespace nn::h5 {
namespace {

struct Descriptor {
  int number;
  bool owned;
  ~Descriptor() {
    if (owned && number >= 0) ::close(number);
  }
};

constexpr size_t step = size_t{1} << 20;
constexpr size_t believed = size_t{1} << 30;  // a size that a stream states about itself is trusted up to here

// What to reserve: the size of the file, or what the superblock of a stream says, so that nothing is copied as it grows.
template <class Vector>
void grow(Vector& bytes, size_t used, const struct stat& info) {
  if (used == 0 && S_ISREG(info.st_mode)) reserve_large(bytes, static_cast<size_t>(std::max<off_t>(info.st_size, 0)) + step);
  if (used > 0 && bytes.capacity() == used)
    if (const auto end = stored_end(std::span(bytes).first(used)); end && *end >= used) reserve_large(bytes, std::min<size_t>(*end, believed) + step);
  const size_t room = bytes.capacity() > used ? std::min(bytes.capacity() - used, step) : step;
  bytes.resize(used + room);
}

/// Makes the pages: in read() the writer of a pipe would wait for that too.
template <class Byte>
void touch(std::span<Byte> bytes) {
  constexpr size_t page = 4096;
  for (size_t i = 0; i < bytes.size(); i += page) bytes[i] = Byte{0};
}

template <class Vector>
Vector read_all(int descriptor, const std::string& name, const struct stat& info) {
  Vector bytes;
  size_t used = 0;
  for (;;) {
    if (used == bytes.size()) {
      grow(bytes, used, info);
      touch(std::span(bytes.data() + used, bytes.size() - used));
    }
    const ssize_t got = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(name + ": cannot read: " + system_reason(errno));
    if (got == 0) break;
    used += static_cast<size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

template <class Vector>
ReadAs<Vector> read_as(const std::string& name) {
  ReadAs<Vector> source;
  const bool standard = name == "-";
  source.name = standard ? "standard input" : printable(name);
  const Descriptor descriptor{standard ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY), !standard};
  if (descriptor.number < 0) throw Error(source.name + ": cannot open: " + system_reason(errno));
  struct stat info {};
  if (::fstat(descriptor.number, &info) != 0) throw Error(source.name + ": cannot read: " + system_reason(errno));
  if (S_ISDIR(info.st_mode)) throw Error(source.name + ": is a folder, expected a file");
  if (::isatty(descriptor.number)) throw UsageError(source.name + " is a terminal; name a file, or put a command in front: nn-fetch mnist | ...");
  source.is_stream = standard || !S_ISREG(info.st_mode);
#ifdef F_SETPIPE_SZ
  // The writer need not wait for us so often. A refusal costs speed only.
  if (S_ISFIFO(info.st_mode)) ::fcntl(descriptor.number, F_SETPIPE_SZ, static_cast<int>(step));
#endif
  try {
    source.bytes = read_all<Vector>(descriptor.number, source.name, info);
  } catch (const std::bad_alloc&) {
    throw Error(source.name + ": too large for the memory of this machine");
  }
  return source;
}

}  // namespace

std::string system_reason(int number) { return std::generic_category().message(number); }

Source read_source(const std::string& name) { return read_as<Bytes>(name); }
std::vector<std::byte> read_bytes(const std::string& name) { return read_as<std::vector<std::byte>>(name).bytes; }

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EPIPE) {
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    if (put < 0) throw Error(what + ": cannot write: " + system_reason(errno));
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

}  // namespace nn::h5

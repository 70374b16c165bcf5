// SPDX-License-Identifier: MIT
#include "formats/first_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/retry.h"

namespace nn {
namespace {
constexpr size_t most = size_t{64} << 10;
constexpr size_t enough = 16;  // for every signature

/// tee(2) copies what stands in a pipe without taking it.
std::vector<std::byte> start_of_pipe(int descriptor) {
  std::array<int, 2> copy{};
  std::vector<std::byte> bytes(most);
  for (;;) {
    pollfd state{descriptor, POLLIN, 0};
    if (retried([&] { return ::poll(&state, 1, -1); }) < 0) return {};
    if (::pipe2(copy.data(), O_CLOEXEC) != 0) return {};
    const Descriptor out(copy[0]), in(copy[1]);
    const ssize_t there = retried([&] { return ::tee(descriptor, copy[1], most, 0); });
    if (there <= 0) return {};
    if (static_cast<size_t>(there) < enough && !(state.revents & POLLHUP)) {
      ::usleep(1000);  // the writer has only begun
      continue;
    }
    const ssize_t got = retried([&] { return ::read(copy[0], bytes.data(), bytes.size()); });
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }
}
}  // namespace

std::vector<std::byte> first_bytes(const std::string& input) {
  struct stat info {};
  const bool standard = input == "-";
  if ((standard ? ::fstat(STDIN_FILENO, &info) : ::stat(input.c_str(), &info)) != 0) return {};
  const bool pipe = S_ISFIFO(info.st_mode);
  // A named FIFO would lose its writer when this look at it is closed.
  if (!S_ISREG(info.st_mode) && !(pipe && (standard || input.starts_with("/dev/fd/") || input.starts_with("/proc/")))) return {};
  const Descriptor from{standard ? STDIN_FILENO : retried([&] { return ::open(input.c_str(), O_RDONLY | O_CLOEXEC); }), !standard};
  if (from.get() < 0) return {};
  if (pipe) return start_of_pipe(from.get());
  std::vector<std::byte> bytes(most);
  const off_t start = standard ? ::lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
  const ssize_t got = retried([&] { return ::pread(from.get(), bytes.data(), bytes.size(), start); });
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

std::vector<std::byte> start_of_gzip(std::span<const std::byte> bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw Error("gzip: zlib did not start");
  std::vector<std::byte> out(4096);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  (void)inflate(&stream, Z_SYNC_FLUSH);  // damage is found by who reads it all
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace nn

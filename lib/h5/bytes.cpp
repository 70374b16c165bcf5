// SPDX-License-Identifier: MIT
#include "h5/bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/log.h"
#include "base/system/large_pages.h"
#include "base/system/retry.h"
#include "base/text/file_type.h"
#include "h5/image.h"
#include "h5/reading/reader.h"

namespace nn::h5 {
namespace {

constexpr size_t head = 4096, step = size_t{1} << 20;
constexpr size_t believed = size_t{1} << 30;  // a size that a stream states about itself is trusted up to here

/// Looks at the bytes that have come so far. Error when they are foreign; else the size of the whole, once it is known.
using Look = std::optional<uint64_t> (*)(std::span<const std::byte> bytes, const std::string& name);

std::optional<uint64_t> look_at_anything(std::span<const std::byte>, const std::string&) { return {}; }

std::optional<uint64_t> look_at_image(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() >= signature_size) check_signature(bytes, name);
  return stored_end(bytes);
}

/// Makes the pages: in read() the writer of a pipe would wait for that too.
template <class Byte>
void touch(std::span<Byte> bytes) {
  constexpr size_t page = 4096;
  for (size_t i = 0; i < bytes.size(); i += page) bytes[i] = Byte{0};
}

template <class Vector>
class Reading {
 public:
  Reading(int descriptor, const ReadAs<Vector>& source, Look look, const Budget& budget)
      : descriptor_(descriptor), source_(source), look_(look), budget_(budget) {}

  Vector all() {
    while (!(end_ && used_ > *end_)) {
      if (used_ == bytes_.size()) grow();
      const ssize_t got = retried([&] { return ::read(descriptor_, bytes_.data() + used_, bytes_.size() - used_); });
      if (got < 0) throw Error(source_.name + ": cannot read: " + system_reason(errno));
      if (got == 0) break;
      used_ += static_cast<size_t>(got);
      if (!end_) end_ = look_(std::span<const std::byte>(bytes_).first(used_), source_.name);
    }
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  // What to reserve: the size of the file, or what the superblock of a stream says, so that nothing is copied as it
  // grows.
  void grow() {
    if (used_ > 0 && !reserved_) {
      const uint64_t whole = !source_.is_stream ? source_.size : end_ ? std::min<uint64_t>(*end_, believed) : 0;
      const uint64_t wanted = end_ ? std::min(whole, *end_) : whole;
      if (wanted > used_) {
        budget_.ask(wanted, source_.name);
        reserve_large(bytes_, static_cast<size_t>(wanted) + step);
      }
      reserved_ = true;
    }
    if (bytes_.capacity() == used_ && used_ >= step) budget_.ask(2 * uint64_t{used_}, source_.name);
    const size_t room = used_ == 0                  ? head
                        : bytes_.capacity() > used_ ? std::min(bytes_.capacity() - used_, step)
                                                    : step;
    bytes_.resize(used_ + room);
    touch(std::span(bytes_.data() + used_, room));
  }

  int descriptor_;
  const ReadAs<Vector>& source_;
  Look look_;
  const Budget& budget_;
  Vector bytes_;
  size_t used_ = 0;
  bool reserved_ = false;
  std::optional<uint64_t> end_;
};

constexpr const char* of_folder = "; nn-convert makes a dataset of a folder of pictures, tables or arrays";

template <class Vector>
ReadAs<Vector> read_as(const std::string& name, Look look, const Budget& budget) {
  ReadAs<Vector> source;
  const bool standard = name == "-";
  source.name = standard ? "standard input" : printable(name);
  struct stat info {};
  if (!standard && ::stat(name.c_str(), &info) == 0) check_file_type(info, source.name, of_folder);
  if (standard && ::isatty(STDIN_FILENO)) refuse_terminal(source.name);
  const Descriptor descriptor{
      standard ? STDIN_FILENO : retried([&] { return ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY); }),
      !standard};
  if (descriptor.get() < 0) throw Error(source.name + ": cannot open: " + system_reason(errno));
  if (::fstat(descriptor.get(), &info) != 0) throw Error(source.name + ": cannot read: " + system_reason(errno));
  check_file_type(info, source.name, of_folder);
  source.is_stream = standard || !S_ISREG(info.st_mode);
#ifdef F_SETPIPE_SZ
  // The writer need not wait for us so often. A refusal costs speed only.
  if (S_ISFIFO(info.st_mode)) ::fcntl(descriptor.get(), F_SETPIPE_SZ, static_cast<int>(step));
#endif
  source.size = S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
  try {
    source.bytes = Reading<Vector>(descriptor.get(), source, look, budget).all();
  } catch (const std::bad_alloc&) {
    throw Error(source.name + ": too large for the memory of this machine");
  }
  return source;
}

}  // namespace

std::string system_reason(int number) { return std::generic_category().message(number); }

Source read_image(const std::string& name, const Budget& budget) { return read_as<Bytes>(name, look_at_image, budget); }

std::optional<LargeFile> open_large(const std::string& name, uint64_t least) {
  struct stat info {};
  const auto is_large = [&] { return S_ISREG(info.st_mode) && static_cast<uint64_t>(info.st_size) >= least; };
  if (name == "-" || ::stat(name.c_str(), &info) != 0 || !is_large()) return {};
  LargeFile file{Descriptor{retried([&] { return ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY); })},
                 printable(name)};
  if (!file.descriptor) throw Error(file.name + ": cannot open: " + system_reason(errno));
  if (::fstat(file.descriptor.get(), &info) != 0) throw Error(file.name + ": cannot read: " + system_reason(errno));
  if (!is_large()) return {};
  file.size = static_cast<uint64_t>(info.st_size);
  return file;
}

std::vector<std::byte> read_bytes(const std::string& name, const Budget& budget) {
  return read_as<std::vector<std::byte>>(name, look_at_anything, budget).bytes;
}

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t put = retried([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (put < 0 && errno == EPIPE) {
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    if (put < 0) throw Error(what + ": cannot write: " + system_reason(errno));
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

}  // namespace nn::h5

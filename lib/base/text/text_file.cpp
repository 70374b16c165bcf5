// SPDX-License-Identifier: MIT
#include "base/text/text_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "base/text/file_type.h"
#include "base/text/utf8.h"

namespace nn {

std::string read_text_file(const std::string& file, const char* what, size_t most) {
  const auto fail = [&](const std::string& why) -> Error { return Error(printable(file) + ": " + why); };
  struct stat info {};
  // Opening a device can act on it.
  if (::stat(file.c_str(), &info) != 0) throw fail(std::strerror(errno));
  check_file_type(info, printable(file));
  const Descriptor in{retried([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); })};
  if (in.get() < 0) throw fail(std::strerror(errno));
  std::string text;
  constexpr size_t piece = 65536;
  while (text.size() <= most) {
    const size_t begin = text.size();
    text.resize(begin + std::min(piece, most + 1 - begin));
    const ssize_t n = retried([&] { return ::read(in.get(), text.data() + begin, text.size() - begin); });
    if (n < 0) throw fail(std::strerror(errno));
    text.resize(begin + static_cast<size_t>(n));
    if (n == 0) break;
  }
  if (text.size() > most)
    throw UsageError(fmt::format("{}: expected {} (at most {} bytes), found more", printable(file), what, most));
  text.erase(0, text.size() - without_mark(text).size());
  return text;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <cstdio>

#include "base/text/printable.h"
#include "base/text/url.h"

namespace nn {
namespace {

constexpr size_t longest = 4096, kept_at_end = 1024;  // bytes of a message; what to do stands at its end

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// The middle is left out of a message that is longer than anyone reads.
std::string shortened(const std::string& line) {
  if (line.size() <= longest) return line;
  size_t head = longest - kept_at_end, tail = line.size() - kept_at_end;
  while (!begins_character(line[head])) --head;
  while (tail < line.size() && !begins_character(line[tail])) ++tail;
  return line.substr(0, head) + " ... " + line.substr(tail);
}

// One call a line, so that lines of several processes on one terminal do not mix. A message is one line, whatever file,
// name or library its words come from.
void put(const std::string& message) {
  const std::string line = shortened(printable(without_credentials(message))) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

void Log::error(const std::string& message) const { put(tool_ + ": " + message); }

void Log::warning(const std::string& message) const {
  if (level_ >= -1) put(tool_ + ": warning: " + message);
}

void Log::note(const std::string& message) const {
  if (level_ >= 0) put(tool_ + ": note: " + message);
}

void Log::info(const std::string& message) const {
  if (level_ >= 0) put(message);
}

void Log::detail(const std::string& message) const {
  if (level_ >= 1) put(tool_ + ": " + message);
}

}  // namespace nn

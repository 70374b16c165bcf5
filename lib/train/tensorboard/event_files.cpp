// SPDX-License-Identifier: MIT
#include "train/tensorboard/event_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "train/tensorboard/events.pb.h"
#include "train/tensorboard/record.h"

namespace nn::tensorboard {
namespace {

namespace fs = std::filesystem;

/// -1 for names of another kind.
int64_t seconds_in(const std::string& name) {
  constexpr std::string_view mark = "events.out.tfevents.";
  if (!name.starts_with(mark)) return -1;
  const std::string digits = name.substr(mark.size(), name.find('.', mark.size()) - mark.size());
  if (digits.size() != 10 || digits.find_first_not_of("0123456789") != std::string::npos) return -1;
  return std::stoll(digits);
}

/// The next whole record with right sums; its bytes without the frame. False at the end and at damage.
bool next_record(std::ifstream& in, std::string& bytes) {
  std::string head(12, '\0');
  if (!in.read(head.data(), 12)) return false;
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(head[i]);
  if (length > (uint64_t{1} << 30)) return false;
  bytes.resize(static_cast<size_t>(length) + 4);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return false;
  const std::string sum = bytes.substr(length);
  bytes.resize(length);
  const std::string frame = framed(bytes);
  return frame.compare(0, 12, head) == 0 && frame.compare(frame.size() - 4, 4, sum) == 0;
}

void cut_file(const std::string& file, int64_t step) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes;
  for (uintmax_t begin = 0; next_record(in, bytes); begin += bytes.size() + 16) {
    Event event;
    if (!event.ParseFromString(bytes)) return;
    if (!event.has_summary() || event.step() < step) continue;
    std::error_code ignored;
    fs::resize_file(file, begin, ignored);
    return;
  }
}

}  // namespace

std::vector<std::string> event_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    if (seconds_in(entry.path().filename()) >= 0) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

int64_t latest_seconds(const std::string& folder) {
  const std::vector<std::string> files = event_files(folder);
  return files.empty() ? -1 : seconds_in(fs::path(files.back()).filename());
}

void cut_from(const std::string& folder, int64_t step) {
  for (const std::string& file : event_files(folder)) cut_file(file, step);
}

}  // namespace nn::tensorboard

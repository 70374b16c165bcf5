// SPDX-License-Identifier: MIT
#include "data/fetch/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/text/url.h"
#include "data/fetch/cache.h"
#include "data/fetch/download.h"

namespace nn {
namespace {

/// Waits before another round: 1, 2, 4... 16 seconds, or longer where a server asked for it.
void wait_before(int round, int64_t asked, const FetchOptions& options) {
  const auto seconds = std::max<int64_t>(asked, int64_t{1} << std::min(round - 1, 4));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (options.interrupted && options.interrupted()) throw Error("interrupted");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string joined(std::string folder, const std::string& name) {
  while (folder.ends_with("/")) folder.pop_back();
  return folder + "/" + name;
}

/// Of a mirror's address or of what its server says.
std::string shown(const std::string& text) { return printable(without_credentials(text)); }

}  // namespace

std::string default_cache() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/') return std::string(cache) + "/nn";
  if (const char* home = std::getenv("HOME"); home && *home == '/') return std::string(home) + "/.cache/nn";
  return "";
}

std::vector<std::string> fetch_folders(const std::string& name, const std::string& mirror) {
  std::vector<std::string> folders;
  if (const std::string cache = default_cache(); !cache.empty()) folders.push_back(cache);
  constexpr std::string_view scheme = "file://";
  if (name.empty() || !mirror.starts_with(scheme)) return folders;
  const size_t slash = mirror.find('/', scheme.size());  // what stands in front of it is a host
  if (slash == std::string::npos) return folders;
  std::string folder;
  for (size_t i = slash; i < mirror.size(); ++i) {
    unsigned code = 0;
    const bool coded = mirror[i] == '%' && i + 2 < mirror.size() &&
                       std::from_chars(&mirror[i + 1], &mirror[i + 1] + 2, code, 16).ptr == &mirror[i + 1] + 2;
    folder += coded ? static_cast<char>(code) : mirror[i];
    i += coded ? 2 : 0;
  }
  folders.push_back(joined(folder, name));
  return folders;
}

std::vector<std::string> folders_of_dataset(const std::string& name) {
  const char* mirror = std::getenv("NN_MIRROR");
  return fetch_folders(name, mirror ? mirror : "");
}

std::vector<std::byte> fetch(const CatalogueEntry& entry, const CatalogueFile& file, const FetchOptions& options) {
  const Cache cache(options.cache.empty() ? default_cache() : options.cache, options.log);
  if (auto kept = cache.find(file.sha256, file.size)) return std::move(*kept);
  std::vector<std::string> urls;
  for (const std::string& mirror : options.mirrors) urls.push_back(joined(joined(mirror, entry.name), file.name));
  for (const std::string& mirror : file.mirrors.value_or(entry.mirrors)) urls.push_back(joined(mirror, file.name));
  DownloadOptions how{options.offline, {}, options.interrupted};
  if (options.progress) how.progress = [&](int64_t done) { options.progress(file.name, done, file.size); };
  std::string faults;
  int64_t asked = 0;
  for (int round = 0; round < std::max(1, options.rounds); ++round) {
    if (round > 0) wait_before(round, asked, options);
    faults.clear();
    asked = 0;
    bool passing = false;
    for (const std::string& url : urls) {
      Answer answer = download(url, file.size, file.sha256, how);
      if (answer.fault.empty()) {
        cache.store(file.sha256, answer.bytes);
        return std::move(answer.bytes);
      }
      const bool too_long = answer.retry_after > options.patience;
      if (too_long) answer.fault += fmt::format("; it asks to be left alone for {} s", answer.retry_after);
      if (options.log) options.log->detail(fmt::format("{}: {}", shown(url), shown(answer.fault)));
      faults += fmt::format("{}{}: {}", faults.empty() ? "" : ", ", shown(url), shown(answer.fault));
      if (!answer.passing || too_long) continue;
      passing = true;
      asked = std::max(asked, answer.retry_after);
    }
    if (!passing) break;
  }
  throw Error(fmt::format(
      "{}/{} is not available from any mirror: {}; to use a copy of yours, --mirror file:///FOLDER (FOLDER/{}/{})",
      entry.name, file.name, faults.empty() ? "none is known" : faults, entry.name, file.name));
}

}  // namespace nn

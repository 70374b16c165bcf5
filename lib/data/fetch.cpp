// SPDX-License-Identifier: MIT
#include "data/fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/sha256.h"
#include "data/cache.h"

namespace nn {
namespace {

constexpr long connect_seconds = 15, stall_seconds = 30, stall_bytes = 1000, most_redirects = 5;

/// Where one try ended: bytes, or why not and whether another try may help.
struct Answer {
  std::vector<std::byte> bytes;
  std::string fault;
  bool passing = false;
};

struct Download {
  Answer answer;
  const CatalogueFile* file = nullptr;
  const FetchOptions* options = nullptr;
  bool too_long = false;
};

size_t on_bytes(char* data, size_t, size_t n, void* user) {
  auto& d = *static_cast<Download*>(user);
  if (d.answer.bytes.size() + n > static_cast<size_t>(d.file->size)) {
    d.too_long = true;
    return 0;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  d.answer.bytes.insert(d.answer.bytes.end(), bytes, bytes + n);
  if (d.options->progress) d.options->progress(d.file->name, static_cast<int64_t>(d.answer.bytes.size()), d.file->size);
  return n;
}

int on_tick(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& options = *static_cast<Download*>(user)->options;
  return options.interrupted && options.interrupted() ? 1 : 0;
}

std::string scheme_fault(const std::string& url, bool offline) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    const bool ok = curl_url_get(parts.get(), which, &text, 0) == CURLUE_OK;
    std::string value = ok ? text : "";
    curl_free(text);
    return value;
  };
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return "not a URL (https://... or file:///...)";
  const std::string scheme = part(CURLUPART_SCHEME), host = part(CURLUPART_HOST);
  if (scheme == "file") return "";
  if (offline) return "not asked (offline)";
  const bool loopback = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  if (scheme == "https" || (scheme == "http" && loopback)) return "";
  return fmt::format("{}:// is not allowed, only https:// and file://", scheme);
}

bool is_passing(CURLcode code, long status) {
  if (code == CURLE_HTTP_RETURNED_ERROR) return status == 408 || status == 429 || status >= 500;
  constexpr CURLcode may_pass[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
                                   CURLE_SEND_ERROR,           CURLE_RECV_ERROR,      CURLE_PARTIAL_FILE,       CURLE_SSL_CONNECT_ERROR};
  return std::find(std::begin(may_pass), std::end(may_pass), code) != std::end(may_pass);
}

void set_up(CURL* curl, const std::string& url, Download& download, char* message) {
  const auto must = [](CURLcode code) {
    if (code != CURLE_OK) throw Error(fmt::format("libcurl: {}", curl_easy_strerror(code)));
  };
  must(curl_easy_setopt(curl, CURLOPT_URL, url.c_str()));
  must(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file"));
  must(curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https"));
  must(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L));
  must(curl_easy_setopt(curl, CURLOPT_MAXREDIRS, most_redirects));
  must(curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L));
  must(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
  must(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds));
  must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, stall_bytes));
  must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds));
  must(curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(download.file->size)));
  must(curl_easy_setopt(curl, CURLOPT_USERAGENT, "nn-fetch"));
  must(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message));
  must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes));
  must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &download));
  must(curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L));
  must(curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_tick));
  must(curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &download));
}

Answer download_from(const std::string& url, const CatalogueFile& file, const FetchOptions& options) {
  Download download;
  download.file = &file;
  download.options = &options;
  Answer& answer = download.answer;
  answer.fault = scheme_fault(url, options.offline);
  if (!answer.fault.empty()) return answer;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw Error("libcurl did not start");
  char message[CURL_ERROR_SIZE] = "";
  set_up(curl.get(), url, download, message);
  answer.bytes.reserve(static_cast<size_t>(std::min<int64_t>(file.size, int64_t{1} << 28)));
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_ABORTED_BY_CALLBACK) throw Error("interrupted");
  if (download.too_long || code == CURLE_FILESIZE_EXCEEDED) answer.fault = fmt::format("wrong size: more than the {} bytes expected", file.size);
  else if (code != CURLE_OK) answer.fault = *message ? message : curl_easy_strerror(code), answer.passing = is_passing(code, status);
  else if (static_cast<int64_t>(answer.bytes.size()) != file.size) answer.fault = fmt::format("wrong size: expected {} bytes, found {}", file.size, answer.bytes.size());
  else if (const std::string found = sha256_hex(answer.bytes); found != file.sha256) answer.fault = fmt::format("wrong SHA-256: expected {}, found {}", file.sha256, found);
  if (!answer.fault.empty()) answer.bytes.clear();
  return answer;
}

/// Waits before another round; false when told to stop.
void wait_before(int round, const FetchOptions& options) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1 << std::min(round - 1, 4));
  while (std::chrono::steady_clock::now() < end) {
    if (options.interrupted && options.interrupted()) throw Error("interrupted");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string joined(std::string folder, const std::string& name) {
  while (folder.ends_with("/")) folder.pop_back();
  return folder + "/" + name;
}

}  // namespace

std::string default_cache() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/') return std::string(cache) + "/nn";
  if (const char* home = std::getenv("HOME"); home && *home == '/') return std::string(home) + "/.cache/nn";
  return "";
}

std::vector<std::byte> fetch(const CatalogueEntry& entry, const CatalogueFile& file, const FetchOptions& options) {
  const Cache cache(options.cache.empty() ? default_cache() : options.cache, options.log);
  if (auto kept = cache.find(file.sha256, file.size)) return std::move(*kept);
  std::vector<std::string> urls;
  for (const std::string& mirror : options.mirrors) urls.push_back(joined(joined(mirror, entry.name), file.name));
  for (const std::string& mirror : entry.mirrors) urls.push_back(joined(mirror, file.name));
  std::string faults;
  for (int round = 0; round < std::max(1, options.rounds); ++round) {
    if (round > 0) wait_before(round, options);
    faults.clear();
    bool passing = false;
    for (const std::string& url : urls) {
      Answer answer = download_from(url, file, options);
      if (answer.fault.empty()) {
        cache.store(file.sha256, answer.bytes);
        return std::move(answer.bytes);
      }
      if (options.log) options.log->detail(fmt::format("{}: {}", printable(url), printable(answer.fault)));
      faults += fmt::format("\n  {}: {}", printable(url), printable(answer.fault));
      passing = passing || answer.passing;
    }
    if (!passing) break;
  }
  throw Error(fmt::format("{}/{} could not be had from any mirror:{}\n  a copy at hand is used with --mirror file:///FOLDER (FOLDER/{}/{})", entry.name, file.name, faults, entry.name, file.name));
}

}  // namespace nn

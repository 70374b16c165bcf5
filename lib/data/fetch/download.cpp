// SPDX-License-Identifier: MIT
#include "data/fetch/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text/url.h"

namespace nn {
namespace {

constexpr long connect_seconds = 15, stall_seconds = 30, stall_bytes = 1000;
constexpr int most_redirects = 5;

struct Transfer {
  const DownloadOptions* options = nullptr;
  int64_t size = 0;
  std::vector<std::byte> bytes;
  bool too_long = false;
};

size_t on_bytes(char* data, size_t, size_t n, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  if (t.bytes.size() + n > static_cast<size_t>(t.size)) {
    t.too_long = true;
    return 0;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  t.bytes.insert(t.bytes.end(), bytes, bytes + n);
  if (t.options->progress) t.options->progress(static_cast<int64_t>(t.bytes.size()));
  return n;
}

int on_tick(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& options = *static_cast<Transfer*>(user)->options;
  return options.interrupted && options.interrupted() ? 1 : 0;
}

struct Place {
  std::string scheme;
  bool loopback = false;
};

/// The scheme is empty when it is not a URL.
Place place_of(const std::string& url) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    const bool ok = curl_url_get(parts.get(), which, &text, 0) == CURLUE_OK;
    std::string value = ok ? text : "";
    curl_free(text);
    return value;
  };
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  const std::string host = part(CURLUPART_HOST);
  return {part(CURLUPART_SCHEME), host == "localhost" || host == "127.0.0.1" || host == "[::1]"};
}

std::string scheme_fault(const std::string& url, bool offline) {
  const Place at = place_of(url);
  if (at.scheme.empty()) return "not a URL (https://... or file:///...)";
  if (at.scheme == "file") return "";
  if (offline) return "not asked (offline)";
  if (at.scheme == "https" || (at.scheme == "http" && at.loopback)) return "";
  return fmt::format("{}:// is not allowed, only https:// and file://", at.scheme);
}

std::string redirect_fault(const std::string& from, const std::string& to) {
  const Place a = place_of(from), b = place_of(to);
  if (b.scheme == "https") return "";
  if (b.scheme == "http" && b.loopback && a.scheme == "http") return "";
  // Without its query: that may hold a key to the file.
  return fmt::format("redirected to {}, which is not https://",
                     printable(without_credentials(to.substr(0, to.find('?')))));
}

bool is_passing(CURLcode code, long status) {
  if (code == CURLE_HTTP_RETURNED_ERROR) return status == 408 || status == 425 || status == 429 || status >= 500;
  constexpr CURLcode may_pass[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,  CURLE_OPERATION_TIMEDOUT,
                                   CURLE_GOT_NOTHING,          CURLE_SEND_ERROR,       CURLE_RECV_ERROR,
                                   CURLE_PARTIAL_FILE,         CURLE_SSL_CONNECT_ERROR};
  return std::find(std::begin(may_pass), std::end(may_pass), code) != std::end(may_pass);
}

const char* meaning_of(long status) {
  switch (status) {
    case 401:
    case 403:
      return " (not allowed)";
    case 404:
    case 410:
      return " (no such file there)";
    case 429:
      return " (asked too often)";
    case 503:
      return " (not available now)";
    default:
      return "";
  }
}

void set_up(CURL* curl, const std::string& url, Transfer& transfer, char* message) {
  const auto must = [](CURLcode code) {
    if (code != CURLE_OK) throw Error(fmt::format("libcurl: {}", curl_easy_strerror(code)));
  };
  must(curl_easy_setopt(curl, CURLOPT_URL, url.c_str()));
  must(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file"));
  must(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L));  // each hop is looked at here
  if (place_of(url).loopback) must(curl_easy_setopt(curl, CURLOPT_PROXY, ""));
  must(curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L));
  must(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
  must(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds));
  must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, stall_bytes));
  must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds));
  must(curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(transfer.size)));
  must(curl_easy_setopt(curl, CURLOPT_USERAGENT, "nn-fetch"));
  must(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message));
  must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes));
  must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer));
  must(curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L));
  must(curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_tick));
  must(curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer));
}

/// One request; `next` is where a redirect points to.
Answer ask(const std::string& url, int64_t size, const DownloadOptions& options, std::string& next) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw Error("libcurl did not start");
  Transfer transfer{&options, size, {}, false};
  char message[CURL_ERROR_SIZE] = "";
  set_up(curl.get(), url, transfer, message);
  transfer.bytes.reserve(static_cast<size_t>(std::min<int64_t>(size, int64_t{1} << 28)));
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_off_t wait = 0;
  char* to = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &wait);
  curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &to);
  if (code == CURLE_ABORTED_BY_CALLBACK) throw Error("interrupted");
  // What a redirect says besides its address is of no interest, whatever its size.
  if (to) next = to;
  Answer answer;
  if (to) return answer;
  if (transfer.too_long || code == CURLE_FILESIZE_EXCEEDED)
    answer.fault = fmt::format("wrong size: more than the {} bytes expected", size);
  else if (code == CURLE_HTTP_RETURNED_ERROR)
    answer.fault = fmt::format("HTTP {}{}", status, meaning_of(status));
  else if (code != CURLE_OK)
    answer.fault = *message ? message : curl_easy_strerror(code);
  answer.passing = code != CURLE_OK && is_passing(code, status);
  if (answer.passing) answer.retry_after = wait;
  answer.bytes = std::move(transfer.bytes);
  return answer;
}

}  // namespace

Answer download(const std::string& url, int64_t size, const std::string& sha256, const DownloadOptions& options) {
  Answer answer;
  answer.fault = scheme_fault(url, options.offline);
  std::string at = url;
  for (int hops = 0; answer.fault.empty(); ++hops) {
    std::string next;
    answer = ask(at, size, options, next);
    if (next.empty()) break;
    if (hops == most_redirects)
      answer.fault = fmt::format("more than {} redirects", most_redirects);
    else
      answer.fault = redirect_fault(at, next);
    at = next;
  }
  if (answer.fault.empty()) {
    const auto count = static_cast<int64_t>(answer.bytes.size());
    if (count != size)
      answer.fault = fmt::format("wrong size: expected {} bytes, found {}", size, count);
    else if (const std::string found = sha256_hex(answer.bytes); found != sha256)
      answer.fault = fmt::format("wrong SHA-256: expected {}, found {}", sha256, found);
  }
  if (!answer.fault.empty()) answer.bytes.clear();
  return answer;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "cli/environment.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "base/system/threads.h"
#include "base/text/number.h"
#include "h5/provenance.h"

namespace nn::cli {
namespace {

/// Empty when it is not set.
std::string value_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? text : "";
}

void check_mirror(const std::string& url) {
  constexpr std::array schemes{"https://", "http://", "file://"};
  if (url.empty() || std::any_of(schemes.begin(), schemes.end(), [&](const char* s) { return url.starts_with(s); }))
    return;
  throw UsageError("NN_MIRROR: expected a URL that begins with https://, http:// or file://");
}

void check_share(const std::string& folder) {
  std::error_code failure;
  if (!folder.empty() && !std::filesystem::is_directory(folder, failure))
    throw UsageError("NN_SHARE: expected a folder, found '" + printable(folder) + "'");
}

}  // namespace

void check_environment(const ToolInfo& info, const std::string& device) {
  h5::source_date_epoch();
  usable_cpus();
  check_mirror(value_of("NN_MIRROR"));
  check_share(value_of("NN_SHARE"));
  if (const std::string text = value_of("NN_OFFLINE"); !text.empty()) {
    bool offline = false;
    in_context("NN_OFFLINE", [&] { parse_value(text, offline); });
  }
  if (info.devices.libraries && !value_of("NN_ISA").empty()) info.devices.libraries(device);
}

}  // namespace nn::cli

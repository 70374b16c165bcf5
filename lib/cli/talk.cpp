// SPDX-License-Identifier: MIT
#include "cli/talk.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace nn::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// ", 0.25 s" under -vv.
std::string time_since(const Run::Body& body, Clock::time_point since) {
  if (body.log.level() < 2) return "";
  return fmt::format(", {:.2f} s", std::chrono::duration<double>(Clock::now() - since).count());
}

/// "; train 1437 of 1x8x8, val 360 of 1x8x8"
std::string splits_text(const h5::Reader& file) {
  std::string text;
  for (const std::string& split : file.children())
    for (const char* samples : {"/images", "/features"}) {
      const std::string path = "/" + split + samples;
      if (!file.is_group("/" + split) || !file.has(path) || file.is_group(path)) continue;
      const Shape shape = file.shape(path);
      if (shape.rank() > 1)
        text += fmt::format("{}{} {} of {}", text.empty() ? "; " : ", ", printable(split), shape[0],
                            shape.without_first().text());
    }
  return text;
}

}  // namespace

void tell_settings(const Run::Body& body) {
  const Devices& devices = body.info.devices;
  const bool computes =
      body.info.has_device && (devices.with_option.empty() || body.options.given(devices.with_option));
  if (computes && devices.automatic && body.common.device == "auto") body.log.note(devices.automatic());
  if (body.log.level() < 1) return;
  if (computes && devices.libraries) {
    std::string what = devices.instructions(body.common.device);
    for (const std::string& library : devices.libraries(body.common.device))
      what += (what.empty() ? "" : ", ") + library;
    body.log.detail(fmt::format("device {}{}; threads: {}", body.common.device, what.empty() ? "" : " (" + what + ")",
                                body.common.threads));
  }
  body.log.detail("memory: at most " + size_text(body.budget.bytes()));
}

void tell_input(const Run::Body& body, const h5::Reader& file, Clock::time_point since) {
  if (body.log.level() < 1) return;
  std::error_code failure;
  const auto size =
      std::filesystem::is_regular_file(file.name(), failure) ? std::filesystem::file_size(file.name(), failure) : 0;
  const std::string kind = file.kind();
  body.log.detail(fmt::format("read {}: {}{}{}{}", printable(file.name()), kind, size ? ", " + size_text(size) : "",
                              kind == "dataset" ? splits_text(file) : "", time_since(body, since)));
}

void tell_outputs(const Run::Body& body) {
  if (body.log.level() < 1) return;
  for (const Option& o : body.options.all()) {
    if (o.file != Option::File::written || (o.name != "output" && !o.operand)) continue;
    for (const std::string& name : o.files()) {
      std::error_code failure;
      if (std::find(body.kept.begin(), body.kept.end(), name) != body.kept.end())
        body.log.detail(printable(name) + ": the content is the same, the file stays as it was");
      else if (std::filesystem::is_regular_file(name, failure))
        body.log.detail(fmt::format("wrote {}: {}{}", printable(name),
                                    size_text(std::filesystem::file_size(name, failure)),
                                    time_since(body, body.start)));
    }
  }
}

}  // namespace nn::cli

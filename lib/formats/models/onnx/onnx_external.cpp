// SPDX-License-Identifier: MIT
#include "formats/models/onnx/onnx_external.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "base/log.h"
#include "base/text/number.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

bool lies_in(const fs::path& file, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end() && rest != file.end();
}

fs::path checked(const std::string& location, const std::string& folder) {
  if (folder.empty())
    throw Error("its values lie in '" + short_name(location) + "', beside a file: give the file's name");
  const fs::path relative(location);
  const bool climbs = std::find(relative.begin(), relative.end(), fs::path("..")) != relative.end();
  if (location.empty() || location.find('\0') != std::string::npos || relative.is_absolute() || climbs)
    throw Error("its values lie in '" + short_name(location) + "', outside the folder of the model: refused");
  std::error_code none;
  const fs::path whole = fs::canonical(fs::path(folder) / relative, none);
  if (none) throw Error("its values lie in '" + short_name(location) + "', and there is no such file beside the model");
  std::error_code ignored;
  if (!lies_in(whole, fs::canonical(folder, ignored)))
    throw Error("its values lie in '" + short_name(location) +
                "', a link that leads out of the model's folder: refused");
  if (!fs::is_regular_file(whole, ignored))
    throw Error("its values lie in '" + short_name(location) + "', no plain file");
  return whole;
}

}  // namespace

std::string external_bytes(const onnx::TensorProto& proto, uint64_t bytes, const OnnxPlace& place) {
  std::string location;
  uint64_t offset = 0, length = bytes;
  for (const onnx::StringStringEntryProto& entry : proto.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") in_context("external offset", [&] { parse_value(entry.value(), offset); });
    if (entry.key() == "length") in_context("external length", [&] { parse_value(entry.value(), length); });
  }
  const fs::path file = checked(location, place.folder);
  std::error_code ignored;
  const uint64_t size = fs::file_size(file, ignored);
  if (length != bytes || offset > size || size - offset < bytes)
    throw Error("its values lie at byte " + value_text(offset) + " of '" + short_name(location) + "', which has " +
                value_text(size) + " bytes; " + value_text(bytes) + " are needed");
  place.budget.ask(bytes, "values in '" + short_name(location) + "'");
  std::string read(bytes, '\0');
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  if (!in.read(read.data(), static_cast<std::streamsize>(bytes)))
    throw Error("'" + short_name(location) + "' cannot be read");
  return read;
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// The bytes of a foreign file, read once and no further than they can be of use.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "formats/format.h"

namespace nn {

/// A named pipe, kept open from the first look at it: it cannot be opened again.
struct OpenedPipe {
  std::string name;
  Descriptor descriptor;
};
/// Opens a named pipe; null for anything else.
std::shared_ptr<const OpenedPipe> opened_pipe(const std::string& input);
/// For messages: "standard input" for "-".
std::string shown_name(const std::string& input);
/// Up to 64 KiB from the start of the input, which stay there.
std::vector<std::byte> start_of(const std::string& input, const FormatOptions& options);

constexpr size_t longest_line = size_t{16} << 20;  ///< of text

/// All bytes of a file or of "-". The budget is asked as they come, and no more are read than a header of IDX or NumPy
/// promises, and few beyond. Of what does not begin as its content must, only the start is read: who parses it says
/// what is wrong.
extern const Content any_content;
extern const Content text_content;
extern const Content list_content;  ///< a text with a name a line
std::vector<std::byte> input_bytes(const std::string& input, const FormatOptions& options,
                                   const Content& content = any_content);
/// The same, unpacked as they come when they are gzip. Error for a line of text that is longer than longest_line.
std::vector<std::byte> unpacked_bytes(const std::string& input, const FormatOptions& options, const Content& content);

}  // namespace nn

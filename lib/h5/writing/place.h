// SPDX-License-Identifier: MIT
// Steps of putting a finished file in its place, and where it goes when that is not possible.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace nn::h5 {

/// $TMPDIR, or /tmp.
std::string spare_folder();

/// Whether the name still is that of the open file.
bool leads_to(const std::filesystem::path& name, int descriptor);
/// Removes an open file whose folder was moved, where the system tells its name.
void remove_by_descriptor(int descriptor);

/// rename(2); when it must not replace, an existing `to` is EEXIST. Returns errno, 0 when done.
int move_into_place(const std::filesystem::path& from, const std::filesystem::path& to, bool replace);

/// Makes a renaming last: fsync of the folder, or, where that is not possible, syncfs of its file system. Descriptors
/// may be -1. Error when neither is possible: the file is in place then, and it is not certain that it outlasts a
/// crash.
void flush_folder(int folder, int file, const std::filesystem::path& name, const std::string& shown);

/// Writes the bytes to a new file in `folder`, named after `name`, and says where they lie, or why not there either.
std::string keep_elsewhere(std::span<const std::byte> bytes, const std::string& folder, const std::string& name);

}  // namespace nn::h5

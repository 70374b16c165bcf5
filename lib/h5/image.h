// SPDX-License-Identifier: MIT
// The bytes of an HDF5 file before the library sees them: the superblock, and what foreign bytes look like.
// Source: HDF5 File Format Specification 3.0, section II.A, superblock versions 2 and 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nn::h5 {

/// The end of the file that its superblock states; empty when there is no superblock of version 2 or 3 in these bytes.
std::optional<uint64_t> stored_end(std::span<const std::byte> bytes);

/// The same of superblocks of versions 0 and 1, too, as other programs write them.
std::optional<uint64_t> foreign_end(std::span<const std::byte> bytes);

constexpr size_t signature_size = 8;
/// Whether bytes begin as an HDF5 file does.
bool has_signature(std::span<const std::byte> bytes);
/// Error when the bytes are not the start of an HDF5 file, with what they look like.
void check_signature(std::span<const std::byte> bytes, const std::string& name);

/// Error unless the bytes are one whole HDF5 image: signature, superblock version and checksum, not marked as open for
/// writing, stored end = real end. name is for the message; is_stream: standard input, where a short end means that the
/// command before failed. size: of the file, where only its beginning up to the stored end was read.
void check_image(std::span<const std::byte> bytes, const std::string& name, bool is_stream, uint64_t size = 0);
/// The same of a file of that size, by its first bytes.
void check_head(std::span<const std::byte> head, const std::string& name, uint64_t size);

/// H5Fget_file_image clears the status flags of the superblock and leaves the old checksum (1.10.8, 1.14.5): the image
/// does not open. Puts the checksum right; Error when the stored end is not the size.
void mend_image(std::vector<std::byte>& bytes);

/// "gzip data; nn-convert reads it", "an IDX file", ...; "bytes of unknown kind".
std::string looks_like(std::span<const std::byte> bytes);

/// Bob Jenkins' lookup3, as HDF5 sums its metadata.
uint32_t lookup3(std::span<const std::byte> bytes, uint32_t start = 0);

}  // namespace nn::h5

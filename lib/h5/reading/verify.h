// SPDX-License-Identifier: MIT
// What Reader::verify() compares beyond values and their sums. Seen by lib/h5 only.
#pragma once

#include <map>
#include <string>

#include "h5/reading/contents.h"
#include "h5/reading/reader.h"

namespace nn::h5 {

/// nn_digest by the sums that the datasets state. instead: texts in the place of those of attributes that are there.
std::string digest_of(const Contents& contents, const AttributeTexts& instead = {});

/// Error when an attribute of the object at a path counts for the digest and is neither numbers nor a text of fixed
/// length.
void check_countable(const Object& object, const std::string& path, const std::string& name);

/// SHA-256 of the values of volatile datasets, by path.
using VolatileSums = std::map<std::string, std::string>;

/// All that stands twice: texts and the attributes that repeat them, references of dimension scales in both directions,
/// what nn_root_sha256 sums; and that types and extents are described as our writer does. contents: of a deep walk.
/// Error at the first difference.
void check_copies(const Contents& contents, const VolatileSums& sums, const std::string& name);

}  // namespace nn::h5

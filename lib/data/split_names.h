// SPDX-License-Identifier: MIT
// What other programs call the three usual splits, in one table for every format: folders of pictures, arrays of an
// NPZ, files of MNIST's kind.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nn {

struct SplitName {
  const char* word;   ///< lower case, as others write it: "validation"
  const char* split;  ///< ours: "val"
};
std::span<const SplitName> split_names();

/// "train", "val" or "test" for a word of the table in upper or lower case; empty for any other word.
std::string split_for(std::string_view word);
/// "train (training), val (valid, validation, dev, development), test (testing, t10k)", for messages.
std::string split_names_text();
/// Error unless a split may be called so: it becomes a group of our files and a folder of others. A name is up to 64
/// bytes of printable text without '/', '\\' and a dot or blank at its start, and none of the other groups of a
/// dataset's file.
void check_split_name(const std::string& name);
/// Its place in a data set: train, val, test, all others.
int split_rank(std::string_view name);
/// What to do where there is no split of that name, as "; nn-prep --split val=20% separates a validation split"; empty
/// when nothing is known.
std::string split_hint(const std::string& name);

}  // namespace nn

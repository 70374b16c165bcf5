// SPDX-License-Identifier: MIT
// A dataset in host memory and its file (nn-hdf5(5), kind "dataset"). Images stay uint8; what changes a sample is in
// prep and is applied by Batches.
#pragma once

#include <string>
#include <vector>

#include "data/split.h"
#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"

namespace nn {

struct Dataset {
  std::string title, source, license, citation;
  std::vector<std::string> classes;
  std::vector<std::string> feature_names;  ///< of features {N,D}, in the order of the columns; empty: unnamed
  std::vector<std::string> target_names;   ///< of targets {N,K}; empty: unnamed
  h5::PrepRecord prep;
  double valid_min = 0, valid_max = 255;  ///< of integer pixels
  std::vector<Split> splits;
  std::string digest;  ///< of the file it was read from

  const Split* find(const std::string& name) const;
  const Split& at(const std::string& name) const;  ///< Error lists the splits there are
  Shape sample_shape() const;                      ///< raw, from the first split; Error when it has columns only
  /// Whether its samples are texts as tokens: no images or features, but a column of tokens.
  bool has_tokens() const;
  /// What a network is given: sample_shape(), or {T} of tokens, the most that a text has.
  Shape input_shape() const;
  int64_t class_count() const { return static_cast<int64_t>(classes.size()); }
};

/// Error: labels out of range, NaN or infinity in features (row and column named), shapes that do not agree.
void check(const Dataset& data, const std::string& name);
/// only: the splits wanted, all when empty. Checks what it reads.
Dataset read_dataset(const h5::Reader& file, const std::vector<std::string>& only = {});
/// The same, but samples for which the budget of the file has no room stay there (Split::stored). For who reaches them
/// through Batches: of a split that has samples only the basic columns are read.
Dataset open_dataset(const h5::Reader& file, const std::vector<std::string>& only = {});
/// One line that says which samples stay in their file, how they are read and which option decides it; empty when none
/// do.
std::string stored_samples_note(const Dataset& data, const std::string& name);
/// Error when samples stay in their file. what: where names do not agree.
void need_in_memory(const Dataset& data, const std::string& what);
/// SHA-256 of the images or features (without them of the tokens) of a split, as its file states it: what tells whether
/// two files hold the same samples.
std::string samples_sum(const h5::Reader& file, const std::string& split);
std::vector<std::byte> write_dataset(const Dataset& data, const h5::Provenance& provenance, bool compress);

}  // namespace nn

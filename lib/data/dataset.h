// SPDX-License-Identifier: MIT
// A dataset in host memory and its file (nn-hdf5(5), kind "dataset"). Images stay uint8; what changes a sample is in
// prep and is applied by Batches.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"

namespace nn {

class StoredRows;  // data/stored_rows.h

struct Split {
  std::string name;  ///< "train", "val", "test"
  h5::Array x;       ///< images {N,C,H,W} uint8, or features {N,D} float32
  /// Where the samples stay in their file: x has their type and shape, and no values. Null: they are in x.
  std::shared_ptr<StoredRows> stored;
  std::vector<int32_t> labels;  ///< {N}; empty when there are none
  h5::Array targets;            ///< {N,K} float32; shape {} when there are none
  std::vector<int64_t> sample;  ///< row in the source, {N}
  std::vector<Column> columns;  ///< all others: weights, ids, text, tokens, ...
  int64_t size() const { return x.shape.rank() ? x.shape[0] : columns.empty() ? 0 : columns.front().size(); }
  bool has_samples() const { return x.shape.rank() != 0; }  ///< images or features; else columns only
  const Column* column(std::string_view name) const;        ///< null when there is none
  bool is_images() const { return x.shape.rank() == 4; }
};

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
  int64_t class_count() const { return static_cast<int64_t>(classes.size()); }
};

/// Of the columns beside images, features, labels and targets.
std::vector<std::string> column_names(const Split& split);
/// Error: labels out of range, NaN or infinity in features (row and column named), shapes that do not agree.
void check(const Dataset& data, const std::string& name);
/// only: the splits wanted, all when empty. Checks what it reads.
Dataset read_dataset(const h5::Reader& file, const std::vector<std::string>& only = {});
/// The same, but samples for which the budget of the file has no room stay there (Split::stored). For who reaches them
/// through Batches: columns beside images, features, labels and targets are not read.
Dataset open_dataset(const h5::Reader& file, const std::vector<std::string>& only = {});
/// One line that says which samples stay in their file, how they are read and which option decides it; empty when none
/// do.
std::string stored_samples_note(const Dataset& data, const std::string& name);
/// SHA-256 of the images or features of a split, as its file states it: what tells whether two files hold the same
/// samples.
std::string samples_sum(const h5::Reader& file, const std::string& split);
std::vector<std::byte> write_dataset(const Dataset& data, const h5::Provenance& provenance, bool compress);

}  // namespace nn

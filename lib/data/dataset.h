// SPDX-License-Identifier: MIT
// A dataset in host memory and its file (nn-hdf5(5), kind "dataset"). Images stay uint8; what changes a sample is in
// prep and is applied by Batches.
#pragma once

#include <string>
#include <vector>

#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"

namespace nn {

struct Split {
  std::string name;             ///< "train", "val", "test"
  h5::Array x;                  ///< images {N,C,H,W} uint8, or features {N,D} float32
  std::vector<int32_t> labels;  ///< {N}; empty when there are none
  h5::Array targets;            ///< {N,K} float32; shape {} when there are none
  std::vector<int64_t> sample;  ///< row in the source, {N}
  int64_t size() const { return x.shape.rank() ? x.shape[0] : 0; }
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
  Shape sample_shape() const;                      ///< raw, from the first split
  int64_t class_count() const { return static_cast<int64_t>(classes.size()); }
};

/// Error: labels out of range, NaN or infinity in features (row and column named), shapes that do not agree.
void check(const Dataset& data, const std::string& name);
/// only: the splits wanted, all when empty. Checks what it reads.
Dataset read_dataset(const h5::Reader& file, const std::vector<std::string>& only = {});
/// SHA-256 of the images or features of a split, as its file states it: what tells whether two files hold the same
/// samples.
std::string samples_sum(const h5::Reader& file, const std::string& split);
std::vector<std::byte> write_dataset(const Dataset& data, const h5::Provenance& provenance, bool compress);

}  // namespace nn

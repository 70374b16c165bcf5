// SPDX-License-Identifier: MIT
// Samples of a split that stay in their file, for data sets larger than memory: blocks of rows are read as batches ask
// for them. A few blocks are held at a time; who asks for rows block by block (in_block_order) reads each block once in
// an epoch.
//
// What is verified when: the sum of each chunk (fletcher32) whenever it is read; values that are not finite or outside
// the valid range whenever they are read; the hash of the whole (nn_sha256) at the end of a pass over all rows in their
// order, or by verify().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "h5/reading/reader.h"

namespace nn {

class StoredRows {
 public:
  static constexpr int64_t blocks_held = 8;

  /// path: of a dataset of uint8 or float32 with two axes or more. valid_min, valid_max: of integer pixels. memory: for
  /// the blocks, in bytes; a block has at least the rows of one chunk.
  StoredRows(const h5::Reader& file, std::string path, double valid_min, double valid_max, uint64_t memory);

  int64_t block_rows() const { return block_rows_; }
  uint64_t row_bytes() const { return row_bytes_; }
  /// Copies of these rows, one behind the other. Allocates nothing once as many blocks as are held were read. Error
  /// naming file, path and row for values that a data set cannot have, and for damage.
  void gather(std::span<const int64_t> rows, std::span<std::byte> out);
  /// Reads all rows, in their order, unless that was done before. Error when they are not what nn_sha256 says.
  void verify();
  /// Whether each chunk has a sum of its own, so that damage shows in whatever order rows are read.
  bool has_chunk_sums() const { return file_.has_chunk_sums(path_); }

 private:
  struct Block {
    int64_t number = -1;
    uint64_t used = 0;  ///< when, by a clock of gather()
    h5::Array rows;
  };
  const Block& block(int64_t number);
  void read(Block& block, int64_t number);
  int64_t blocks() const { return (shape_[0] + block_rows_ - 1) / block_rows_; }

  h5::Reader file_;
  std::string path_;
  Shape shape_;
  h5::Type type_;
  double valid_min_, valid_max_;
  uint64_t row_bytes_;
  int64_t block_rows_;
  std::vector<Block> held_;
  uint64_t clock_ = 0;
  std::vector<bool> copied_;   ///< by row of the batch, in gather()
  std::optional<Sha256> sum_;  ///< of the blocks before next_, while they come in their order
  int64_t next_ = 0;
  bool verified_ = false;
};

/// The same rows in an order in which few blocks are needed at a time: blocks come in the order in which `rows` first
/// names them, `blocks_held` together, and the rows of those in the order that they have in `rows`. So of a random
/// order it makes one that is random within the blocks and between them; where no more blocks than that are needed, it
/// is `rows` itself.
std::vector<int64_t> in_block_order(std::span<const int64_t> rows, int64_t block_rows);

}  // namespace nn

// SPDX-License-Identifier: MIT
// One way in for files and pipes: the bytes are read whole (a file of more than a quarter of the budget stays where it
// is, and parts of it are read as they are asked for), checked (signature, stored end = real end, root nn_kind and
// nn_format), and described by a child process (child.h); libhdf5 never sees them here. Each dataset's nn_sha256 is
// verified when it is read. Every Error names the file, the path inside, what was expected and what was found.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "base/system/budget.h"
#include "h5/array.h"

namespace nn::h5 {

struct LargeFile;  // h5/bytes.h

/// By the path of the object and the name of the attribute.
using AttributeTexts = std::map<std::pair<std::string, std::string>, std::string>;

class Reader {
 public:
  /// name: a file, or "-" for standard input (also for operands that cannot seek). kind: the expected nn_kind
  /// ("dataset", "model", "metrics", "predictions"), empty for any. Error for empty, truncated, over-long, foreign
  /// bytes (says what they look like: gzip, IDX, NPY, CSV, PNG) or another kind. UsageError when stdin is a terminal.
  /// budget: asked before the file and each of its datasets is read.
  /// in_place: a file stays where it is whatever its size.
  static Reader open(const std::string& name, const std::string& kind = "", const Budget& budget = Budget{},
                     bool in_place = false);
  /// The same for bytes in memory; name is for messages.
  static Reader of_bytes(std::span<const std::byte> bytes, const std::string& name, const std::string& kind = "",
                         const Budget& budget = Budget{});
  /// Another way to the same file, which stays open as long as one of them lives.
  Reader share() const;
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  const std::string& name() const;  ///< as given, "standard input" for "-"
  std::string kind() const;
  const Budget& budget() const;  ///< for who makes more of what it reads
  /// The digest of the content, from the sums that the datasets state; who reads a dataset has compared its values with
  /// its sum. What verify() computes from all values is equal, or it fails.
  std::string digest() const;
  std::string stored_digest() const;  ///< nn_digest as it stands there; Error when it is none

  bool has(const std::string& path) const;
  std::vector<std::string> children(const std::string& group = "/") const;  ///< names, in order of creation
  bool is_group(const std::string& path) const;
  Shape shape(const std::string& path) const;
  Type type(const std::string& path) const;
  Array read(const std::string& path) const;
  /// Bytes of memory that read() takes.
  uint64_t size_in_memory(const std::string& path) const;
  /// Rows begin..end-1 of the first axis, chunk by chunk. The sums of the chunks are verified, where the file has them
  /// (has_chunk_sums); the hash covers the whole: read() and verify() compare it, and who reads all rows in their order
  /// adds them to `sum` and gives that to check_sum().
  Array read_rows(const std::string& path, int64_t begin, int64_t end) const;
  void read_rows(const std::string& path, int64_t begin, int64_t end, std::span<std::byte> out, Sha256* sum) const;
  /// Error unless that is the dataset's nn_sha256.
  void check_sum(const std::string& path, Sha256& sum) const;
  bool has_chunk_sums(const std::string& path) const;
  /// Rows that a chunk spans; 1 without chunks.
  int64_t chunk_rows(const std::string& path) const;

  std::optional<std::string> text(const std::string& path, const std::string& attribute) const;  ///< fixed-length text
  std::optional<double> number(const std::string& path, const std::string& attribute) const;
  std::optional<Array> values(const std::string& path, const std::string& attribute) const;
  std::string required_text(const std::string& path, const std::string& attribute) const;  ///< Error when absent
  std::vector<std::string> attributes(const std::string& path) const;

  /// Reads everything and compares all that stands twice: sums with values, nn_digest with the content, texts with the
  /// attributes that repeat them, references of scales with those back. Error at the first difference.
  void verify() const;
  /// The digest of the content, from all values. Error when a dataset is not what its sum says. instead: what the
  /// digest would be with other texts in the attributes that are there.
  std::string computed_digest(const AttributeTexts& instead = {}) const;

 private:
  Reader();
  static Reader of_image(Bytes bytes, const std::string& name, bool is_stream, uint64_t size, const std::string& kind,
                         const Budget& budget);
  static Reader of_file(LargeFile file, const std::string& kind, const Budget& budget);
  void describe(const std::string& name, const std::string& kind, const Budget& budget);
  void check_values(const std::string& path) const;
  struct Body;
  std::shared_ptr<Body> body_;
  void check_hash(const std::string& path, const std::string& found) const;
};

/// Reads everything from a file or "-" with checked reads.
std::vector<std::byte> read_bytes(const std::string& name, const Budget& budget = Budget{});

}  // namespace nn::h5

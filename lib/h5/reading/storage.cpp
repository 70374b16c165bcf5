// SPDX-License-Identifier: MIT
#include "h5/reading/storage.h"

#include <new>

#include "base/error.h"

namespace nn::h5 {
namespace {

constexpr uint64_t deflate_ratio = 1040;  // DEFLATE reaches 1032:1 at most

}  // namespace

void check_storage(const Object& set, const std::string& place) {
  if (set.external) throw Error(place + ": its values are kept in another file, which nn-tools never follow");
  if (set.layout == Layout::other) throw Error(place + ": a storage layout that nn-tools do not read");
  bool deflated = false;
  for (const uint32_t filter : set.filters) {
    if (filter != deflate_filter && filter != shuffle_filter && filter != fletcher32_filter)
      throw Error(place + ": filter " + std::to_string(filter) + ", expected deflate, shuffle or fletcher32 only");
    deflated = deflated || filter == deflate_filter;
  }
  uint64_t stored = set.run ? set.run->size : set.values.size();
  for (const StoredChunk& chunk : set.chunks) stored += chunk.size;
  const uint64_t bytes = bytes_of(set.shape, set.type);
  const bool missing = bytes > 0 && ((set.layout == Layout::chunked && set.chunks.empty()) ||
                                     (set.layout == Layout::contiguous && !set.run));
  if (missing || (deflated ? bytes / deflate_ratio : bytes) > stored)
    throw Error(place + ": declares " + std::to_string(bytes) + " bytes, but " + std::to_string(stored) +
                " are stored; damaged or made to mislead");
}

Array make_array(Type type, const Shape& shape, const std::string& place, const Budget& budget) {
  budget.ask(bytes_of(shape, type), place);
  try {
    return Array::unfilled(type, shape);
  } catch (const std::bad_alloc&) {
    throw Error(place + ": " + shape.text() + " of " + name_of(type) + " does not fit into memory");
  }
}

void check_rows(const Object& set, int64_t begin, int64_t end, const std::string& place) {
  if (set.shape.rank() == 0 || begin < 0 || begin > end || end > set.shape[0])
    throw Error(place + ": rows " + std::to_string(begin) + " to " + std::to_string(end) + " of " + set.shape.text() +
                " asked for");
}

}  // namespace nn::h5

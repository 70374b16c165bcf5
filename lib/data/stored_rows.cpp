// SPDX-License-Identifier: MIT
#include "data/stored_rows.h"

#include <algorithm>
#include <cstring>

#include "data/value_checks.h"

namespace nn {

StoredRows::StoredRows(const h5::Reader& file, std::string path, double valid_min, double valid_max, uint64_t memory)
    : file_(file.share()),
      path_(std::move(path)),
      shape_(file_.shape(path_)),
      type_(file_.type(path_)),
      valid_min_(valid_min),
      valid_max_(valid_max),
      row_bytes_(static_cast<uint64_t>(shape_.without_first().count()) * h5::size_of(type_)) {
  const int64_t chunk = file_.chunk_rows(path_);
  const auto rows =
      static_cast<int64_t>(memory / static_cast<uint64_t>(blocks_held) / std::max<uint64_t>(1, row_bytes_));
  block_rows_ = std::max<int64_t>(1, rows / chunk) * chunk;
  held_.resize(static_cast<size_t>(blocks_held));
}

void StoredRows::read(Block& block, int64_t number) {
  const int64_t begin = number * block_rows_, end = std::min(begin + block_rows_, shape_[0]);
  Shape shape = shape_;
  shape[0] = end - begin;
  const auto size = static_cast<size_t>(row_bytes_) * static_cast<size_t>(end - begin);
  block.number = -1;  // until it is whole
  if (block.rows.bytes.capacity() < size) {
    const auto whole = static_cast<size_t>(row_bytes_) * static_cast<size_t>(block_rows_);
    file_.budget().ask(whole, file_.name() + ": " + path_ + ": a block of rows");
    block.rows.bytes.reserve(whole);
  }
  block.rows.type = type_;
  block.rows.shape = shape;
  block.rows.bytes.resize(size);
  if (number == 0 && !verified_) sum_.emplace(), next_ = 0;
  const bool in_order = !verified_ && sum_ && number == next_;
  file_.read_rows(path_, begin, end, block.rows.bytes, in_order ? &*sum_ : nullptr);
  in_context(file_.name(), [&] {
    check_finite(block.rows, path_, begin);
    check_pixels(block.rows, path_, valid_min_, valid_max_);
  });
  block.number = number;
  if (!in_order || ++next_ < blocks()) return;
  file_.check_sum(path_, *sum_);
  verified_ = true;
  sum_.reset();
}

const StoredRows::Block& StoredRows::block(int64_t number) {
  Block* oldest = &held_.front();
  for (Block& one : held_) {
    if (one.number == number) {
      one.used = ++clock_;
      return one;
    }
    if (one.used < oldest->used) oldest = &one;
  }
  oldest->used = ++clock_;
  read(*oldest, number);
  return *oldest;
}

void StoredRows::gather(std::span<const int64_t> rows, std::span<std::byte> out) {
  const auto size = static_cast<size_t>(row_bytes_);
  copied_.assign(rows.size(), false);
  // One block after the other, each as it is first needed.
  for (size_t first = 0; first < rows.size(); ++first) {
    if (copied_[first]) continue;
    const int64_t number = rows[first] / block_rows_;
    const Block& from = block(number);
    for (size_t i = first; i < rows.size(); ++i) {
      if (copied_[i] || rows[i] / block_rows_ != number) continue;
      std::memcpy(out.data() + i * size, from.rows.bytes.data() + static_cast<size_t>(rows[i] % block_rows_) * size,
                  size);
      copied_[i] = true;
    }
  }
}

void StoredRows::verify() {
  for (int64_t number = 0; !verified_ && number < blocks(); ++number) {
    Block& one = held_.front();
    one.used = ++clock_;
    read(one, number);
  }
}

std::vector<int64_t> in_block_order(std::span<const int64_t> rows, int64_t block_rows) {
  const int64_t most = rows.empty() ? 0 : *std::ranges::max_element(rows);
  std::vector<int64_t> rank(static_cast<size_t>(most / block_rows) + 1, -1);
  int64_t seen = 0;
  for (const int64_t row : rows)
    if (int64_t& mine = rank[static_cast<size_t>(row / block_rows)]; mine < 0) mine = seen++;
  const auto group_of = [&](int64_t row) {
    return static_cast<size_t>(rank[static_cast<size_t>(row / block_rows)] / StoredRows::blocks_held);
  };
  std::vector<size_t> place(static_cast<size_t>(seen / StoredRows::blocks_held) + 2);
  for (const int64_t row : rows) ++place[group_of(row) + 1];
  for (size_t group = 1; group < place.size(); ++group) place[group] += place[group - 1];
  std::vector<int64_t> order(rows.size());
  for (const int64_t row : rows) order[place[group_of(row)]++] = row;
  return order;
}

}  // namespace nn

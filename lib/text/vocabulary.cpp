// SPDX-License-Identifier: MIT
#include "text/vocabulary.h"

#include <algorithm>
#include <cassert>

namespace nn {

Vocabulary::Vocabulary(std::vector<std::string> pieces, std::string continuing)
    : pieces_(std::move(pieces)), continuing_(std::move(continuing)) {
  whole_.reserve(pieces_.size());
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const std::string_view piece = pieces_[i];
    [[maybe_unused]] const bool is_new = whole_.emplace(piece, static_cast<int32_t>(i)).second;
    assert(is_new);
    if (piece.starts_with(continuing_)) behind_.emplace(piece.substr(continuing_.size()), static_cast<int32_t>(i));
    longest_ = std::max(longest_, piece.size());
  }
}

int32_t Vocabulary::find(std::string_view piece) const {
  const auto found = whole_.find(piece);
  return found == whole_.end() ? -1 : found->second;
}

bool Vocabulary::cut(std::string_view word, std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  const auto inside_character = [&](size_t at) {
    return at < word.size() && (static_cast<unsigned char>(word[at]) & 0xC0) == 0x80;
  };
  for (size_t begin = 0; begin < word.size();) {
    const auto& known = begin ? behind_ : whole_;
    size_t end = std::min(word.size(), begin + longest_);
    while (inside_character(end)) --end;
    for (; end > begin; --end) {
      if (inside_character(end)) continue;
      const auto piece = known.find(word.substr(begin, end - begin));
      if (piece == known.end()) continue;
      ids.push_back(piece->second);
      break;
    }
    if (end == begin) {
      ids.resize(before);
      return false;
    }
    begin = end;
  }
  return true;
}

}  // namespace nn

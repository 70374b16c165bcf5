// SPDX-License-Identifier: MIT
// The ids of words that were cut before: most words of a text have been seen already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

/// Open addressing over words in one array. Once it is full it keeps what it has.
class WordCache {
 public:
  WordCache() : slots_(places) { text_.reserve(words_most * 8), ids_.reserve(words_most * 2); }

  static uint64_t hash_of(std::string_view word) {
    uint64_t h = 0x9E3779B97F4A7C15u * (word.size() + 1), part = 0;
    size_t at = 0;
    for (; at + 8 <= word.size(); at += 8) {
      std::memcpy(&part, word.data() + at, 8);
      h = mix(h ^ part);
    }
    part = 0;
    std::memcpy(&part, word.data() + at, word.size() - at);
    return mix(h ^ part);
  }

  /// The ids of the word; empty when it is not here.
  std::span<const int32_t> find(std::string_view word, uint64_t hash) const {
    for (size_t at = hash % places;; at = (at + 1) % places) {
      const Slot& slot = slots_[at];
      if (!slot.count) return {};
      if (slot.hash == hash && std::string_view(text_).substr(slot.text, slot.size) == word)
        return std::span(ids_).subspan(slot.ids, slot.count);
    }
  }
  /// ids: one or more.
  void add(std::string_view word, uint64_t hash, std::span<const int32_t> ids) {
    if (words_ == words_most || word.size() > word_most) return;
    size_t at = hash % places;
    while (slots_[at].count) at = (at + 1) % places;
    slots_[at] = {hash, static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(ids_.size()),
                  static_cast<uint16_t>(word.size()), static_cast<uint16_t>(ids.size())};
    text_.append(word);
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    ++words_;
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t text = 0, ids = 0;
    uint16_t size = 0, count = 0;  ///< count 0: empty
  };
  static constexpr size_t places = size_t{1} << 17, words_most = places / 2, word_most = 64;
  static uint64_t mix(uint64_t h) {
    h *= 0xFF51AFD7ED558CCDu;
    return h ^ (h >> 32);
  }

  std::vector<Slot> slots_;
  std::string text_;
  std::vector<int32_t> ids_;
  size_t words_ = 0;
};

}  // namespace nn

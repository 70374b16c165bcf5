// SPDX-License-Identifier: MIT
// The pieces that WordPiece cuts words into, by their text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nn {

class Vocabulary {
 public:
  Vocabulary() = default;
  /// pieces: by id, all different. continuing: what pieces begin with that do not begin a word, as "##".
  Vocabulary(std::vector<std::string> pieces, std::string continuing);
  Vocabulary(const Vocabulary&) = delete;  // it is searched by views of its own texts
  Vocabulary& operator=(const Vocabulary&) = delete;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  int64_t size() const { return static_cast<int64_t>(pieces_.size()); }
  const std::vector<std::string>& pieces() const { return pieces_; }
  const std::string& continuing() const { return continuing_; }
  int32_t find(std::string_view piece) const;  ///< -1 when there is none

  /// Cuts a word (UTF-8) into the longest pieces, from the left (models/wordpiece/mod.rs of tokenizers); appends their
  /// ids. False, and nothing appended, when some part of it is in no piece.
  bool cut(std::string_view word, std::vector<int32_t>& ids) const;

 private:
  std::vector<std::string> pieces_;
  std::string continuing_;
  std::unordered_map<std::string_view, int32_t> whole_;   ///< by the whole text
  std::unordered_map<std::string_view, int32_t> behind_;  ///< those that continue a word, without their prefix
  size_t longest_ = 0;                                    ///< bytes of the longest
};

}  // namespace nn

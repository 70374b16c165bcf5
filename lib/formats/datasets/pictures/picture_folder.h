// SPDX-License-Identifier: MIT
// A look into folders of pictures: what is a class, what is a picture, and what is left out and has to be said. Links,
// FIFOs and devices are never opened or followed.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/format.h"

namespace nn {

/// What was left out, for one warning with examples.
class LeftOut {
 public:
  enum Kind : size_t { other_picture, below_class, other_file, system_entry, kinds };
  explicit LeftOut(std::filesystem::path root) : root_(std::move(root)) {}
  void add(Kind kind, const std::filesystem::path& path, size_t count = 1);
  size_t count(Kind kind) const { return groups_[kind].count; }
  /// "2 pictures that are not PNG (a/2.jpg, b/5.bmp), 1 hidden or system entry (__MACOSX)"; empty when nothing was.
  std::string text() const;

 private:
  struct Group {
    size_t count = 0;
    std::vector<std::string> examples;
  };
  std::filesystem::path root_;
  std::array<Group, kinds> groups_;
};

struct PictureFolder {
  std::vector<std::string> folders, pictures;  ///< names of sub-folders and of *.png, sorted
};

/// Error for a folder or picture that is a link, for a picture that is no regular file, and for more entries than the
/// budget holds. Everything else that is not a picture or folder goes to left_out.
PictureFolder list_pictures(const std::filesystem::path& folder, LeftOut& left_out, const Budget& budget);
/// Counts the files below a folder of a class, which are left out.
void count_below(const std::filesystem::path& folder, LeftOut& left_out);

/// What systems put beside people's files: "__MACOSX", "Thumbs.db", names that begin with a dot.
bool is_system_name(const std::string& name);

}  // namespace nn

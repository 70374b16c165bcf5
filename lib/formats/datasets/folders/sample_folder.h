// SPDX-License-Identifier: MIT
// A look into folders of samples, a file each (pictures, texts): what is a class, what is a sample, and what is left
// out and has to be said. Links, FIFOs and devices are never opened or followed.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "formats/format.h"

namespace nn {

constexpr const char* class_list = "classes.txt";  ///< no sample, whatever the suffix of samples is

/// What a format looks for in folders.
struct SampleKind {
  const char* suffix;                         ///< of its files, in small letters, as ".png"
  const char *sample, *samples;               ///< "picture", "pictures"
  const char* files;                          ///< "PNG pictures"
  std::array<const char*, 2> other, unknown;  ///< one and several files that are near to them, and all other files
  const char* hint;                           ///< what to do about the near ones
  bool (*is_other)(std::string_view suffix);  ///< near to them: the user may have meant these
};

/// What was left out, for one warning with examples.
class LeftOut {
 public:
  enum Kind : size_t { other_sample, below_class, other_file, system_entry, kinds };
  LeftOut(const SampleKind& kind, std::filesystem::path root) : kind_(&kind), root_(std::move(root)) {}
  void add(Kind kind, const std::filesystem::path& path, size_t count = 1);
  size_t count(Kind kind) const { return groups_[kind].count; }
  /// "2 pictures that are not PNG (a/2.jpg, b/5.bmp), 1 hidden or system entry (__MACOSX)"; empty when nothing was.
  std::string text() const;

 private:
  struct Group {
    size_t count = 0;
    std::vector<std::string> examples;
  };
  const SampleKind* kind_;
  std::filesystem::path root_;
  std::array<Group, kinds> groups_;
};

struct SampleFolder {
  std::vector<std::string> folders, samples;  ///< names of sub-folders and of the kind's files, sorted
};

/// Error for a folder or sample that is a link, for a sample that is no regular file, and for more entries than the
/// budget holds. Everything else that is not a sample or folder goes to left_out.
SampleFolder list_samples(const std::filesystem::path& folder, const SampleKind& kind, LeftOut& left_out,
                          const Budget& budget);
/// Counts the files below a folder of a class, which are left out.
void count_below(const std::filesystem::path& folder, LeftOut& left_out);

/// What systems put beside people's files: "__MACOSX", "Thumbs.db", names that begin with a dot.
bool is_system_name(const std::string& name);

}  // namespace nn

// SPDX-License-Identifier: MIT
// A folder of samples as a data set: SPLIT/CLASS/FILE, or CLASS/FILE for one split, or FILE without labels. classes.txt
// at the root, when there is one, gives the order of the classes: a line "folder", or "folder<TAB>name".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/datasets/folders/sample_folder.h"

namespace nn {

constexpr size_t most_classes = 65536;

/// Folder names of the classes in order, with the names they stand for.
using ClassFolders = std::vector<std::pair<std::string, std::string>>;

struct SampleFile {
  std::filesystem::path path;
  int32_t label = -1;  ///< -1: it stands in no folder of a class
};

struct SplitFiles {
  std::string name;
  std::filesystem::path folder;
  /// By file name first: what nn-convert wrote comes back in its own order, and no class comes in one block.
  std::vector<SampleFile> files;
  std::vector<int32_t> labels() const;  ///< of all; empty without classes
};

struct ClassTree {
  std::filesystem::path root;
  std::vector<SplitFiles> splits;    ///< in the order in which data sets have them
  std::vector<std::string> classes;  ///< names; empty without labels
};

/// split: name of the split made (train), or the one read where folders are splits; empty: all. What is left out is
/// said in one warning, classes without a sample in another. Error for samples beside folders of classes, a class that
/// classes.txt does not list, and where nothing is found.
ClassTree read_class_tree(const std::string& input, const SampleKind& kind, const std::string& split,
                          const FormatOptions& options);

}  // namespace nn

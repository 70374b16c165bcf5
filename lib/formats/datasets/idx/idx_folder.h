// SPDX-License-Identifier: MIT
// Which files of a folder hold what, by MNIST's way of naming them: PREFIX-images-idx3-ubyte, PREFIX-labels-idx1-ubyte,
// each also with .gz, or in a folder of its own name as Kaggle unpacks them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nn {

struct IdxSplit {
  std::string name;                                         ///< of the split
  std::string images, labels, targets;                      ///< paths; empty where there is none
  std::vector<std::pair<std::string, std::string>> copies;  ///< what is taken, and another file for the same thing
};

/// Where a folder holds files of images: the folder itself or, as torchvision lays them down, raw or NAME/raw below it.
std::vector<std::string> idx_places(const std::string& folder);
/// Error for a folder without images, two files for one split, and links, FIFOs or devices in the place of a file.
/// unused: files of labels and targets without images.
std::vector<IdxSplit> idx_files(const std::string& folder, const std::string& default_split,
                                std::vector<std::string>& unused);
/// Whether a file of this name holds images, labels or targets.
bool is_idx_name(const std::string& name);
/// One file of images, with the files of labels and targets beside it.
IdxSplit idx_file(const std::string& file, const std::string& default_split);
/// What is read with one file: those, and the list of the classes.
std::vector<std::string> idx_files_beside(const std::string& input);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Files of torch.save: a zip archive of a pickle and its storages, or the stream of pickles of PyTorch before 1.6.
// Source: torch/serialization.py.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/zip.h"
#include "formats/models/model_format.h"
#include "formats/models/torch/pickle.h"

namespace nn {

/// Whether the bytes begin as such a file does.
bool is_torch_zip(std::string_view start);
bool is_torch_stream(std::string_view start);

struct TorchFile {
  Pickle pickle;
  std::map<std::string, std::span<const std::byte>> storages;  ///< by key; into `members` or the bytes of the file
  std::vector<ZipMember> members;
  bool is_script = false;   ///< an archive of TorchScript
  std::string description;  ///< what nn-tools wrote beside it
};
/// The storages refer to `bytes`. Error for anything that is not such a file.
TorchFile read_torch(std::span<const std::byte> bytes, const Budget& budget);

/// A tensor of it. Error when its storage is missing or has another size.
ForeignTensor read_tensor(const std::string& name, const TorchTensor& tensor, const TorchFile& file,
                          const Budget& budget);
/// The tensors of the state_dict in it: the root itself, or the entry of a checkpoint that holds one. key: its name;
/// empty: the one there is. used: becomes the name of the entry.
std::vector<ForeignTensor> state_dict_of(const TorchFile& file, const std::string& key, const Budget& budget,
                                         std::string& used);

}  // namespace nn

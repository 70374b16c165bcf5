// SPDX-License-Identifier: MIT
// Files of torch.save. The first byte: 0 the whole file, else a pickle alone (1: of TorchScript).
#include "entry.h"
#include "formats/models/torch/optimizer_state.h"
#include "formats/models/torch/torch_file.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto rest = fuzz::bytes_of(data + 1, size - 1);
  fuzz::refusals_are_fine([&] {
    if (data[0] != 0) {
      const Pickle pickle = read_pickle(rest, data[0] == 1);
      fuzz::expect(pickle.size <= rest.size(), "a pickle ends within its bytes");
      for (const PickleValue& value : pickle.values)
        for (const PickleRef item : value.items) fuzz::expect(item < pickle.values.size(), "items are values");
      return;
    }
    const Budget budget(uint64_t{1} << 31);
    const TorchFile file = read_torch(rest, budget);
    std::string used;
    const std::vector<ForeignTensor> weights = state_dict_of(file, "", budget, used);
    for (const ForeignTensor& tensor : weights)
      fuzz::expect(static_cast<int64_t>(tensor.values.size()) == tensor.shape.count(), "values are of their shape");
    if (const auto optimizer = optimizer_of(file, weights, budget); optimizer && optimizer->why_not.empty())
      for (const auto& [slot, tensors] : optimizer->slots)
        fuzz::expect(!slot.empty() && !tensors.empty(), "a slot holds tensors");
  });
  return 0;
}

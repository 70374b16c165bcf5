// SPDX-License-Identifier: MIT
// A pickle as torch.save writes it (protocol 2), read as data: an interpreter of the opcodes that PyTorch's own
// weights-only reader allows. Nothing is ever called or imported: a global is a name that is compared with a list, and
// the few constructors of that list become values here. Anything else is refused by its name. Source:
// torch/_weights_only_unpickler.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/elements.h"

namespace nn {

/// A storage of a file: where elements of one type lie.
struct TorchStorage {
  std::string key;
  Element type = Element::f32;
  int64_t count = 0;
};

/// A tensor as a view into a storage; offset and strides count elements.
struct TorchTensor {
  TorchStorage storage;
  int64_t offset = 0;
  std::vector<int64_t> shape, strides;
};

using PickleRef = uint32_t;  ///< of a value in Pickle::values

struct PickleValue {
  enum class Kind { none, boolean, integer, real, text, tuple, list, dict, object, global, storage, tensor };
  Kind kind = Kind::none;
  int64_t integer = 0;  ///< also of a boolean
  double real = 0;
  std::string text = {};  ///< also the name of a global or of an object's class: "collections.OrderedDict"
  std::vector<PickleRef> items =
      {};  ///< of a tuple or list; of a dict key, value, key, ...; of an object its state, or none
  std::optional<TorchTensor> tensor = {};  ///< of a storage: the storage alone
};

struct Pickle {
  std::vector<PickleValue> values;
  PickleRef root = 0;
  size_t size = 0;  ///< bytes up to its end

  const PickleValue& operator[](PickleRef ref) const { return values.at(ref); }
  /// The value of a key of a dict; null when it is none or lacks it.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const;
};

/// objects: instances of classes "__torch__..." are values, as archives of TorchScript hold them. Error, with the name,
/// for any global or opcode that is not data.
Pickle read_pickle(std::span<const std::byte> bytes, bool objects = false);

}  // namespace nn

// SPDX-License-Identifier: MIT
#include "formats/models/torch/pickle_globals.h"

#include <algorithm>
#include <array>

namespace nn {
namespace {

constexpr std::array<std::pair<std::string_view, Element>, 11> storages{{{"FloatStorage", Element::f32},
                                                                         {"DoubleStorage", Element::f64},
                                                                         {"HalfStorage", Element::f16},
                                                                         {"BFloat16Storage", Element::bf16},
                                                                         {"LongStorage", Element::i64},
                                                                         {"IntStorage", Element::i32},
                                                                         {"ShortStorage", Element::i16},
                                                                         {"CharStorage", Element::i8},
                                                                         {"ByteStorage", Element::u8},
                                                                         {"BoolStorage", Element::boolean},
                                                                         {"UntypedStorage", Element::u8}}};

/// Constructors whose result is made here.
constexpr std::array<std::string_view, 17> known_globals{"collections.OrderedDict",
                                                         "collections.Counter",
                                                         "collections.defaultdict",
                                                         "torch.Size",
                                                         "torch.device",
                                                         "torch._utils._rebuild_tensor",
                                                         "torch._utils._rebuild_tensor_v2",
                                                         "torch._utils._rebuild_parameter",
                                                         "torch._utils._rebuild_parameter_with_state",
                                                         "torch._tensor._rebuild_from_type_v2",
                                                         "torch.Tensor",
                                                         "torch.nn.parameter.Parameter",
                                                         "torch.jit._pickle.build_intlist",
                                                         "torch.jit._pickle.build_doublelist",
                                                         "torch.jit._pickle.build_boollist",
                                                         "torch.jit._pickle.build_tensorlist",
                                                         "torch.jit._pickle.restore_type_tag"};

bool is_dtype(std::string_view name) {
  constexpr std::array<std::string_view, 13> dtypes{"float32", "float64", "float16", "bfloat16", "int64",
                                                    "int32",   "int16",   "int8",    "uint8",    "bool",
                                                    "float",   "long",    "double"};
  return name.starts_with("torch.") && std::ranges::find(dtypes, name.substr(6)) != dtypes.end();
}

}  // namespace

const Element* storage_type(std::string_view global) {
  for (const std::string_view module : {"torch.storage.", "torch."})
    if (global.starts_with(module))
      for (const auto& [name, type] : storages)
        if (global.substr(module.size()) == name) return &type;
  return nullptr;
}

bool is_data_global(std::string_view name) {
  return std::ranges::find(known_globals, name) != known_globals.end() || storage_type(name) || is_dtype(name);
}

}  // namespace nn

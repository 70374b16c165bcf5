// SPDX-License-Identifier: MIT
// The tensors of an encoder under our names: q, k and v in one, as PyTorch's MultiheadAttention keeps them.
#pragma once

#include <string>
#include <vector>

#include "formats/models/encoders/encoder_config.h"
#include "formats/models/model_format.h"

namespace nn {

/// A parameter of ours, and the tensors that it holds one below the other: names as transformers has them.
struct EncoderTensor {
  std::string path;
  std::vector<std::string> names;
  Shape each;  ///< of these tensors
};
/// All of config.text(), in its order.
std::vector<EncoderTensor> encoder_parameters(const EncoderConfig& config);

/// Takes out of `tensors` what the network of config.text() has, with the path of our parameter; what is left stays
/// there under its own name. Names may have a prefix (bert., mpnet., model., 0.auto_model.) and be those of old files
/// (LayerNorm.gamma). Error naming a tensor that is missing or has another shape.
std::vector<ForeignTensor> encoder_tensors(const EncoderConfig& config, std::vector<ForeignTensor>& tensors);

}  // namespace nn

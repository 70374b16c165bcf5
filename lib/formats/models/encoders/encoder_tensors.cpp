// SPDX-License-Identifier: MIT
#include "formats/models/encoders/encoder_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

/// Names below encoder.layer.N. that differ between the two.
struct Names {
  const char *query, *key, *value, *out, *norm;
};
constexpr Names bert{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                     "attention.output.LayerNorm"};
constexpr Names mpnet{"attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o",
                      "attention.LayerNorm"};

/// The name without what stands in front of "embeddings." or "encoder.", and as new files write it.
std::string plain_name(std::string name) {
  for (const std::string_view root : {"embeddings.", "encoder.layer.", "encoder.relative_attention_bias."})
    if (const size_t at = name.find(root); at != name.npos && (at == 0 || name[at - 1] == '.')) {
      name.erase(0, at);
      break;
    }
  for (const auto& [old, now] :
       {std::pair<std::string_view, std::string_view>{".gamma", ".weight"}, {".beta", ".bias"}})
    if (name.ends_with(old)) name.replace(name.size() - old.size(), old.size(), now);
  return name;
}

class Tensors {
 public:
  explicit Tensors(std::vector<ForeignTensor>& tensors) : tensors_(tensors), taken_(tensors.size()) {
    for (size_t i = 0; i < tensors.size(); ++i) by_name_.emplace(plain_name(tensors[i].name), i);
  }
  void take(const EncoderTensor& parameter) {
    ForeignTensor all = found(parameter.names.front(), parameter.each);
    for (size_t i = 1; i < parameter.names.size(); ++i) {
      const ForeignTensor more = found(parameter.names[i], parameter.each);
      all.values.insert(all.values.end(), more.values.begin(), more.values.end());
    }
    std::vector<int64_t> dims(parameter.each.begin(), parameter.each.end());
    dims[0] *= static_cast<int64_t>(parameter.names.size());
    all.shape = Shape(std::move(dims));
    all.path = parameter.path;
    made_.push_back(std::move(all));
  }
  std::vector<ForeignTensor> finish() {
    std::vector<ForeignTensor> left;
    for (size_t i = 0; i < tensors_.size(); ++i)
      if (!taken_[i]) left.push_back(std::move(tensors_[i]));
    tensors_ = std::move(left);
    return std::move(made_);
  }

 private:
  ForeignTensor found(const std::string& name, const Shape& shape) {
    const auto at = by_name_.find(name);
    if (at == by_name_.end()) throw Error(fmt::format("tensor '{}': expected, but it is not there", name));
    ForeignTensor& tensor = tensors_[at->second];
    if (tensor.shape != shape)
      throw Error(fmt::format("tensor '{}': expected {} as config.json says, found {}", printable(tensor.name),
                              shape.text(), tensor.shape.text()));
    taken_[at->second] = true;
    return std::move(tensor);
  }
  std::vector<ForeignTensor>& tensors_;
  std::vector<bool> taken_;
  std::unordered_map<std::string, size_t> by_name_;
  std::vector<ForeignTensor> made_;
};

}  // namespace

std::vector<EncoderTensor> encoder_parameters(const EncoderConfig& c) {
  const Names& names = c.type == "bert" ? bert : mpnet;
  std::vector<EncoderTensor> all;
  const auto one = [&](const std::string& name, const std::string& path, const Shape& shape) {
    all.push_back({path, {name}, shape});
  };
  const auto both = [&](const std::string& from, const std::string& to, int64_t out, int64_t in) {
    one(from + ".weight", to + "weight", in ? Shape{out, in} : Shape{out});
    one(from + ".bias", to + "bias", Shape{out});
  };
  one("embeddings.word_embeddings.weight", "embed1/word_embeddings.weight", Shape{c.vocabulary, c.width});
  one("embeddings.position_embeddings.weight", "embed1/position_embeddings.weight", Shape{c.positions, c.width});
  if (c.types)
    one("embeddings.token_type_embeddings.weight", "embed1/token_type_embeddings.weight", Shape{c.types, c.width});
  both("embeddings.LayerNorm", "layernorm1/", c.width, 0);
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    const std::string in = fmt::format("encoder.layer.{}.", layer), attention = fmt::format("attention{}/", layer + 1);
    for (const auto& [end, each] : {std::pair{"weight", Shape{c.width, c.width}}, std::pair{"bias", Shape{c.width}}})
      all.push_back({attention + "in_proj_" + end,
                     {in + names.query + "." + end, in + names.key + "." + end, in + names.value + "." + end},
                     each});
    if (c.buckets && layer == 0)
      one("encoder.relative_attention_bias.weight", attention + "relative_attention_bias.weight",
          Shape{c.buckets, c.heads});
    both(in + names.out, attention + "out_proj.", c.width, c.width);
    both(in + names.norm, fmt::format("layernorm{}/", 2 * layer + 2), c.width, 0);
    both(in + "intermediate.dense", fmt::format("dense{}/", 2 * layer + 1), c.inner, c.width);
    both(in + "output.dense", fmt::format("dense{}/", 2 * layer + 2), c.width, c.inner);
    both(in + "output.LayerNorm", fmt::format("layernorm{}/", 2 * layer + 3), c.width, 0);
  }
  return all;
}

std::vector<ForeignTensor> encoder_tensors(const EncoderConfig& config, std::vector<ForeignTensor>& all) {
  Tensors tensors(all);
  for (const EncoderTensor& parameter : encoder_parameters(config)) tensors.take(parameter);
  return tensors.finish();
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// Sources: transformers, models/bert and models/mpnet (configuration_*.py, modeling_*.py); sentence-transformers,
// modules/pooling.py.
#include "formats/models/encoders/encoder_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text/number.h"

namespace nn {
namespace {

Json json_of(const EncoderFiles& files, const std::string& name) {
  const auto found = files.find(name);
  if (found == files.end()) throw Error(name + ": expected, but it is not there");
  return in_context(name, [&] {
    return Json::parse({reinterpret_cast<const char*>(found->second.data()), found->second.size()});
  });
}

int64_t count(const Json& config, const char* name, int64_t least = 1, int64_t most = int64_t{1} << 24) {
  const Json* found = config.find(name);
  if (!found) throw Error(fmt::format("config.json: {}: expected, but it is not there", name));
  const int64_t value = in_context(fmt::format("config.json: {}", name), [&] { return found->integer(); });
  if (value < least || value > most)
    throw Error(fmt::format("config.json: {}: expected {} to {}, found {}", name, least, most, value));
  return value;
}

void expect(const Json& config, const char* name, const std::string& expected) {
  const Json* found = config.find(name);
  if (found && found->is_string() && found->string() != expected)
    throw Error(fmt::format("config.json: {}: expected {}, found '{}'", name, expected, printable(found->string())));
}

bool is_true(const Json& config, const char* name) {
  const Json* found = config.find(name);
  return found && !found->is_null() && found->boolean();
}

void read_network(const Json& config, EncoderConfig& to) {
  to.type = in_context("config.json: model_type", [&] { return config.at("model_type").string(); });
  if (to.type != "bert" && to.type != "mpnet")
    throw Error(fmt::format("config.json: model_type: expected bert or mpnet, found '{}'", printable(to.type)));
  to.vocabulary = count(config, "vocab_size");
  to.width = count(config, "hidden_size");
  constexpr int64_t most_layers = 512;
  to.layers = count(config, "num_hidden_layers", 1, most_layers);
  to.heads = count(config, "num_attention_heads");
  to.inner = count(config, "intermediate_size");
  to.positions = count(config, "max_position_embeddings", 3);
  to.epsilon = in_context("config.json: layer_norm_eps", [&] { return config.at("layer_norm_eps").number(); });
  if (!(to.epsilon > 0 && to.epsilon < 1))
    throw Error(fmt::format("config.json: layer_norm_eps: expected a number between 0 and 1, found {}",
                            value_text(to.epsilon)));
  if (to.width % to.heads != 0)
    throw Error(
        fmt::format("config.json: hidden_size is {}, which {} num_attention_heads do not divide", to.width, to.heads));
  expect(config, "hidden_act", "gelu");
  expect(config, "position_embedding_type", "absolute");
  if (is_true(config, "is_decoder"))
    throw Error("config.json: is_decoder: expected false: an encoder, found a decoder");
  if (to.type == "bert") {
    to.types = config.find("type_vocab_size") ? count(config, "type_vocab_size") : 2;
  } else {
    to.first = 2;  // behind padding_idx
    to.buckets = config.find("relative_attention_num_buckets") ? count(config, "relative_attention_num_buckets") : 32;
  }
}

/// sentence_bert_config.json, then tokenizer_config.json; never tokenizer.json, whose truncation is a left-over.
void read_most_tokens(const EncoderFiles& files, EncoderConfig& to) {
  const int64_t possible = to.positions - to.first;
  for (const auto& [file, name] : {std::pair{"sentence_bert_config.json", "max_seq_length"},
                                   std::pair{"tokenizer_config.json", "model_max_length"}}) {
    if (!files.contains(file)) continue;
    const Json config = json_of(files, file);
    const Json* found = config.find(name);
    if (!found || !found->is_number() || found->number() < 2 || found->number() > 1e9) continue;
    to.most_tokens = std::min(found->integer(), possible);
    return;
  }
  to.most_tokens = possible;
  to.notes.push_back(fmt::format("nothing says how many tokens of a text it takes: {}, as it has positions", possible));
}

void read_pooling(const EncoderFiles& files, EncoderConfig& to) {
  if (!files.contains("modules.json")) {
    to.notes.emplace_back(
        "nothing says how tokens are pooled (no modules.json): the mean of all, not made unit length");
    return;
  }
  const Json modules = json_of(files, "modules.json");
  std::string pooling;
  for (const Json& module : in_context("modules.json", [&] { return modules.items(); })) {
    const std::string type = in_context("modules.json", [&] { return module.at("type").string(); });
    const std::string kind = type.substr(type.find_last_of('.') + 1);
    if (kind == "Pooling")
      pooling = in_context("modules.json", [&] { return module.at("path").string(); });
    else if (kind == "Normalize")
      to.unit_length = true;
    else if (kind != "Transformer")
      throw Error(
          fmt::format("modules.json: expected Transformer, Pooling and Normalize, found '{}'", printable(type)));
  }
  if (pooling.empty()) throw Error("modules.json: expected a Pooling module with its folder, but there is none");
  const std::string file = pooling + "/config.json";
  const Json config = json_of(files, file);
  std::vector<std::string> modes;
  for (const auto& [name, value] : in_context(file, [&] { return config.members(); }))
    if (name.starts_with("pooling_mode_") && value.boolean()) modes.push_back(name.substr(13));
  if (modes.size() != 1 || (modes[0] != "mean_tokens" && modes[0] != "cls_token" && modes[0] != "max_tokens"))
    throw Error(fmt::format("{}: expected one of pooling_mode_mean_tokens, _cls_token and _max_tokens", file));
  to.pool = modes[0].substr(0, modes[0].find('_'));
}

}  // namespace

std::string EncoderConfig::text() const {
  std::string embed = fmt::format("embed:{},vocabulary={},positions={}", width, vocabulary, positions);
  if (first) embed += fmt::format(",first={}", first);
  if (types) embed += fmt::format(",types={}", types);
  const std::string norm = "layernorm:eps=" + value_text(epsilon),
                    attention =
                        fmt::format("attention:{}", heads) + (buckets ? fmt::format(",relative={}", buckets) : "");
  return fmt::format("tokens:{} {} {} {}*( res( {} ) {} res( dense:{} gelu dense:{} ) {} ) pool:{}{}", most_tokens,
                     embed, norm, layers, attention, norm, inner, width, norm, pool, unit_length ? " l2norm" : "");
}

EncoderConfig read_encoder_config(const EncoderFiles& files) {
  EncoderConfig config;
  const Json json = json_of(files, "config.json");
  in_context("config.json", [&] { (void)json.members(); });
  read_network(json, config);
  read_most_tokens(files, config);
  read_pooling(files, config);
  return config;
}

}  // namespace nn

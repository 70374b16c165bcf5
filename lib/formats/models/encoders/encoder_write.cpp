// SPDX-License-Identifier: MIT
#include "formats/models/encoders/encoder_write.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/options.h"
#include "base/text/number.h"
#include "formats/models/encoders/encoder_config.h"
#include "formats/models/encoders/encoder_tensors.h"
#include "formats/models/safetensors.h"

namespace nn {
namespace {

using Nodes = std::vector<Network::Node>;

/// Option `name` of the first layer of that type; 0 where there is none.
template <class T>
T option_of(const Nodes& nodes, const std::string& type, const char* name) {
  T value{};
  const auto node = std::ranges::find(nodes, type, &Network::Node::type);
  if (node == nodes.end()) return value;
  if (const Option* option = node->options.find(name); option && option->get) parse_value(option->get(), value);
  return value;
}

/// Kinds, options and brackets, one line a layer.
std::string spelled(const Nodes& nodes) {
  std::string text;
  for (const Network::Node& node : nodes)
    text += fmt::format("{} of {}\n", spec_text(node.type, node.options, ':'), fmt::join(node.inputs, " "));
  return text;
}

EncoderConfig config_of(const Model& model) {
  const Nodes nodes = read_layers(model.layers).nodes;
  EncoderConfig c;
  c.vocabulary = option_of<int64_t>(nodes, "embed", "vocabulary");
  c.width = option_of<int64_t>(nodes, "embed", "width");
  c.positions = option_of<int64_t>(nodes, "embed", "positions");
  c.first = option_of<int64_t>(nodes, "embed", "first");
  c.types = option_of<int64_t>(nodes, "embed", "types");
  c.heads = option_of<int64_t>(nodes, "attention", "heads");
  c.buckets = option_of<int64_t>(nodes, "attention", "relative");
  c.inner = option_of<int64_t>(nodes, "dense", "units");
  c.epsilon = option_of<double>(nodes, "layernorm", "eps");
  c.most_tokens = option_of<int64_t>(nodes, "tokens", "most");
  c.layers = std::ranges::count(nodes, "attention", &Network::Node::type);
  c.type = c.buckets ? "mpnet" : "bert";
  if (const auto pool = std::ranges::find(nodes, "pool", &Network::Node::type); pool != nodes.end())
    c.pool = pool->options.find("kind")->get();
  c.unit_length = !nodes.empty() && nodes.back().type == "l2norm";
  const bool known = c.layers > 0 && c.width > 0 && c.inner > 0 && (c.type == "mpnet" || c.types > 0) &&
                     spelled(nodes) == spelled(read_layers(c.text()).nodes);
  if (!known)
    throw UsageError(
        "the layers are not those of a sentence encoder and nothing else: a BERT or MPNet with pool:mean|cls|max and "
        "perhaps l2norm behind it");
  return c;
}

ForeignFile file_of(const std::string& name, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {name, {bytes.begin(), bytes.end()}};
}
ForeignFile file_of(const std::string& name, const Json& json) { return file_of(name, json.dump(2) + "\n"); }

Json config_json(const EncoderConfig& c) {
  Json json = Json::object();
  json["architectures"].push_back(c.type == "bert" ? "BertModel" : "MPNetModel");
  json["attention_probs_dropout_prob"] = 0.1;
  json["hidden_act"] = "gelu";
  json["hidden_dropout_prob"] = 0.1;
  json["hidden_size"] = c.width;
  json["initializer_range"] = 0.02;
  json["intermediate_size"] = c.inner;
  json["layer_norm_eps"] = c.epsilon;
  json["max_position_embeddings"] = c.positions;
  json["model_type"] = c.type;
  json["num_attention_heads"] = c.heads;
  json["num_hidden_layers"] = c.layers;
  json["pad_token_id"] = c.type == "bert" ? 0 : 1;
  if (c.types) json["type_vocab_size"] = c.types;
  if (c.buckets) json["relative_attention_num_buckets"] = c.buckets;
  json["vocab_size"] = c.vocabulary;
  return json;
}

Json modules_json(const EncoderConfig& c) {
  Json list = Json::array();
  const auto module = [&](const char* path, const char* type) {
    Json one = Json::object();
    one["idx"] = list.items().size();
    one["name"] = std::to_string(list.items().size());
    one["path"] = path;
    one["type"] = std::string("sentence_transformers.models.") + type;
    list.push_back(std::move(one));
  };
  module("", "Transformer");
  module("1_Pooling", "Pooling");
  if (c.unit_length) module("2_Normalize", "Normalize");
  return list;
}

Json pooling_json(const EncoderConfig& c) {
  Json json = Json::object();
  json["word_embedding_dimension"] = c.width;
  for (const char* mode : {"cls_token", "mean_tokens", "max_tokens"})
    json[std::string("pooling_mode_") + mode] = std::string_view(mode).starts_with(c.pool + "_");
  json["pooling_mode_mean_sqrt_len_tokens"] = false;
  return json;
}

Json added_json(const AddedToken& token) {
  Json one = Json::object();
  one["id"] = static_cast<int64_t>(token.id);
  one["content"] = token.text;
  one["single_word"] = false;
  one["lstrip"] = token.takes_blanks_before;
  one["rstrip"] = token.takes_blanks_behind;
  one["normalized"] = token.normalized;
  one["special"] = true;
  return one;
}

/// The tokens at the ends, of one text or of a pair.
Json template_json(const TokenizerSettings& s, bool pair) {
  const auto piece = [](const char* kind, const std::string& id, int type) {
    Json json = Json::object();
    json[kind]["id"] = id;
    json[kind]["type_id"] = type;
    return json;
  };
  Json list = Json::array();
  list.push_back(piece("SpecialToken", s.first, 0));
  list.push_back(piece("Sequence", "A", 0));
  list.push_back(piece("SpecialToken", s.last, 0));
  if (pair) {
    list.push_back(piece("Sequence", "B", 1));
    list.push_back(piece("SpecialToken", s.last, 1));
  }
  return list;
}

Json tokenizer_json(const TokenizerSettings& s) {
  Json json = Json::object();
  json["version"] = "1.0";
  json["truncation"] = Json();
  json["padding"] = Json();
  json["added_tokens"] = Json::array();
  for (const AddedToken& token : s.added) json["added_tokens"].push_back(added_json(token));
  Json& normalizer = json["normalizer"];
  normalizer["type"] = "BertNormalizer";
  normalizer["clean_text"] = s.rules.clean;
  normalizer["handle_chinese_chars"] = s.rules.ideographs;
  normalizer["strip_accents"] = s.rules.strip_accents;
  normalizer["lowercase"] = s.rules.lowercase;
  json["pre_tokenizer"]["type"] = "BertPreTokenizer";
  Json& ends = json["post_processor"];
  ends["type"] = "TemplateProcessing";
  ends["single"] = template_json(s, false);
  ends["pair"] = template_json(s, true);
  ends["special_tokens"] = Json::object();
  for (const std::string& token : {s.first, s.last}) {
    Json& one = ends["special_tokens"][token];
    one["id"] = token;
    one["ids"].push_back(std::ranges::find(s.vocabulary, token) - s.vocabulary.begin());
    one["tokens"].push_back(token);
  }
  json["decoder"]["type"] = "WordPiece";
  json["decoder"]["prefix"] = s.continuing;
  json["decoder"]["cleanup"] = true;
  Json& model = json["model"];
  model["type"] = "WordPiece";
  model["unk_token"] = s.unknown;
  model["continuing_subword_prefix"] = s.continuing;
  model["max_input_chars_per_word"] = s.longest_word;
  Json::Object pieces;
  for (size_t id = 0; id < s.vocabulary.size(); ++id) pieces.emplace_back(s.vocabulary[id], id);
  model["vocab"] = Json(std::move(pieces));
  return json;
}

Json tokenizer_config_json(const TokenizerSettings& s, const EncoderConfig& c) {
  Json json = Json::object();
  json["tokenizer_class"] = c.type == "bert" ? "BertTokenizer" : "MPNetTokenizer";
  json["do_lower_case"] = s.rules.lowercase;
  json["strip_accents"] = s.rules.strip_accents;
  json["tokenize_chinese_chars"] = s.rules.ideographs;
  json["model_max_length"] = c.most_tokens;
  json["cls_token"] = s.first;
  json["sep_token"] = s.last;
  json["pad_token"] = s.padding;
  json["unk_token"] = s.unknown;
  if (c.type == "mpnet") json["bos_token"] = s.first, json["eos_token"] = s.last;
  json["mask_token"] = c.type == "mpnet" ? "<mask>" : "[MASK]";
  return json;
}

ForeignFile weights_file(const Model& model, const EncoderConfig& config) {
  std::vector<TensorToStore> tensors;
  for (const EncoderTensor& parameter : encoder_parameters(config)) {
    const auto found = std::ranges::find(model.weights, parameter.path, &NamedTensor::path);
    if (found == model.weights.end()) throw Error("the model has no weights " + parameter.path);
    const auto size = static_cast<size_t>(parameter.each.count());
    for (size_t i = 0; i < parameter.names.size(); ++i)
      tensors.push_back({parameter.names[i], parameter.each, std::span(found->values).subspan(i * size, size)});
  }
  return {"model.safetensors", safetensors_bytes(std::move(tensors), "")};
}

}  // namespace

std::vector<ForeignFile> encoder_files(const Model& model) {
  const EncoderConfig config = config_of(model);
  if (!model.tokenizer) throw UsageError("the model has no tokenizer: a folder of an encoder holds one");
  const TokenizerSettings& tokenizer = *model.tokenizer;
  Json length = Json::object();
  length["max_seq_length"] = config.most_tokens;
  length["do_lower_case"] = false;
  std::string list;
  for (const std::string& piece : tokenizer.vocabulary) list += piece + "\n";
  return {file_of("config.json", config_json(config)),
          weights_file(model, config),
          file_of("tokenizer.json", tokenizer_json(tokenizer)),
          file_of("tokenizer_config.json", tokenizer_config_json(tokenizer, config)),
          file_of("vocab.txt", list),
          file_of("sentence_bert_config.json", length),
          file_of("modules.json", modules_json(config)),
          file_of("1_Pooling/config.json", pooling_json(config))};
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// Sentence encoders of Hugging Face's hub: the folder of a model, or an archive (a wheel, a zip) that holds one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/log.h"
#include "base/text/names.h"
#include "data/zip.h"
#include "formats/intake.h"
#include "formats/models/encoders/encoder_config.h"
#include "formats/models/encoders/encoder_tensors.h"
#include "formats/models/encoders/encoder_write.h"
#include "formats/models/safetensors.h"
#include "formats/models/torch/torch_file.h"
#include "h5/reading/reader.h"
#include "text/tokenizer_files.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

constexpr std::array<const char*, 2> weights{"model.safetensors", "pytorch_model.bin"};
constexpr std::array<const char*, 6> described{"config.json",    "modules.json", "sentence_bert_config.json",
                                               "tokenizer.json", "vocab.txt",    "tokenizer_config.json"};

bool holds_encoder(const std::string& folder) {
  std::error_code ignored;
  return fs::is_regular_file(fs::path(folder) / "config.json", ignored) &&
         std::ranges::any_of(weights,
                             [&](const char* file) { return fs::is_regular_file(fs::path(folder) / file, ignored); });
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The configuration of the pooling, wherever modules.json says that it is.
std::vector<std::string> pooling_files(const EncoderFiles& files) {
  std::vector<std::string> names;
  const auto modules = files.find("modules.json");
  if (modules == files.end()) return names;
  const Json list = in_context("modules.json", [&] { return Json::parse(text_of(modules->second)); });
  for (const Json& module : in_context("modules.json", [&] { return list.items(); }))
    if (in_context("modules.json", [&] { return module.at("type").string().ends_with(".Pooling"); }))
      names.push_back(in_context("modules.json", [&] { return module.at("path").string(); }) + "/config.json");
  return names;
}

EncoderFiles files_in_folder(const std::string& folder, const FormatOptions& options) {
  EncoderFiles files;
  const auto take = [&](const std::string& name) {
    const fs::path path = fs::path(folder) / name;
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) files[name] = h5::read_bytes(path.string(), options.budget);
  };
  for (const char* name : described) take(name);
  for (const std::string& name : pooling_files(files))
    if (name.find("..") == name.npos && name.front() != '/') take(name);
  take(weights[0]);
  if (!files.contains(weights[0])) take(weights[1]);
  return files;
}

EncoderFiles files_in_archive(const std::vector<std::byte>& bytes, const FormatOptions& options) {
  std::string root, file;
  // The shallowest folder with weights is the model's.
  (void)read_zip(bytes, options.budget, [&](const std::string& name) {
    const std::string last = name.substr(name.find_last_of('/') + 1),
                      folder = name.substr(0, name.size() - last.size());
    if (std::ranges::find(weights, last) == weights.end()) return false;
    const auto deeper = std::ranges::count(folder, '/') <=> std::ranges::count(root, '/');
    if (file.empty() || deeper < 0 || (deeper == 0 && folder == root && last == weights[0])) root = folder, file = last;
    return false;
  });
  if (file.empty())
    throw Error(fmt::format("no {} or {} in the archive: expected the folder of an encoder", weights[0], weights[1]));
  EncoderFiles files;
  for (ZipMember& member : read_zip(bytes, options.budget, [&](const std::string& name) {
         if (!name.starts_with(root)) return false;
         const std::string inside = name.substr(root.size());
         return std::ranges::find(described, inside) != described.end() || inside == file ||
                (inside.ends_with("/config.json") && std::ranges::count(inside, '/') == 1);
       }))
    files[member.name.substr(root.size())] = std::move(member.bytes);
  return files;
}

TokenizerSettings tokenizer_in(const EncoderFiles& files, const EncoderConfig& config) {
  TokenizerSettings settings;
  if (const auto json = files.find("tokenizer.json"); json != files.end()) {
    settings = in_context("tokenizer.json", [&] { return read_tokenizer_json(text_of(json->second)); });
  } else if (const auto list = files.find("vocab.txt"); list != files.end()) {
    bool lowercase = true;
    if (const auto told = files.find("tokenizer_config.json"); told != files.end()) {
      const Json json_told = Json::parse(text_of(told->second));
      if (const Json* flag = json_told.find("do_lower_case"); flag && !flag->is_null()) lowercase = flag->boolean();
    }
    settings = in_context("vocab.txt", [&] { return read_vocabulary(text_of(list->second), lowercase); });
  } else {
    throw Error("neither tokenizer.json nor vocab.txt: expected one of them");
  }
  if (static_cast<int64_t>(settings.vocabulary.size()) > config.vocabulary)
    throw Error(fmt::format("the tokenizer has {} pieces, the network {} words", settings.vocabulary.size(),
                            config.vocabulary));
  settings.most = config.most_tokens;
  in_context("the tokenizer", [&] { (void)Tokenizer(settings); });  // it holds together
  return settings;
}

/// The tensors of the weights, which leave the files: they take as much again.
std::vector<ForeignTensor> take_tensors(EncoderFiles& files, const Budget& budget) {
  if (const auto found = files.find(weights[0]); found != files.end()) {
    const std::vector<std::byte> bytes = std::move(found->second);
    files.erase(found);
    return in_context(weights[0], [&] { return parse_safetensors(bytes, budget).tensors; });
  }
  const auto found = files.find(weights[1]);
  if (found == files.end()) throw Error(fmt::format("no {} or {}: expected the weights there", weights[0], weights[1]));
  const std::vector<std::byte> bytes = std::move(found->second);
  files.erase(found);
  return in_context(weights[1], [&] {
    std::string used;
    return state_dict_of(read_torch(bytes, budget), "", budget, used);
  });
}

ForeignModel read_encoder(const std::string& input, const PlainModelOptions& options) {
  std::error_code ignored;
  return in_context(shown_name(input), [&] {
    const bool folder = input != "-" && fs::is_directory(input, ignored);
    EncoderFiles files =
        folder ? files_in_folder(input, options) : files_in_archive(input_bytes(input, options, {}), options);
    const EncoderConfig config = read_encoder_config(files);
    ForeignModel model;
    std::vector<ForeignTensor> left = take_tensors(files, options.budget);
    model.tensors = encoder_tensors(config, left);
    model.layers = config.text();
    model.input = Shape{config.most_tokens};
    model.notes = config.notes;
    std::vector<std::string> unused;
    for (const ForeignTensor& tensor : left)
      if (!tensor.name.ends_with("position_ids")) unused.push_back(tensor.name);
    if (!unused.empty()) model.notes.push_back("not used: " + printable(quoted_list(unused)));
    model.known.tokenizer = std::make_shared<const TokenizerSettings>(tokenizer_in(files, config));
    return model;
  });
}

std::vector<ForeignFile> write_encoder(const Model& model, const PlainModelOptions&) { return encoder_files(model); }

}  // namespace

extern const ModelFormat transformers_model;
const ModelFormat transformers_model{
    .name = "transformers",
    .summary = "the folder of a sentence encoder (BERT, MPNet) as Hugging Face's hub has it, or a wheel or zip of one",
    .suffixes = {".whl"},
    .folder = true,
    .text = false,
    .content = nullptr,
    .reader = reader_with<PlainModelOptions, read_encoder>,
    .writer = writer_with<PlainModelOptions, write_encoder>,
    .beside = nullptr,
    .columns = {},
    .takes_folder = holds_encoder,
};

}  // namespace nn

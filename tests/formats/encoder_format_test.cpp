// SPDX-License-Identifier: MIT
// Folders of sentence encoders as Hugging Face's hub has them: tiny BERT and MPNet of ../shared/fixtures/documents.
#include <map>
#include <tuple>

#include "catch.h"
#include "data/zip.h"
#include "formats/models/encoders/encoder_config.h"
#include "formats/models/encoders/encoder_write.h"
#include "formats/models/model_of.h"
#include "formats/models/safetensors.h"
#include "formats/reading.h"
#include "h5/reading/foreign.h"
#include "h5/reading/reader.h"
#include "paths.h"
#include "sample_data.h"
#include "text/tokenizer.h"

using namespace nn;
using namespace nn_test;

namespace {

std::string fixture(const std::string& name) { return data_folder() + "/fixtures/documents/" + name; }

Model read(const std::string& input) {
  FormatOptions options;
  const ModelFormat* format = model_input_format(input, "", options);
  REQUIRE(format);
  CHECK(std::string(format->name) == "transformers");
  const auto reader = format->reader();
  return read_foreign_model(input, *reader, ModelReading{}, "", options);
}

void copy(const std::string& from, const Folder& to, const std::string& name, const std::string& file) {
  const std::vector<std::byte> bytes = h5::read_bytes(fixture(from + "/" + file));
  to.put(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool same_weights(const Model& a, const Model& b) {
  return std::ranges::equal(a.weights, b.weights, [](const NamedTensor& x, const NamedTensor& y) {
    return x.path == y.path && x.shape == y.shape && x.values == y.values;
  });
}

EncoderFiles files(const std::string& config) {
  const auto bytes = std::as_bytes(std::span(config));
  return {{"config.json", {bytes.begin(), bytes.end()}}};
}
const std::string good =
    R"({"model_type": "bert", "vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
  "intermediate_size": 8, "max_position_embeddings": 16, "layer_norm_eps": 1e-12, "hidden_act": "gelu", "type_vocab_size": 2})";
std::string changed(const std::string& from, const std::string& to) {
  std::string text = good;
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("encoders: a folder becomes layers, weights and a tokenizer", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  const Model bert = read(fixture("tiny-bert")), mpnet = read(fixture("tiny-mpnet"));
  CHECK(bert.layers ==
        "tokens:48 embed:64,vocabulary=512,positions=64,types=2 layernorm:eps=1e-12 2*( res( attention:4 ) "
        "layernorm:eps=1e-12 res( dense:256 gelu dense:64 ) layernorm:eps=1e-12 ) pool:cls l2norm");
  CHECK_THAT(mpnet.layers,
             Contains("positions=66,first=2") && Contains("attention:4,relative=32") && Contains("pool:mean l2norm"));
  for (const auto& [model, name] : {std::pair{&bert, "tiny-bert"}, std::pair{&mpnet, "tiny-mpnet"}}) {
    REQUIRE(model->tokenizer);
    CHECK(model->tokenizer->most == 48);
    const Tokenizer tokenizer(*model->tokenizer);
    const std::string path = fixture(name) + "/expected.h5";
    const h5::ForeignFile expected = h5::read_foreign_file(h5::read_bytes(path), path, {});
    const h5::ForeignObject* ids = expected.find("/input/input_ids");
    REQUIRE(ids);
    std::vector<int32_t> empty;
    TextEncoder(tokenizer, {.most = 48}).encode("", empty);
    CHECK(empty == std::vector<int32_t>{tokenizer.first(), tokenizer.last()});
  }
  // What is written is read back.
  const std::vector<std::byte> image = write_model(bert, h5::Provenance{"", Json::array()}, false);
  const Model again = read_model(h5::Reader::of_bytes(image, "bert.h5"));
  CHECK(same_weights(bert, again));
  REQUIRE(again.tokenizer);
  CHECK(again.tokenizer->vocabulary == bert.tokenizer->vocabulary);
  CHECK(again.tokenizer->added.size() == bert.tokenizer->added.size());
  CHECK(again.tokenizer->most == 48);
  CHECK(again.tokenizer->rules.lowercase);
}

TEST_CASE("encoders: prefixes, heads and archives change nothing", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  const Model bert = read(fixture("tiny-bert"));
  const Folder folder;
  std::vector<ZipMember> members;
  for (const char* file :
       {"config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json", "1_Pooling/config.json"}) {
    copy("tiny-bert", folder, std::string("prefixed/") + file, file);
    members.push_back(
        {std::string("package/model/") + file, h5::read_bytes(fixture(std::string("tiny-bert/") + file))});
  }
  copy("tiny-bert", folder, "prefixed/model.safetensors", "prefixed.safetensors");
  CHECK(same_weights(bert, read(folder / "prefixed")));
  members.push_back({"package/model/model.safetensors", h5::read_bytes(fixture("tiny-bert/model.safetensors"))});
  members.push_back({"package/__init__.py", {}});
  const std::vector<std::byte> wheel = write_zip(members);
  folder.put("encoder-1.0-py3-none-any.whl", {reinterpret_cast<const char*>(wheel.data()), wheel.size()});
  CHECK(same_weights(bert, read(folder / "encoder-1.0-py3-none-any.whl")));
  // Half the bits of each weight.
  copy("tiny-bert", folder, "half/model.safetensors", "half.safetensors");
  for (const char* file :
       {"config.json", "modules.json", "sentence_bert_config.json", "vocab.txt", "1_Pooling/config.json"})
    copy("tiny-bert", folder, std::string("half/") + file, file);
  const Model half = read(folder / "half");
  REQUIRE(half.weights.size() == bert.weights.size());
  for (size_t t = 0; t < half.weights.size(); ++t)
    for (size_t i = 0; i < half.weights[t].values.size(); ++i)
      REQUIRE(half.weights[t].values[i] == Approx(bert.weights[t].values[i]).margin(1e-4).epsilon(1e-3));
  CHECK(half.tokenizer->vocabulary == bert.tokenizer->vocabulary);
}

TEST_CASE("encoders: a folder of PyTorch's pickled weights is read", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  const Folder folder;
  for (const char* file : {"config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json",
                           "1_Pooling/config.json", "pytorch_model.bin"})
    copy("tiny-bert", folder, file, file);
  CHECK(same_weights(read(fixture("tiny-bert")), read(folder.path())));
}

TEST_CASE("encoders: what is written is a folder that is read back", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  for (const char* name : {"tiny-bert", "tiny-mpnet"}) {
    const Model model = read(fixture(name));
    const Folder folder;
    for (const ForeignFile& file : encoder_files(model)) folder.put(file.name, file.bytes);
    const Model again = read(folder.path());
    CHECK(again.layers == model.layers);
    CHECK(same_weights(again, model));
    const TokenizerSettings &a = *model.tokenizer, &b = *again.tokenizer;
    CHECK(a.vocabulary == b.vocabulary);
    CHECK(std::tie(a.unknown, a.first, a.last, a.padding, a.most, a.longest_word, a.continuing) ==
          std::tie(b.unknown, b.first, b.last, b.padding, b.most, b.longest_word, b.continuing));
    CHECK(std::ranges::equal(a.added, b.added, [](const AddedToken& x, const AddedToken& y) {
      return std::tie(x.text, x.id, x.takes_blanks_before, x.takes_blanks_behind, x.normalized) ==
             std::tie(y.text, y.id, y.takes_blanks_before, y.takes_blanks_behind, y.normalized);
    }));
    // Every tensor of the original file that the network uses, under its name and with its bits.
    const auto written = parse_safetensors(h5::read_bytes(folder / "model.safetensors"), {}).tensors;
    std::map<std::string, const ForeignTensor*> by_name;
    for (const ForeignTensor& tensor : written) by_name[tensor.name] = &tensor;
    size_t found = 0;
    for (const ForeignTensor& tensor :
         parse_safetensors(h5::read_bytes(fixture(name) + "/model.safetensors"), {}).tensors) {
      if (tensor.name.starts_with("pooler.") || tensor.name.ends_with("position_ids")) continue;
      REQUIRE(by_name.contains(tensor.name));
      CHECK(by_name[tensor.name]->shape == tensor.shape);
      CHECK(by_name[tensor.name]->values == tensor.values);
      ++found;
    }
    CHECK(found == written.size());
  }
  Model other = read(fixture("tiny-bert"));
  other.layers += " dense:5";
  CHECK_THROWS_WITH(encoder_files(other), Contains("not those of a sentence encoder and nothing else"));
}

TEST_CASE("encoders: what a configuration says is held against what is supported") {
  const EncoderConfig plain = read_encoder_config(files(good));
  CHECK(plain.text() ==
        "tokens:16 embed:4,vocabulary=9,positions=16,types=2 layernorm:eps=1e-12 1*( res( attention:2 ) "
        "layernorm:eps=1e-12 res( dense:8 gelu dense:4 ) layernorm:eps=1e-12 ) pool:mean");
  CHECK(plain.notes.size() == 2);  // how many tokens, and the pooling
  const auto refused = [](const std::string& config) {
    try {
      (void)read_encoder_config(files(config));
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("nothing was refused");
  };
  CHECK_THAT(refused(changed("\"bert\"", "\"gpt2\"")), Contains("model_type: expected bert or mpnet, found 'gpt2'"));
  CHECK_THAT(refused(changed("\"gelu\"", "\"gelu_new\"")), Contains("hidden_act: expected gelu, found 'gelu_new'"));
  CHECK_THAT(refused(changed("\"hidden_size\": 4", "\"hidden_size\": 1099511627776")),
             Contains("hidden_size: expected 1 to"));
  CHECK_THAT(refused(changed("\"hidden_size\": 4", "\"hidden_size\": 0")), Contains("hidden_size: expected 1 to"));
  CHECK_THAT(refused(changed("\"hidden_size\": 4,", "")), Contains("hidden_size: expected, but it is not there"));
  CHECK_THAT(refused("[]"), Contains("config.json"));
  CHECK_THAT(refused(changed("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 1000000")),
             Contains("num_hidden_layers: expected 1 to 512, found 1000000"));
  CHECK_THAT(refused(changed("\"num_attention_heads\": 2", "\"num_attention_heads\": 3")),
             Contains("hidden_size is 4, which 3 num_attention_heads do not divide"));
  CHECK_THAT(refused(changed("1e-12", "\"x\"")), Contains("config.json: layer_norm_eps: "));
  CHECK_THAT(refused(changed("1e-12", "-1")), Contains("layer_norm_eps: expected a number between 0 and 1, found -1"));
  CHECK_THAT(refused(changed("\"hidden_size\": 4", "\"hidden_size\": 4.5")), Contains("config.json: hidden_size: "));
  EncoderFiles with = files(good);
  const std::string modules =
      R"([{"type": "sentence_transformers.models.Transformer", "path": ""}, {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}])";
  const auto bytes = std::as_bytes(std::span(modules));
  with["modules.json"] = {bytes.begin(), bytes.end()};
  CHECK_THROWS_WITH(read_encoder_config(with), Contains("expected Transformer, Pooling and Normalize, found"));
  with["modules.json"] = {std::byte{'['}, std::byte{']'}};
  CHECK_THROWS_WITH(read_encoder_config(with), Contains("modules.json: expected a Pooling module"));
}

TEST_CASE("encoders: a folder whose parts lie is refused in one line", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  const auto refused = [](const std::string& file, const std::string& from, const std::string& to) {
    const Folder folder;
    for (const char* name : {"config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json",
                             "1_Pooling/config.json", "model.safetensors"})
      copy("tiny-bert", folder, name, name);
    const std::vector<std::byte> bytes = h5::read_bytes(folder / file);
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const size_t at = text.find(from);
    REQUIRE(at != text.npos);
    folder.put(file, text.replace(at, from.size(), to));
    try {
      (void)read(folder.path());
    } catch (const Error& e) {
      CHECK(std::string_view(e.what()).find('\n') == std::string_view::npos);
      return std::string(e.what());
    }
    return std::string("nothing was refused");
  };
  CHECK_THAT(refused("tokenizer.json", "\"unk_token\"", "\"x\""), Contains("unk_token"));
  CHECK_THAT(refused("tokenizer.json", "\"unk_token\": \"[UNK]\"", "\"unk_token\": \"[NO]\""), Contains("[NO]"));
  CHECK_THAT(refused("tokenizer.json", "\"max_input_chars_per_word\": 100", "\"max_input_chars_per_word\": 123456789"),
             Contains("expected 1 to 1000"));
  CHECK_THAT(refused("config.json", "\"vocab_size\": 512", "\"vocab_size\": 511"),
             Contains("word_embeddings.weight") && Contains("511x64"));
  // The length in front of the header: longer than the file, and beyond all files.
  const std::string start = [] {
    const std::vector<std::byte> bytes = h5::read_bytes(fixture("tiny-bert/model.safetensors"));
    return std::string(reinterpret_cast<const char*>(bytes.data()), 8);
  }();
  CHECK_THAT(refused("model.safetensors", start, std::string("\xff\xff\xf0\x05\0\0\0\0", 8)),
             Contains("model.safetensors: the header is longer than the file"));
  CHECK_THAT(refused("model.safetensors", start, std::string(8, '\xff')), Contains("model.safetensors: "));
}

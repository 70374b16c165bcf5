// SPDX-License-Identifier: MIT
// safetensors: a length, a JSON header with name, type, shape and place of each tensor, and their bytes. Read as
// hostile: the places cover the bytes exactly, without holes or overlaps. Source: safetensors/src/tensor.rs.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/text/json.h"
#include "formats/intake.h"
#include "formats/models/description.h"
#include "formats/models/safetensors.h"
#include "formats/models/torch_names.h"

namespace nn {
namespace {

constexpr uint64_t length_size = 8, longest_header = 100'000'000;
constexpr size_t most_tensors = 100'000;

uint64_t header_length(std::string_view start) {
  uint64_t length = 0;
  for (size_t i = 0; i < length_size; ++i) length |= uint64_t{static_cast<unsigned char>(start[i])} << (8 * i);
  return length;
}

bool is_safetensors(std::string_view start) {
  return start.size() > length_size && start[length_size] == '{' && header_length(start) <= longest_header;
}

const Content safetensors_content{.begins = is_safetensors};

constexpr std::array<std::pair<std::string_view, Element>, 13> types{{{"F32", Element::f32},
                                                                      {"F16", Element::f16},
                                                                      {"BF16", Element::bf16},
                                                                      {"F64", Element::f64},
                                                                      {"I64", Element::i64},
                                                                      {"I32", Element::i32},
                                                                      {"I16", Element::i16},
                                                                      {"I8", Element::i8},
                                                                      {"U64", Element::u64},
                                                                      {"U32", Element::u32},
                                                                      {"U16", Element::u16},
                                                                      {"U8", Element::u8},
                                                                      {"BOOL", Element::boolean}}};

struct Placed {
  ForeignTensor tensor;
  uint64_t begin = 0, end = 0;
};

uint64_t offset_of(const Json& value) {
  const int64_t number = value.integer();
  if (number < 0) throw Error("an offset of " + std::to_string(number));
  return static_cast<uint64_t>(number);
}

Placed placed(const std::string& name, const Json& json) {
  Placed p;
  p.tensor.name = name;
  const std::string& type = json.at("dtype").string();
  const auto known = std::ranges::find(types, type, &std::pair<std::string_view, Element>::first);
  if (known == types.end()) throw Error("element type " + printable(type) + " is not read here");
  p.tensor.stored = known->second;
  std::vector<int64_t> dims;
  for (const Json& d : json.at("shape").items()) {
    dims.push_back(d.integer());
    if (dims.back() < 0) throw Error("an extent of " + std::to_string(dims.back()));
  }
  if (dims.size() > 32) throw Error("a shape of " + std::to_string(dims.size()) + " axes");
  p.tensor.shape = Shape(std::move(dims));
  const Json::Array& offsets = json.at("data_offsets").items();
  if (offsets.size() != 2) throw Error("expected two data_offsets");
  p.begin = offset_of(offsets[0]), p.end = offset_of(offsets[1]);
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(p.tensor.shape.count()), uint64_t{size_of(p.tensor.stored)},
                             &bytes) ||
      p.end < p.begin || p.end - p.begin != bytes)
    throw Error("shape " + p.tensor.shape.text() + " of " + name_of(p.tensor.stored) +
                " does not take the bytes between its data_offsets");
  return p;
}

/// Error unless the places follow each other from 0 to the end.
void check_places(std::vector<const Placed*> all, uint64_t size) {
  std::ranges::sort(
      all, [](const Placed* a, const Placed* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  uint64_t at = 0;
  for (const Placed* p : all) {
    if (p->begin != at)
      throw Error("tensor '" + printable(p->tensor.name) + "' begins at byte " + std::to_string(p->begin) +
                  ", expected " + std::to_string(at) + ": tensors overlap or leave a hole");
    at = p->end;
  }
  if (at != size)
    throw Error("the tensors take " + std::to_string(at) + " bytes, the file has " + std::to_string(size) +
                ": cut off, or with something behind them");
}

/// Numbers within names count as numbers: 2.weight stands before 10.weight.
bool natural_less(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (digit(a[i]) && digit(b[k])) {
      size_t i_end = i, k_end = k;
      while (i_end < a.size() && digit(a[i_end])) ++i_end;
      while (k_end < b.size() && digit(b[k_end])) ++k_end;
      if (i_end - i != k_end - k) return i_end - i < k_end - k;
      if (const int order = a.compare(i, i_end - i, b, k, k_end - k); order != 0) return order < 0;
      i = i_end, k = k_end;
    } else if (a[i] != b[k]) {
      return a[i] < b[k];
    } else {
      ++i, ++k;
    }
  }
  return a.size() - i < b.size() - k;
}

}  // namespace

ForeignModel parse_safetensors(std::span<const std::byte> bytes, const Budget& budget) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!is_safetensors(text)) throw Error("no safetensors file: it begins with no length and '{'");
  const uint64_t length = header_length(text);
  if (length > bytes.size() - length_size) throw Error("the header is longer than the file: cut off");
  const Json header = Json::parse(text.substr(length_size, length));
  const std::span<const std::byte> data = bytes.subspan(length_size + length);
  ForeignModel model;
  std::vector<Placed> all;
  if (header.members().size() > most_tensors) throw Error("more than 100,000 tensors");
  for (const auto& member : header.members()) {
    const std::string& name = member.first;
    const Json& value = member.second;  // no bindings: clang 14 lets no lambda capture them
    if (name == "__metadata__") {
      for (const auto& [key, told] : value.members())
        if (told.string(); key == description_key) take_description(told.string(), model);
      continue;
    }
    all.push_back(in_context("tensor '" + printable(name) + "'", [&] { return placed(name, value); }));
  }
  std::vector<const Placed*> places;
  uint64_t values = 0;
  for (const Placed& p : all) places.push_back(&p), values += static_cast<uint64_t>(p.tensor.shape.count());
  check_places(places, data.size());
  budget.ask(values * sizeof(float), "its values");
  for (Placed& p : all) {
    p.tensor.values = floats_of(data.subspan(p.begin, p.end - p.begin), p.tensor.stored);
    model.tensors.push_back(std::move(p.tensor));
  }
  std::ranges::sort(model.tensors, natural_less, &ForeignTensor::name);
  return model;
}

std::vector<std::byte> safetensors_bytes(std::vector<TensorToStore> tensors, const std::string& description) {
  std::ranges::sort(tensors, {}, &TensorToStore::name);
  Json header = Json::object();
  header["__metadata__"]["format"] = Json("pt");
  if (!description.empty()) header["__metadata__"][description_key] = Json(description);
  uint64_t at = 0;
  for (const auto& [name, shape, values] : tensors) {
    Json& entry = header[name];
    entry["dtype"] = Json("F32");
    entry["shape"] = Json::array();
    for (const int64_t d : shape) entry["shape"].push_back(Json(d));
    entry["data_offsets"].push_back(Json(static_cast<size_t>(at)));
    at += values.size() * sizeof(float);
    entry["data_offsets"].push_back(Json(static_cast<size_t>(at)));
  }
  std::string text = header.dump();
  text.resize((text.size() + length_size - 1) / length_size * length_size, ' ');
  std::vector<std::byte> bytes(length_size);
  for (size_t i = 0; i < length_size; ++i) bytes[i] = static_cast<std::byte>(text.size() >> (8 * i) & 255);
  const auto append = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  append(std::as_bytes(std::span(text)));
  for (const TensorToStore& t : tensors) append(std::as_bytes(t.values));
  return bytes;
}

namespace {

ForeignModel read_safetensors(const std::string& input, const PlainModelOptions& options) {
  const std::vector<std::byte> bytes = input_bytes(input, options, safetensors_content);
  return in_context(shown_name(input), [&] { return parse_safetensors(bytes, options.budget); });
}

std::vector<ForeignFile> write_safetensors(const Model& model, const PlainModelOptions&) {
  std::vector<TensorToStore> tensors;
  for (const StateTensor& t : state_dict_of(model)) tensors.push_back({t.name, t.shape, t.tensor->values});
  return {{"", safetensors_bytes(std::move(tensors), description_of(model))}};
}

}  // namespace

extern const ModelFormat safetensors_model;
const ModelFormat safetensors_model{
    .name = "safetensors",
    .summary = "weights of Hugging Face, by PyTorch's names; with the layers where nn-tools wrote it",
    .suffixes = {".safetensors"},
    .folder = false,
    .text = false,
    .content = &safetensors_content,
    .reader = reader_with<PlainModelOptions, read_safetensors>,
    .writer = writer_with<PlainModelOptions, write_safetensors>,
};

}  // namespace nn

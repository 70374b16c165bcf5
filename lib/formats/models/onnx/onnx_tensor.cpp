// SPDX-License-Identifier: MIT
#include "formats/models/onnx/onnx_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/log.h"
#include "base/shape.h"
#include "formats/models/onnx/onnx_external.h"

namespace nn {
namespace {

struct Type {
  int number;
  Element element;
};
constexpr std::array<Type, 13> types{{{onnx::TensorProto::FLOAT, Element::f32},
                                      {onnx::TensorProto::UINT8, Element::u8},
                                      {onnx::TensorProto::INT8, Element::i8},
                                      {onnx::TensorProto::UINT16, Element::u16},
                                      {onnx::TensorProto::INT16, Element::i16},
                                      {onnx::TensorProto::INT32, Element::i32},
                                      {onnx::TensorProto::INT64, Element::i64},
                                      {onnx::TensorProto::BOOL, Element::boolean},
                                      {onnx::TensorProto::FLOAT16, Element::f16},
                                      {onnx::TensorProto::DOUBLE, Element::f64},
                                      {onnx::TensorProto::UINT32, Element::u32},
                                      {onnx::TensorProto::UINT64, Element::u64},
                                      {onnx::TensorProto::BFLOAT16, Element::bf16}}};

bool is_real(Element type) {
  return type == Element::f32 || type == Element::f16 || type == Element::bf16 || type == Element::f64;
}

template <class T>
int64_t integer_at(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<int64_t>(value);
}

int64_t integer_of(const char* at, Element type) {
  switch (type) {
    case Element::boolean:
      return *at != 0;
    case Element::u8:
      return integer_at<uint8_t>(at);
    case Element::i8:
      return integer_at<int8_t>(at);
    case Element::u16:
      return integer_at<uint16_t>(at);
    case Element::i16:
      return integer_at<int16_t>(at);
    case Element::u32:
      return integer_at<uint32_t>(at);
    case Element::i32:
      return integer_at<int32_t>(at);
    case Element::u64:
      return integer_at<uint64_t>(at);
    default:
      return integer_at<int64_t>(at);
  }
}

/// The values as bytes, little-endian: of external files as they are, of the other lists of the proto made so.
template <class List, class Narrow>
std::string packed(const List& list, Narrow) {
  std::string bytes;
  bytes.reserve(static_cast<size_t>(list.size()) * sizeof(Narrow));
  for (const auto value : list) {
    const auto narrow = static_cast<Narrow>(value);
    bytes.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
  }
  return bytes;
}

std::string listed_bytes(const onnx::TensorProto& proto, Element type) {
  switch (type) {
    case Element::f32:
      return packed(proto.float_data(), float{});
    case Element::f64:
      return packed(proto.double_data(), double{});
    case Element::i64:
      return packed(proto.int64_data(), int64_t{});
    case Element::u32:
      return packed(proto.uint64_data(), uint32_t{});
    case Element::u64:
      return packed(proto.uint64_data(), uint64_t{});
    case Element::i32:
      return packed(proto.int32_data(), int32_t{});
    default:
      return size_of(type) == 2 ? packed(proto.int32_data(), uint16_t{}) : packed(proto.int32_data(), uint8_t{});
  }
}

}  // namespace

int64_t OnnxTensor::count() const { return Shape(dims).count(); }
size_t OnnxTensor::place(int64_t i) const {
  const auto at = static_cast<size_t>(i);
  if (at >= (is_float ? floats.size() : ints.size()))
    throw Error("tensor '" + short_name(name) + "' has " + std::to_string(count()) + " values; more are expected");
  return at;
}
double OnnxTensor::number(int64_t i) const {
  const size_t at = place(i);
  return is_float ? static_cast<double>(floats[at]) : static_cast<double>(ints[at]);
}
float OnnxTensor::real(int64_t i) const {
  const size_t at = place(i);
  return is_float ? floats[at] : static_cast<float>(ints[at]);
}

std::string short_name(const std::string& name) {
  constexpr size_t most = 80;
  return name.size() <= most ? printable(name) : printable(name.substr(0, most)) + "...";
}

std::string onnx_type_name(int type) {
  if (!onnx::TensorProto::DataType_IsValid(type)) return "type " + std::to_string(type);
  std::string name = onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name;
}

Element onnx_element(int type) {
  const auto known = std::ranges::find(types, type, &Type::number);
  if (known == types.end()) throw Error("element type " + onnx_type_name(type) + " is not read here");
  return known->element;
}

OnnxTensor read_tensor(const onnx::TensorProto& proto, const OnnxPlace& place) {
  return in_context("tensor '" + short_name(proto.name()) + "'", [&] {
    OnnxTensor tensor{proto.name(), {proto.dims().begin(), proto.dims().end()}};
    tensor.stored = onnx_element(proto.data_type());
    tensor.is_float = is_real(tensor.stored);
    const size_t size = size_of(tensor.stored);
    uint64_t bytes = 0;
    if (tensor.dims.size() > 8) throw Error(fmt::format("{} axes; at most 8 are read", tensor.dims.size()));
    if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.count()), uint64_t{size}, &bytes))
      throw Error("shape " + Shape(tensor.dims).text() + ": more values than any memory holds");
    const bool external = proto.data_location() == onnx::TensorProto::EXTERNAL;
    std::string made;
    if (external)
      made = external_bytes(proto, bytes, place);
    else if (!proto.has_raw_data())
      made = listed_bytes(proto, tensor.stored);
    const std::string& raw = external || !proto.has_raw_data() ? made : proto.raw_data();
    if (raw.size() != bytes)
      throw Error(fmt::format("shape {} of {} needs {} bytes, it has {}", Shape(tensor.dims).text(),
                              name_of(tensor.stored), bytes, raw.size()));
    const uint64_t count = bytes / size;
    place.budget.ask_product({count, tensor.is_float ? sizeof(float) : sizeof(int64_t)}, "its values");
    if (tensor.is_float) {
      tensor.floats = floats_of(std::as_bytes(std::span(raw)), tensor.stored);
    } else {
      tensor.ints.resize(count);
      for (size_t i = 0; i < count; ++i) tensor.ints[i] = integer_of(raw.data() + i * size, tensor.stored);
    }
    return tensor;
  });
}

std::string OnnxNode::shown() const {
  const std::string& name = proto_->name().empty() && proto_->output_size() ? proto_->output(0) : proto_->name();
  return "node '" + short_name(name) + "' (" + short_name(type()) + ")";
}

const onnx::AttributeProto* OnnxNode::find(const char* name) {
  for (int i = 0; i < proto_->attribute_size(); ++i)
    if (proto_->attribute(i).name() == name) {
      asked_[static_cast<size_t>(i)] = true;
      return &proto_->attribute(i);
    }
  return nullptr;
}

int64_t OnnxNode::integer(const char* name, int64_t otherwise) {
  const onnx::AttributeProto* attribute = find(name);
  return attribute ? attribute->i() : otherwise;
}
double OnnxNode::number(const char* name, double otherwise) {
  const onnx::AttributeProto* attribute = find(name);
  return attribute ? static_cast<double>(attribute->f()) : otherwise;
}
std::string OnnxNode::text(const char* name, const char* otherwise) {
  const onnx::AttributeProto* attribute = find(name);
  return attribute ? attribute->s() : otherwise;
}
std::vector<int64_t> OnnxNode::integers(const char* name) {
  const onnx::AttributeProto* attribute = find(name);
  return attribute ? std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end()) : std::vector<int64_t>{};
}
std::vector<float> OnnxNode::numbers(const char* name) {
  const onnx::AttributeProto* attribute = find(name);
  return attribute ? std::vector<float>(attribute->floats().begin(), attribute->floats().end()) : std::vector<float>{};
}
OnnxTensor OnnxNode::tensor(const char* name) {
  const onnx::AttributeProto* attribute = find(name);
  if (!attribute || !attribute->has_t()) throw Error(std::string("attribute ") + name + ": expected a tensor");
  return read_tensor(attribute->t(), *place_);
}

void OnnxNode::check_all_asked() const {
  for (size_t i = 0; i < asked_.size(); ++i)
    if (!asked_[i])
      throw Error("attribute '" + short_name(proto_->attribute(static_cast<int>(i)).name()) + "' is not read here");
}

void OnnxNode::expect(const char* name, int64_t value) {
  if (const int64_t found = integer(name, value); found != value)
    throw Error(fmt::format("attribute {} is {}; only {} is read here", name, found, value));
}

std::vector<float> reals(const OnnxTensor& x) {
  std::vector<float> values;
  for (int64_t i = 0; i < x.count(); ++i) values.push_back(x.real(i));
  return values;
}

}  // namespace nn

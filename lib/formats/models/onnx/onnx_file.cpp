// SPDX-License-Identifier: MIT
#include "formats/models/onnx/onnx_file.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"

namespace nn {
namespace {

constexpr uint64_t most_parts = 500'000, part_bytes = 256, number_bytes = 8;
constexpr int deepest = 24;

/// The messages of onnx.proto, as far as they hold others or lists of numbers.
enum class WirePart { model, graph, node, attribute, tensor, other, numbers, bytes };

WirePart part_of(WirePart in, uint64_t field) {
  switch (in) {
    case WirePart::model:
      return field == 7                                 ? WirePart::graph
             : field == 8 || field == 14 || field == 25 ? WirePart::other
                                                        : WirePart::bytes;
    case WirePart::graph:
      return field == 1    ? WirePart::node
             : field == 5  ? WirePart::tensor
             : field >= 11 ? WirePart::other
                           : WirePart::bytes;
    case WirePart::node:
      return field == 5 ? WirePart::attribute : field >= 9 ? WirePart::other : WirePart::bytes;
    case WirePart::attribute:
      if (field == 5 || field == 10) return WirePart::tensor;
      if (field == 6 || field == 11) return WirePart::graph;
      return field == 7 || field == 8 ? WirePart::numbers : field == 9 ? WirePart::bytes : WirePart::other;
    case WirePart::tensor:
      return field == 8 || field == 9 || field == 12 ? WirePart::bytes
             : field == 13                           ? WirePart::other
                                                     : WirePart::numbers;
    default:
      return WirePart::bytes;
  }
}

class Walk {
 public:
  explicit Walk(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint64_t memory() const { return memory_; }

  void message(size_t end, WirePart part, int depth) {
    if (depth > deepest) fail("nested deeper than any model");
    if (++parts_ > most_parts) throw Error("more than 500,000 parts: no model that is read here");
    memory_ += part_bytes;
    while (at_ < end) {
      const uint64_t tag = varint(end), field = tag >> 3;
      memory_ += number_bytes;
      switch (tag & 7) {
        case 0:
          varint(end);
          break;
        case 1:
          skip(8, end);
          break;
        case 2:
          delimited(end, field, part, depth);
          break;
        case 5:
          skip(4, end);
          break;
        default:
          fail("no protobuf field");
      }
    }
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(fmt::format("{} at byte {}: cut off, damaged, or no ONNX", what, at_));
  }
  void delimited(size_t end, uint64_t field, WirePart part, int depth) {
    const uint64_t length = varint(end);
    if (length > end - at_) fail("a field that is longer than the file");
    const WirePart inner = part_of(part, field);
    switch (inner) {
      case WirePart::bytes:
        memory_ += length + 64;
        break;
      case WirePart::numbers:
        memory_ += number_bytes * length;
        break;
      case WirePart::other:
        memory_ += 16 * length + part_bytes;
        break;
      default:
        return message(at_ + length, inner, depth + 1);
    }
    if (++parts_ > 8 * most_parts) throw Error("more than 4,000,000 fields: no model that is read here");
    at_ += length;
  }
  uint64_t varint(size_t end) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ >= end) fail("the end");
      const auto byte = static_cast<uint64_t>(bytes_[at_++]);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    fail("a number of more than 64 bits");
  }
  void skip(size_t n, size_t end) {
    if (n > end - at_) fail("the end");
    at_ += n;
  }

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  uint64_t parts_ = 0, memory_ = 0;
};

}  // namespace

void check_onnx_bytes(std::span<const std::byte> bytes, const Budget& budget) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    throw Error("more than 2 GB; larger models keep their weights in a file beside them");
  Walk walk(bytes);
  walk.message(bytes.size(), WirePart::model, 0);
  budget.ask(walk.memory(), "its graph");
}

onnx::ModelProto parse_onnx(std::span<const std::byte> bytes, const Budget& budget) {
  check_onnx_bytes(bytes, budget);
  onnx::ModelProto model;
  if (!model.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error("protobuf does not read it: damaged, or no ONNX");
  if (!model.has_graph() || model.graph().node_size() == 0)
    throw Error("it holds no graph of nodes: damaged, or no ONNX");
  return model;
}

bool is_onnx(std::string_view start) {
  // ir_version (field 1), then another field of a model.
  if (start.size() < 4 || start[0] != 8 || start[1] < 1 || start[1] > 64) return false;
  const auto next = static_cast<unsigned char>(start[2]);
  return next == 0x12 || next == 0x1a || next == 0x22 || next == 0x28 || next == 0x32 || next == 0x3a || next == 0x42 ||
         next == 0x72;
}

}  // namespace nn

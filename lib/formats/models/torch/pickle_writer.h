// SPDX-License-Identifier: MIT
// The opcodes that torch.save writes for dictionaries of tensors and numbers, without their memo, which only saves
// space.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/shape.h"

namespace nn {

class PickleWriter {
 public:
  PickleWriter() { text_ = "\x80\x02"; }

  void ordered_dict() { text_ += "ccollections\nOrderedDict\n)R"; }
  void dict() { text_ += '}'; }
  /// Between these two the keys and values of the dict before.
  void begin_items() { text_ += '('; }
  void end_items() { text_ += 'u'; }
  void begin_list() { text_ += "]("; }
  void end_list() { text_ += 'e'; }
  void text(const std::string& value);
  void integer(int64_t value);
  void real(double value);
  void pair(double first, double second);
  void boolean(bool value) { text_ += value ? '\x88' : '\x89'; }
  void none() { text_ += 'N'; }
  /// float32, in a storage of its own; the values must outlive the writer.
  void tensor(const Shape& shape, std::span<const float> values);
  void scalar(float value);  ///< a tensor without axes

  /// The pickle, and the values of its tensors, whose keys are 0, 1, ...
  std::string take() { return std::move(text_ += '.'); }
  const std::vector<std::span<const float>>& storages() const { return storages_; }

 private:
  void little(uint64_t value, size_t n);
  void integers(const std::vector<int64_t>& values);

  std::string text_;
  std::vector<std::span<const float>> storages_;
  std::deque<float> scalars_;
};

}  // namespace nn

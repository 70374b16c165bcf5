// SPDX-License-Identifier: MIT
// Layers of Keras become words of the layer language, one after another.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "formats/models/keras/keras_model.h"
#include "layers/window.h"

namespace nn {

class Translation {
 public:
  static constexpr int sample = -1;  ///< among outputs: the input of the network

  /// full_names: words of a model that is a layer are named after its layers, "base.conv2d_1".
  Translation(const KerasModel& model, ForeignModel& made, bool full_names)
      : model_(model), made_(made), full_names_(full_names) {}
  void run();

  // For the functions that translate one class:
  int input(const KerasLayer& layer);  ///< the only one; Error for several, or one that is padded
  std::vector<int> inputs(const KerasLayer& layer);
  Padding padded_input(const KerasLayer& layer, int& of);  ///< and what a ZeroPadding2D before it adds
  /// Adds a word; its arguments, as "6,5x5" and "same", are joined by ','. Returns its output.
  int word(const std::string& kind, const std::vector<std::string>& arguments, int of);
  /// The same of a joint: add, mul or concat.
  int joint(const std::string& kind, const std::vector<int>& inputs);
  /// The array is that parameter of the word that was added last.
  void weight(const KerasLayer& layer, size_t array, const std::string& role);
  void constant(const std::string& role, int64_t count, float value);
  /// Values that training does not change in Keras. shape: as Keras would have it; not given: one axis.
  void fixed(const std::string& role, std::vector<float> values, Shape shape = {});
  int activation(const KerasLayer& layer, int of);  ///< of its configuration, where it has one
  int activation_named(const std::string& name, int of);
  void padding(const KerasLayer& layer, int of, Padding pad) { padded_[layer.name] = {of, pad}; }
  Shape shape(int output) const;  ///< here
  bool is_image(int output) const { return made_.input.rank() != 0 && shape(output).rank() == 3; }
  /// As joints name it; "input" for the network's own.
  std::string name(int output) const {
    return output == sample ? "input" : words_.at(static_cast<size_t>(output)).name;
  }
  const std::string& kind(int output) const { return words_.at(static_cast<size_t>(output)).kind; }
  bool channels_first() const { return channels_first_; }
  bool is_version_2() const { return model_.is_version_2; }
  void note(const std::string& sentence) { made_.notes.push_back(sentence); }

 private:
  struct Word {
    std::string kind, name, text;
    std::string alone;                   ///< text without the names of its inputs
    std::vector<int> inputs;             ///< the first, and those that a joint names
    mutable std::optional<Shape> shape;  ///< found when it is asked for
  };
  Shape shape_of(const Word& word) const;
  /// name=... for a word of a layer in a model that is a layer; empty for others, which are named by kind and number.
  std::string own_name(const std::string& kind);
  void take_input();
  void translate(const KerasLayer& layer);
  void take_end();
  void note_fixed();
  std::string text() const;

  const KerasModel& model_;
  ForeignModel& made_;
  bool full_names_;
  bool channels_first_ = false;
  std::vector<Word> words_;
  std::map<std::string, int> counts_;
  std::set<std::string> names_;         ///< that are no kind and number
  std::string front_;                   ///< of the names of the layer's words: "base.conv2d_1"
  std::map<std::string, bool> fixed_;   ///< of words with weights: whether training does not change them in Keras
  std::map<std::string, int> outputs_;  ///< of layers, by name
  std::map<std::string, std::pair<int, Padding>> padded_;
};

/// What translates a class of layers; null for one that has no counterpart.
using TranslateLayer = int (*)(Translation& to, const KerasLayer& layer);
TranslateLayer translation_of(const std::string& type);

}  // namespace nn

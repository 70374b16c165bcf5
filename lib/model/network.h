// SPDX-License-Identifier: MIT
// The layer language and the Network that it makes: layers with checked shapes, no memory, no device.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "layers/layer.h"

namespace nn {

/// One word of the layer language, repeats expanded; line and column count from 1 and are those of the word.
struct LayerWord {
  /// A layer; or what a bracket res( A | B ) begins with, its '|', and its ')'.
  enum class Kind { layer, open, next, close };
  std::string text;  ///< of each part of a bracket: what it begins with, without '('
  int line = 1, column = 1;
  Kind kind = Kind::layer;
  int repeat = 0;  ///< the outermost repeat of two or more copies that it stands in, from 1; 0: none
};
/// At most 60,000 bytes of text, 10,000 layers (joints of brackets counted), 16 levels of repeats and brackets. Blanks
/// and newlines between words, # comments, N*( ... ) repeats, NAME( ... | ... ) brackets, nested; one branch of a
/// bracket may be empty. UsageError with line and column.
std::vector<LayerWord> parse_layers(std::string_view text);
/// In one line: reads back to the same words.
std::string text_of(const std::vector<LayerWord>& words);

class Network {
 public:
  static constexpr int sample = -1;  ///< among Node::inputs: the input of the network

  /// One layer in place. The joint of a bracket stands behind the layers in it.
  struct Node {
    std::string name;  ///< kind and running number in the order of the text (conv1, dense2), or its name= option
    std::string type;  ///< kind
    std::string text;  ///< as written, or what it means by PyTorch's defaults; of a joint: what its bracket begins with
    LayerWord word;
    std::unique_ptr<Layer> layer;
    OptionSet options;                  ///< of the layer, as they are set, without name= and from=
    std::vector<int> inputs;            ///< places of earlier nodes, or `sample`
    std::vector<Shape> input_shapes;    ///< of these
    Shape output;                       ///< of a sample; of ragged ones of a row
    Value value;                        ///< the same with what else is known of it
    std::vector<std::string> brackets;  ///< names of the joints of those that it stands in, the outermost first
    const Shape& input() const { return input_shapes.at(0); }
  };

  /// input: the shape of a sample; of a network that begins with tokens:N, {T}, T tokens a sample at most.
  /// UsageError for malformed text or unknown names; Error when shapes do not fit, naming line, column and shape.
  /// like: whose defaults hold for what the text does not say. text() says it all by PyTorch's defaults, so that a
  /// model file needs no framework's name to be read.
  Network(std::string_view text, Shape input, const FrameworkRules& like = {});

  const std::string& text() const { return text_; }
  /// {N} where it begins with tokens:N.
  const Shape& input() const { return input_; }
  const Value& input_value() const { return input_value_; }
  bool takes_tokens() const { return input_value_.ragged; }
  Shape output() const;
  const std::vector<Node>& nodes() const { return nodes_; }
  /// What the messages call that input of a node: "conv1", or "input" for the network's own.
  std::string name_of(int input) const;
  /// Without a loss. default_init: initialiser spec of the weights whose layer names none (nn-train --init).
  Graph lower(const std::string& default_init = {}) const;

 private:
  /// The input's value: of ids, if the network begins with tokens.
  void take_input(Shape input);

  std::string text_;
  Shape input_;
  Value input_value_;
  std::vector<Node> nodes_;
};

/// The layers of a text with their options and inputs, without shapes: what can be said before the data are known.
struct ReadLayers {
  std::vector<Network::Node> nodes;
  std::string text;  ///< as given; under another framework than PyTorch by its defaults, repeats expanded
};
/// UsageError as above.
ReadLayers read_layers(std::string_view text, const FrameworkRules& like = {});
/// They begin with tokens:N: a network for texts.
bool takes_tokens(const std::vector<Network::Node>& nodes);
/// "layers: line 2, column 7: 'conv:8,3'"
std::string place_of(const LayerWord& word);

/// UsageError when the network ends in what the loss does itself (softmax before cross_entropy, sigmoid before bce),
/// saying where, and what to leave out. loss: spec text.
void check_loss_fits(const Network& network, const std::string& loss);

/// --model VALUE: a name of share/models, a file, or the layers themselves. Returns the layer text.
/// UsageError with the nearest name when it is none of them.
std::string find_layers(const std::string& value);
/// Names in share/models with their first comment line.
std::vector<std::pair<std::string, std::string>> list_models();

}  // namespace nn

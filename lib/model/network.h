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
  std::string text;
  int line = 1, column = 1;
};
/// At most 60,000 bytes of text, 10,000 layers, 16 levels of repeats. Blanks and newlines between words, # comments,
/// N*( ... ) repeats, nested. UsageError with line and column.
std::vector<LayerWord> parse_layers(std::string_view text);

/// Layer text of several lines as one: comments left out, its parts joined by one blank.
std::string layers_in_one_line(std::string_view text);

/// The option name= that every layer takes beside its own, for help and man pages.
void declare_name(OptionSet& set, std::string& name);

class Network {
 public:
  /// One layer in place.
  struct Node {
    std::string name;  ///< kind and running number (conv1, dense2), or its name= option
    std::string type;  ///< kind
    std::string text;  ///< as written, or what it means by PyTorch's defaults
    LayerWord word;
    std::unique_ptr<Layer> layer;
    OptionSet options;  ///< of the layer, as they are set, without name=
    Shape input, output;
  };

  /// UsageError for malformed text or unknown names; Error when shapes do not fit, naming line, column and shape.
  /// like: whose defaults hold for what the text does not say. text() says it all by PyTorch's defaults, so that a
  /// model file needs no framework's name to be read.
  Network(std::string_view text, Shape input, const FrameworkRules& like = {});

  const std::string& text() const { return text_; }
  const Shape& input() const { return input_; }
  Shape output() const;
  const std::vector<Node>& nodes() const { return nodes_; }
  /// Without a loss. default_init: initialiser spec of the weights whose layer names none (nn-train --init).
  Graph lower(const std::string& default_init = {}) const;

 private:
  std::string text_;
  Shape input_;
  std::vector<Node> nodes_;
};

/// The layers of a text with their options, without shapes: what can be said before the data are known. UsageError as
/// above.
std::vector<Network::Node> read_layers(std::string_view text, const FrameworkRules& like = {});

/// UsageError when the network ends in what the loss does itself (softmax before cross_entropy, sigmoid before bce),
/// saying where, and what to leave out. loss: spec text.
void check_loss_fits(const Network& network, const std::string& loss);

/// --model VALUE: a name of share/models, a file, or the layers themselves. Returns the layer text.
/// UsageError with the nearest name when it is none of them.
std::string find_layers(const std::string& value);
/// Names in share/models with their first comment line.
std::vector<std::pair<std::string, std::string>> list_models();

}  // namespace nn

// SPDX-License-Identifier: MIT
// The word use:FILE in the layers of --model: the layers of another model in its place, with its weights and, where it
// takes texts, its tokenizer.
#pragma once

#include <functional>
#include <string>

#include "train/engine/fine_tune.h"

namespace nn {

/// The layers that --model means where they hold a word use:FILE; empty where they hold none.
std::string layers_with_use(const std::string& model);

/// Puts the layers of the files in the place of the words use:FILE[,name=NAME]. Layers with weights are named
/// NAME.layer (NAME: not given, the name of the file without its ending), and so are the tensors that are added to
/// `into`, which also gets the tokenizer. like: whose defaults hold for the text that is made. Error naming the file
/// for a model without layers, for one whose layers name each other, and for a word in a repeat.
std::string with_used_models(const std::string& layers, const FrameworkRules& like,
                             const std::function<StartModel(const std::string&)>& read, Model& into);

}  // namespace nn

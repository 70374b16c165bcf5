// SPDX-License-Identifier: MIT
// Words that people bring from PyTorch, Keras and elsewhere, answered by what they are called here. Each stands beside
// what it names: with a plug-in (KnownAs) or with an option (Option::called, also, says).
// Case, '_' and '-' of words do not matter, nor do a package in front and arguments behind: torch.optim.Adam(lr=1).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

/// What a plug-in is elsewhere. Found in torch.nn, torch.nn.init, torch.optim and
/// keras.{layers,activations,initializers,optimizers,losses,callbacks}.
struct KnownAs {
  const char* pytorch = "";  ///< its name there, several joined by ", "; "-": PyTorch has none
  const char* keras = "";
  const char* instead = "";  ///< what is used under a framework that has none
  const char* also = "";     ///< further words for it, joined by blanks
};

/// A name of ours and the words that stand for it.
struct Candidate {
  std::string name;
  std::string there;  ///< in the frameworks, joined by ','
  std::string also;   ///< elsewhere, joined by blanks
};

/// Words, joined by blanks, that have no single name of ours, and what is said of them.
struct Saying {
  std::string words, sentence;
};

/// What is compared of a word; empty for an empty word and one that is too long to be a name.
std::string folded_word(std::string_view word);
/// One of the words that `list` joins by `between`. word: folded.
bool has_word(std::string_view list, char between, const std::string& word);
bool is_called(const Candidate& candidate, const std::string& folded);

/// Names of what `word` stands for, at most three: those of the same spelling, then the frameworks', then further ones.
std::vector<std::string> our_names(std::string_view word, std::span<const Candidate> known);
/// The sentence of the first saying that has the word; empty when none has it.
std::string said_of(std::string_view word, std::span<const Saying> sayings);

}  // namespace nn

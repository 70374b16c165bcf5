// SPDX-License-Identifier: MIT
// What each layer, initializer, optimizer, loss, schedule and callback of ours is in PyTorch and in Keras, option by
// option, and what the one or the other has not: under --like that is a warning which says what is used in its place.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/framework_rules.h"

namespace nn {

struct Counterpart {
  const char *kind, *name,
      *key;  ///< "optimizer", "sgd", "dampening"; key empty: the thing itself; name "*": of all that have the key
  const char *pytorch, *keras;  ///< what it is there, "-" for nothing
  const char* note;             ///< what is used where there is nothing

  const char* in(const FrameworkRules& like) const { return like.framework == Framework::pytorch ? pytorch : keras; }
  bool lacking(const FrameworkRules& like) const { return std::string(in(like)) == "-"; }
};
const std::vector<Counterpart>& counterparts();
/// The row of that name, else that of "*"; null when there is none.
const Counterpart* counterpart(const std::string& kind, const std::string& name, const std::string& key);

/// Names among `known` for what PyTorch, Keras or common usage calls `word`; empty when the table has none. kind: as
/// messages have it, "layer", "initializer", "option" (the options of anything).
std::vector<std::string> our_names(std::string_view kind, std::string_view word, std::span<const std::string> known);
/// The option of nn-train that `word` is by name or in a framework, where it was taken for an argument of something:
/// adam,lr=0.1.
std::string own_option(std::string_view word);
/// What to write instead of a command line's unknown option --WORD, as "--early-stop METRIC,patience=N"; empty when the
/// table has nothing. known: names of the tool's options.
std::string option_hint(std::string_view word, std::span<const std::string> known);
/// What is said of a word that has no single name of ours, as "--gpu": a sentence, empty when the table has none.
/// known: as above.
std::string said_of(std::string_view kind, std::string_view word, std::span<const std::string> known);
/// " (nn-layers(7))": the man page on names of that kind; of nn-frameworks(7) only for a word that stands there, else
/// empty.
std::string page_on(std::string_view kind, std::string_view word);

/// nn-train --list counterparts: kind with name and option, what PyTorch and Keras call it, and what is used where one
/// has none.
std::vector<std::vector<std::string>> counterpart_rows();

}  // namespace nn

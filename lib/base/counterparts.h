// SPDX-License-Identifier: MIT
// What each layer, initialiser, optimizer, loss, schedule and callback of ours is in PyTorch and in Keras, option by
// option, and what the one or the other has not: under --like that is a warning which says what is used in its place.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/like.h"

namespace nn {

struct Counterpart {
  const char *kind, *name, *key;  ///< "optimizer", "sgd", "dampening"; key empty: the thing itself; name "*": of all that have the key
  const char *pytorch, *keras;    ///< what it is there, "-" for nothing
  const char* note;               ///< what is used where there is nothing

  const char* in(const Like& like) const { return like.framework == Framework::pytorch ? pytorch : keras; }
  bool lacking(const Like& like) const { return std::string(in(like)) == "-"; }
};
const std::vector<Counterpart>& counterparts();
/// The row of that name, else that of "*"; null when there is none.
const Counterpart* counterpart(const std::string& kind, const std::string& name, const std::string& key);

/// A line for each thing, and for each option that one of them lacks: nn-train --list counterparts.
std::vector<std::pair<std::string, std::string>> list_counterparts();

}  // namespace nn

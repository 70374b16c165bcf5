// SPDX-License-Identifier: MIT
// Which steps a Plan is made of. A pattern says which ops, from one on, it does in one step, and in which layouts.
//
// Adding one: a file here that exports `const Pattern NAME_pattern` and a line in patterns.def. The first line that
// matches is taken, of convolutions the one that choices.h ranks first; what matches none is done by ref's loops. The
// generic test holds every pattern to ref.
#pragma once

#include <span>

#include "backend/cpu/conv/choices.h"
#include "backend/cpu/plan/backend.h"
#include "backend/cpu/plan/step.h"

namespace nn::cpu {

/// The ops from one on, each the only reader of the value before it, which nobody else wants to see: as many as the
/// longest pattern looks at. All but the first have one input; an Add may have a second one, which was made before.
class Chain {
 public:
  static constexpr size_t longest = 8;
  /// only_readers: those of the graph.
  Chain(const Graph& graph, const std::vector<const Op*>& only_readers, size_t first, const PlanOptions& options,
        const KernelChoices& choices, const Kernels& kernels);
  size_t size() const { return ops_.size(); }
  const Op& op(size_t k) const { return *ops_.at(k); }
  /// Op k if there is one and it is a Kind, else null.
  template <class Kind>
  const Kind* as(size_t k) const {
    return k < ops_.size() ? std::get_if<Kind>(&ops_[k]->what) : nullptr;
  }
  /// True if op k is the element-wise function of that name.
  bool is_map(size_t k, std::string_view function) const;
  const Shape& in() const { return graph.value(op(0).inputs.at(0)).shape; }
  const Shape& out(size_t k) const { return graph.value(op(k).output).shape; }

  const Graph& graph;
  const PlanOptions& options;
  const KernelChoices& choices;
  const Kernels& kernels;

 private:
  std::vector<const Op*> ops_;
};

/// Of which values a pattern does an op: fixed samples, the rows of ragged ones, or either.
enum class Samples { fixed, ragged, any };

struct Pattern {
  const char* name;
  size_t (*match)(const Chain&);     ///< how many ops of the chain it does, 0 for none
  Layouts in = only(Layout::nchw);   ///< of every input; rows must be among them
  Layouts out = only(Layout::nchw);  ///< likewise
  bool same = false;                 ///< the output and all inputs lie in one layout
  StepPointer (*make)(StepData);
  /// Whether such ops in one step, in training, need not keep their output (Remade), and whether such ops make what
  /// they read; null: never.
  bool (*hands_on)(std::span<const Op>) = nullptr;
  bool (*remakes)(std::span<const Op>, const PlanOptions&) = nullptr;
  Samples samples = Samples::fixed;  ///< of its first input; ragged ones lie in rows
  bool does(bool ragged) const { return samples == Samples::any || (samples == Samples::ragged) == ragged; }
};
Table<Pattern> patterns();
/// Whether convolutions in bf16 multiply words of two numbers there.
bool by_bf16_words(const KernelChoices& choices, const Kernels& kernels);
/// A chain that begins with a convolution, as the table of choices sees it.
ConvCase case_of(const Chain& chain);
/// Those to be tried on a chain, in their order: convolutions as choices.h ranks them, KernelChoices::conv_kernel
/// before all.
std::vector<const Pattern*> candidates(const Chain& chain);
/// The pattern of a way to do convolutions.
const Pattern& pattern_of(ConvKernel kernel);

/// What the ops [first, first + count) of the graph read that none of them makes: the inputs of the first, then those
/// of the others.
std::vector<ValueId> inputs_of(const Graph& graph, size_t first, size_t count);

/// match() of a pattern for one op of a kind.
template <class Kind>
size_t match_one(const Chain& chain) {
  return chain.as<Kind>(0) ? 1 : 0;
}

}  // namespace nn::cpu

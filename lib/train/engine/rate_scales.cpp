// SPDX-License-Identifier: MIT
// --lr-scale: layers with another learning rate.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text/number.h"
#include "train/engine/layer_patterns.h"
#include "train/engine/training_engine.h"

namespace nn {

void TrainingEngine::take_scales() {
  std::map<ParamId, double> scales;  // what is given last holds
  for (const std::string& text : options_.rate_scales) {
    const size_t equals = text.rfind('=');
    double scale = 0;
    if (equals == text.npos || equals == 0)
      throw UsageError("--lr-scale: expected LAYERS=X, as 'minilm=0.1', found '" + printable(text) + "'");
    in_context("--lr-scale " + printable(text), [&] { parse_value(std::string_view(text).substr(equals + 1), scale); });
    if (!(scale >= 0 && std::isfinite(scale)))
      throw UsageError("--lr-scale: expected 0 or a positive number, found " + value_text(scale));
    const auto layers = matching_layers("--lr-scale", text.substr(0, equals), *task_.network, task_.graph);
    for (size_t p = 0; p < task_.graph.params.size(); ++p)
      if (task_.graph.params[p].trainable && std::ranges::find(layers, task_.graph.params[p].layer) != layers.end())
        scales[static_cast<ParamId>(p)] = scale;
  }
  if (!options_.rate_scales.empty() && scales.empty())
    throw UsageError("--lr-scale has no effect: all of its layers are frozen");
  scales_.assign(scales.begin(), scales.end());
}

/// Another learning rate of a parameter is another multiple of its update, for every optimizer here: what the optimizer
/// keeps depends on gradients alone, or is multiplied by the rate as a whole.
void TrainingEngine::scale_updates() {
  std::vector<double> before, now;
  for (const auto& [id, scale] : scales_) {
    const auto size = static_cast<size_t>(task_.graph.params[static_cast<size_t>(id)].shape.count());
    before.resize(size), now.resize(size);
    memory_->read(Part::slot, id, before, before_);
    memory_->read(Part::weights, id, now);
    for (size_t i = 0; i < size; ++i) now[i] = before[i] + scale * (now[i] - before[i]);
    memory_->write(Part::weights, id, now);
  }
}

}  // namespace nn

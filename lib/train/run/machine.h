// SPDX-License-Identifier: MIT
// What of a machine decides the bits of a training, as checkpoints record it.
#pragma once

#include "backend/backend.h"
#include "base/text/json.h"
#include "train/run/checkpoint.h"

namespace nn {

/// nn-tools and its version, device, instruction set, processor, libraries with versions. Not the number of threads.
NamedTexts machine_of(const Backend& backend);
/// For the provenance of what a run writes; from: the checkpoint it went on from, or null.
Json run_record(const Backend& backend, uint64_t seed, const Checkpoint* from);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Files of kind "metrics", nn-hdf5(5): one split at the root, several in a group each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "results/metrics.h"
#include "results/training_record.h"

namespace nn {

/// names: of the classes, or of the targets where the outputs are no classes.
std::vector<std::byte> write_metrics(const std::vector<Metrics>& metrics, const std::vector<std::string>& names,
                                     const h5::Provenance& provenance, bool compress,
                                     const TrainingRecord& training = {});
std::vector<Metrics> read_metrics(const h5::Reader& file);
/// The names of the classes or targets in a metrics or predictions file.
std::vector<std::string> read_output_names(const h5::Reader& file);

}  // namespace nn

// SPDX-License-Identifier: MIT
// How a network was trained, as far as results are compared by it: read from a model, and kept in the files of metrics
// and predictions that are made with it (attribute nn_training of the root group, which no digest includes).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

namespace nn {

struct TrainingRecord {
  /// The settings in the order of the file, "like" to "keras"; with "model", as it was asked for or else the layers,
  /// and "recipe". Each name once.
  std::vector<std::pair<std::string, std::string>> settings;
  /// Where it ran, of which the results depend little or not at all: device, isa, threads, version.
  std::vector<std::pair<std::string, std::string>> machine;
  std::optional<double> parameters;
  std::optional<double> epochs;   ///< that were trained, not those asked for
  std::optional<double> seconds;  ///< of the epochs, with their validation
  std::optional<double> samples_per_second;
  std::string data;  ///< digest of the dataset trained on

  bool empty() const { return settings.empty() && machine.empty() && !parameters && data.empty(); }
};

/// Of a model from its content; of metrics and predictions as they keep it, of those of earlier versions from their
/// provenance. Empty where nothing is known.
TrainingRecord training_record(const h5::Reader& file);
/// Of several models that answer together: what all have in common, the sums of parameters and seconds, and the setting
/// `ensemble`, their number.
TrainingRecord common_record(const std::vector<TrainingRecord>& records);
void write_training_record(const TrainingRecord& record, h5::Writer& to);

}  // namespace nn

// SPDX-License-Identifier: MIT
// Where a file comes from: root attributes `history` (newest line first) and nn_provenance (a JSON array of steps,
// parents by id, equal steps merged). cli makes the step of this run; files carry it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/text/json.h"

namespace nn::h5 {

class Reader;
class Writer;

/// "output" of the first step of a file whose own step is not there: --no-history.
inline constexpr const char* no_output = "no-history";

/// SOURCE_DATE_EPOCH, which stands for the clock in what must come out the same; UsageError when it is no such time.
std::optional<int64_t> source_date_epoch();

struct Provenance {
  std::string history;  ///< lines "2026-08-01T12:00:05Z: nn-prep --split val=20%", newest first
  /// Array of objects {id, tool, version, argv, options, inputs[{name, digest, step, output}], parents, ...},
  /// nn-hdf5(5).
  Json steps;

  static Provenance read(const Reader& file);
  void write(Writer& to) const;
  /// The command that wrote the file was run with --no-history, and what stands there is of its inputs.
  bool lacks_last_step() const;
  /// For a file that is not the command's main output: its own step names the option ("checkpoint") that it is of.
  Provenance of_option(const std::string& option) const;
};

/// The step of this run in front of what its inputs carry. SOURCE_DATE_EPOCH is honoured; off: --no-history.
struct Step {
  bool off = false;
  std::string tool, version;
  std::vector<std::string> argv;
  Json options;                                             ///< all recorded options after defaults
  Json extra;                                               ///< seed, device, threads, libraries, ...
  std::vector<std::pair<std::string, std::string>> inputs;  ///< name, digest; one a parent, in their order
  std::vector<std::string> arguments;  ///< those of argv that cannot be recorded as they are, or --config changed them
  Json files;                          ///< read, and not ours (cli/foreign_files.h); null for none
};
Provenance extend(const Step& step, const std::vector<Provenance>& parents);

}  // namespace nn::h5

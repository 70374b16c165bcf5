// SPDX-License-Identifier: MIT
// The contract of a backend: Graph -> Plan -> run.
//
//   auto backend = make_backend("cpu", threads);           // the tool makes it and hands it down
//   auto memory  = backend->allocate(graph, slots);         // parameters, gradients, optimizer slots: memory.h
//   auto plan    = backend->compile(graph, {.batch = 64, .training = true}, *memory);             // plan.h
//   fill plan->inputs(); plan->forward(words); plan->backward_and_update({formula, constants});   // each step
//
// Everything slow happens in compile: layouts, kernels, fusion, packing. Running a step allocates nothing of ours,
// parses nothing and looks nothing up. The same plan gives the same bits for any number of threads: work is cut into
// tiles by shapes only and sums run in tile order.
//
// Conventions, stated once: dense row-major N,C,H,W; backward overwrites gradients; dilation 1 does not exist.
// To add a backend: a folder lib/backend/NAME/ with classes for Memory, Plan and Backend and one `extern const
// BackendType NAME_backend`, and a line PLUGIN(NAME) in devices.def. --device, --device list, man pages and completion
// follow, and so do the tests that compare every backend with ref. What it alone can choose stands in a header of its
// folder, beside a function that makes it so (cpu/plan/backend.h, ref/backend.h). Of a plan it must keep what is pure
// here; a device that is far from the host also keeps the samples of a Source, draws described masks itself, and does
// several steps in one call.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/peak.h"
#include "backend/plan.h"
#include "base/registry.h"
#include "base/system/budget.h"
#include "base/system/threads.h"

namespace nn {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;                    ///< "ref", "cpu"
  virtual std::string isa() const = 0;                     ///< "avx512", "avx2", "portable"
  virtual std::vector<std::string> libraries() const = 0;  ///< "oneDNN 2.6.3": what decides the bits, for provenance
  /// What computes, as it names itself, for the record of a run; empty where that is not known. The host's processor,
  /// unless a device says otherwise.
  virtual std::string processor() const;
  /// What it could do at most, measured: what the times of a profile are compared with. By default the team's threads.
  virtual Peak peak();
  /// What Precision::bf16 is done with: "avx512_bf16"; empty where it is emulated, which takes longer than float32.
  virtual std::string bf16_hardware() const = 0;
  /// Whether PlanOptions::exact changes nothing, since there are no other algorithms.
  virtual bool always_exact() const { return false; }
  virtual Team& team() = 0;  ///< threads of the host
  virtual std::unique_ptr<Memory> allocate(const Graph& graph, int slots) = 0;
  /// memory: of this backend, for this graph; several plans may share it, and it outlives them.
  /// Error, with the names, for ops that it cannot do.
  virtual std::unique_ptr<Plan> compile(const Graph& graph, const PlanOptions& options, Memory& memory) = 0;
};

/// What a backend is made for.
struct DeviceRequest {
  int number = 0;   ///< of several devices of this kind, counted from 0
  int threads = 1;  ///< of the host, 1 or more
  /// Of memories and plans, which are refused, with the layer that needs most, before anything is allocated that
  /// exceeds it.
  Budget budget{};
};

struct BackendType {
  const char* name;
  const char* summary;
  int rank;  ///< `auto` takes the usable one of the highest rank
  /// How many devices of this kind can be used now. 0: `why` says what is missing, and what to do.
  int (*usable)(std::string& why);
  std::unique_ptr<Backend> (*make)(const DeviceRequest& request);
};
Table<BackendType> backends();
/// `usable` of a backend that is always there, once.
int usable_anywhere(std::string& why);

/// A device as it is named: "cpu", "cuda", "cuda:1"; "auto" is the usable one of the highest rank.
struct Device {
  const BackendType* type;
  int number;
};
/// UsageError for a name or a number that there is not; Error for a device that cannot be used now, with the reason.
Device find_device(std::string_view name);
/// "auto" and the names of the table: asks no device.
std::vector<std::string> device_names();
/// All names of devices, "auto" first, each with a line about it: what it is, or why it cannot be used.
std::vector<std::pair<std::string, std::string>> devices();
/// "device auto: cpu; cuda cannot be used: ...": which it is, and what is against those of higher rank.
std::string auto_choice();

/// device: as find_device() takes it. threads: 0 for usable_cpus().
std::unique_ptr<Backend> make_backend(std::string_view device, int threads, const Budget& budget = Budget());
/// With one thread, to ask what it is.
std::unique_ptr<Backend> open_device(const std::string& device);

/// For backends. Error when weights, gradients, buffers and that many slots, of elements of that many bytes, exceed the
/// budget.
void ask_for_memory(const Budget& budget, const Graph& graph, int slots, size_t element);
/// The same for the values of a batch (elements of a sample, or of a row, by ValueId, 0 where a value has no array),
/// `arrays` of each. rows: of ragged values, in a batch.
void ask_for_values(const Budget& budget, const Graph& graph, int64_t batch, const std::vector<int64_t>& elements,
                    int64_t arrays, size_t element, int64_t rows = 0);

}  // namespace nn

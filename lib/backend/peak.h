// SPDX-License-Identifier: MIT
// What this machine can do, measured: fused multiply-adds in registers and the triad a = b + s c (J. McCalpin's
// STREAM). A step's speed is given as a share of these.
#pragma once

#include <cstddef>
#include <string>

#include "base/system/threads.h"

namespace nn {

struct Peak {
  std::string isa;    ///< of the multiply-adds: the widest that the processor has
  double gflops = 0;  ///< float32, all threads of the team
  double gbytes = 0;  ///< GB/s of the triad over `bytes`
  size_t bytes = 0;   ///< of the triad's three arrays together
};

/// Billions of float32 operations a second in registers by the threads of the team; the best of short runs within about
/// `seconds`.
double measure_multiply_adds(Team& team, double seconds = 0.04);
/// The instruction set of that measurement.
std::string multiply_add_isa();
/// GB/s of the triad over three arrays of together about `bytes`, 12 bytes per element (a read for ownership is not
/// counted), each thread on its own part; the best of short runs within about `seconds`.
double measure_triad(Team& team, size_t bytes, double seconds = 0.04);

/// Both, the triad over more than the caches near a core hold.
Peak measure_peak(Team& team);

}  // namespace nn

// SPDX-License-Identifier: MIT
// What signals ask of a tool that works for long; it looks between two pieces of its work.
#pragma once

namespace nn {

enum class Request {
  none,
  stop,        ///< INT or TERM: save what there is and end; the signal is raised again after that
  checkpoint,  ///< HUP: save, and continue
  requeue,     ///< USR1 (TERM too, where it is told so): save, and end with status 75
  status       ///< USR2: one line on standard error, and continue
};

}  // namespace nn

// SPDX-License-Identifier: MIT
// Signals and the three standard descriptors of a tool.
#pragma once

#include <string>

#include "base/request.h"

namespace nn::cli {

/// INT, TERM, HUP: noted when the tool asks for interruptions, else temporaries are removed and the signal takes its
/// way; the second always does. PIPE: temporaries are removed, then it takes its way. job: USR1 and USR2 (INFO too,
/// where there is one) are noted until next_request() tells; else they are ignored. XFSZ is, so that a write beyond the
/// limit of a file's size fails as others do. A crash, or an exit() of a library, leaves a message and no temporaries;
/// where libhdf5 made the output (h5/reading/at_work.h), status 1. XCPU: job: as USR1; else a message (tool: what it
/// begins with), then as TERM. Ignored ones stay ignored, but PIPE.
void catch_signals(bool job, const std::string& tool = "");

/// From now on: HUP asks for a checkpoint instead of an end, TERM for what USR1 asks.
void set_job_signals(bool hup_saves, bool term_requeues);

/// True after a signal came; from the first call on, the first signal is only noted.
bool interruption_asked();

/// The most urgent of what was noted: stop (again at each call), requeue, checkpoint, status. The last three are told
/// once for all signals of the kind that came before; one that comes meanwhile is told by the next call.
Request next_request();

/// The end of a tool: from now on exit() is in order. Raises the noted signal again with its default action, if there
/// is one; returns only if there is none.
void raise_noted_signal();

/// Descriptors 0, 1, 2 that are closed are opened on /dev/null the wrong way round, so that no file of ours lands on
/// them and their use is still an error.
void open_standard_descriptors();

}  // namespace nn::cli

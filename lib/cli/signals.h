// SPDX-License-Identifier: MIT
// Signals and the three standard descriptors of a tool.
#pragma once

namespace nn::cli {

/// INT, TERM, HUP: noted when the tool asks for interruptions, else temporaries are removed and the signal takes its
/// way; the second always does. PIPE: temporaries are removed, then it takes its way. Ignored ones stay ignored, but PIPE.
void catch_signals();

/// True after a signal came; from the first call on, the first signal is only noted.
bool interruption_asked();

/// Raises the noted signal again with its default action, if there is one; returns only if there is none.
void raise_noted_signal();

/// Descriptors 0, 1, 2 that are closed are opened on /dev/null the wrong way round, so that no file of ours lands on
/// them and their use is still an error.
void open_standard_descriptors();

}  // namespace nn::cli

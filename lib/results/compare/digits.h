// SPDX-License-Identifier: MIT
// Numbers with as many digits as mean something.
#pragma once

#include <span>
#include <string>

#include "results/stats/summary.h"

namespace nn {

/// Digits behind the point that show two digits of the smallest of the spreads (those above 0); without any, four
/// digits of the largest value. 0 for whole values without a spread.
int decimals_for(std::span<const double> values, std::span<const double> spreads);
/// For a row beside others: `common`, or `own` where a value that is far larger left the row no digits.
int row_decimals(int common, int own);
/// "-" for what is not defined.
std::string fixed_text(double value, int decimals, bool with_sign = false);
/// "0.9085 to 0.9161".
std::string interval_text(const stats::Interval& interval, int decimals, bool with_sign = false);
/// "0.031", "<0.001".
std::string p_text(double p);
std::string p_sentence(double p);  ///< "p = 0.031", "p < 0.001"

}  // namespace nn

// SPDX-License-Identifier: MIT
// Progress on standard error: one line redrawn on a terminal, elsewhere one line per epoch (or, for a download, one at
// its end). Nothing under -q.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "base/log.h"
#include "h5/schema.h"

namespace nn::cli {

class Progress {
 public:
  /// when: "auto", "always" or "never", as CommonOptions::progress.
  Progress(const Log& log, const std::string& when);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// After a batch; drawn at most ten times a second. accuracy: NaN where there is none.
  void step(int64_t epoch, int64_t epochs, int64_t step, int64_t steps, double loss, double accuracy,
            double samples_per_second);
  /// After an epoch: "epoch 3/13  loss 0.4312  accuracy 0.8431  1.2 s"; columns of one value each, as in /history. The
  /// learning rate stands there when it is another than in the epoch before.
  void epoch(int64_t epoch, int64_t epochs, const h5::Columns& columns);
  /// During a download; total 0: not known.
  void bytes(const std::string& what, uint64_t done, uint64_t total);
  /// During a pass over samples.
  void samples(int64_t done, int64_t total);
  /// Wipes the line that is drawn, so that another message can stand there.
  void clear();

 private:
  bool due();
  void draw(const std::string& line);

  const Log& log_;
  double rate_ = std::numeric_limits<double>::quiet_NaN();  ///< learning rate of the epoch before
  bool drawing_, talking_, drawn_ = false;
  std::chrono::steady_clock::time_point last_{}, start_;
};

/// The line of one epoch: every column but the epoch with its name, the learning rate only with_rate, seconds at the
/// end.
std::string epoch_line(int64_t epoch, int64_t epochs, const h5::Columns& columns, bool with_rate = false);
/// "[======>     ]" of the given width for a share between 0 and 1.
std::string bar_text(double share, int width);
/// "1:02:03", "02:03".
std::string duration_text(double seconds);

}  // namespace nn::cli

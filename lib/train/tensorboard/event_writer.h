// SPDX-License-Identifier: MIT
// One TensorBoard event file. Values collect in memory and are written by flush(). A full disk is a warning
// (append_file.h). Name: events.out.tfevents.SECONDS.HOST.PID.COUNT; readers take the files of a folder in the order of
// their names, so SECONDS is later than in any file that is there, even when the clock was set back.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "train/run/append_file.h"

namespace nn::tensorboard {

class EventWriter {
 public:
  /// Makes the folder and a file in it, with the version and a session that begins at `first_step`: TensorBoard forgets
  /// what earlier files hold for that step and later ones. Error when it cannot. The log must outlive the writer.
  EventWriter(const std::string& folder, int64_t first_step, const Log& log);

  void scalar(int64_t step, const std::string& tag, double value);
  void histogram(int64_t step, const std::string& tag, std::span<const double> values);
  /// Two columns; cells are Markdown.
  void table(int64_t step, const std::string& tag, const std::vector<std::pair<std::string, std::string>>& rows);
  void graph(const Graph& graph);
  void flush();

  const std::string& file() const { return name_; }

 private:
  bool first(const std::string& tag) { return seen_.insert(tag).second; }

  std::string name_;
  std::unique_ptr<AppendFile> file_;
  std::string collected_;
  std::set<std::string> seen_;  ///< tags that have said how they are shown
};

}  // namespace nn::tensorboard

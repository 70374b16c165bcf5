// SPDX-License-Identifier: MIT
#include "info/replay/verify.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "h5/reading/reader.h"
#include "h5/writing/place.h"
#include "info/replay/own_tool.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = h5::spare_folder() + "/nn-replay-XXXXXX";
    if (!::mkdtemp(name.data())) throw Error("no temporary folder can be made in " + printable(h5::spare_folder()));
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Who reads what we print may end first: the write fails then as others do, and the signal ends us when this ends.
class LatePipeSignal {
 public:
  LatePipeSignal() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  LatePipeSignal(const LatePipeSignal&) = delete;
  LatePipeSignal& operator=(const LatePipeSignal&) = delete;
  ~LatePipeSignal() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

class Verification {
 public:
  Verification(const ReplayPlan& plan, const VerifyContext& context) : plan_(plan), context_(context) {}

  bool run() {
    check_plan();
    lay_out_inputs();
    bool good = true;
    for (size_t i = 0; i < plan_.steps.size(); ++i) good = carry_out(i) && good;
    return good;
  }

 private:
  const ReplayFile& file(int number) const { return plan_.files[static_cast<size_t>(number)]; }
  std::string step_name(size_t i) const {
    return fmt::format("step {} of {} ({})", i + 1, plan_.steps.size(), plan_.steps[i].tool);
  }

  /// All of it before the first command is run.
  void check_plan() const {
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      const ReplayStep& step = plan_.steps[i];
      for (const ReplayWord& word : step.words)
        if (word.file < 0 && word.before == "--config")
          throw Error(step_name(i) + ": its --config was recorded by an older version, without what it holds");
      for (const std::string& difference : replay_differences(step, context_.here))
        context_.log.warning(fmt::format("{}: {}; the result may differ", step_name(i), difference));
      for (int read : step.reads) check_input(i, read);
    }
  }

  void check_input(size_t step, int number) const {
    const ReplayFile& input = file(number);
    if (input.step >= 0) return;
    const std::string sum = !input.digest.empty()   ? ", digest " + input.digest
                            : !input.sha256.empty() ? ", SHA-256 " + input.sha256
                                                    : "";
    if (input.found.empty())
      throw Error(
          fmt::format("{} reads {}{}: it is neither in the folder of the file nor among the files named behind it",
                      step_name(step), printable(input.recorded), sum));
    if (sum.empty())
      context_.log.warning(fmt::format("{}: the digest of {} was not recorded: it is taken by its name",
                                       step_name(step), printable(input.recorded)));
    for (int beside : input.beside)
      if (file(beside).found.empty())
        throw Error(fmt::format("{} reads {} beside {}: it is not found", step_name(step),
                                printable(file(beside).recorded), printable(input.recorded)));
  }

  /// Under the names that were recorded: a suffix tells a format, and some files hold the names.
  void lay_out_inputs() {
    for (const ReplayFile& input : plan_.files) {
      if (input.step >= 0 || input.found.empty() || input.name.starts_with('/')) continue;
      std::error_code failure;
      const fs::path name = folder_.path() / input.name, from = fs::canonical(input.found, failure);
      fs::create_directories(name.parent_path(), failure);
      if (fs::is_directory(from, failure)) {
        fs::create_symlink(from, name, failure);
      } else if (fs::create_hard_link(from, name, failure); failure) {
        fs::copy_file(from, name, failure);
      }
      if (failure) throw Error(printable(name.string()) + ": cannot be made: " + failure.message());
    }
    for (const ReplayStep& step : plan_.steps)
      for (int made : step.writes) fs::create_directories((folder_.path() / file(made).name).parent_path());
  }

  bool carry_out(size_t number) const {
    const ReplayStep& step = plan_.steps[number];
    ToolRun tool{step.tool, {"-q"}, folder_.path().string(), "", false};
    for (const ReplayWord& word : step.words)
      tool.words.push_back(word.before + (word.file < 0 ? "" : file(word.file).name + word.behind));
    if (step.input >= 0) tool.input = (folder_.path() / file(step.input).name).string();
    for (const auto& [from, to] : step.copies)
      fs::copy_file(folder_.path() / file(from).name, folder_.path() / file(to).name);
    context_.log.detail(fmt::format("{}: runs", step_name(number)));
    const ToolEnd end = run_own_tool(tool, context_.interrupted);
    if (end.signal != 0) throw Error(fmt::format("{} was ended by signal {}", step_name(number), end.signal));
    // A training that diverged has written what it had.
    if (end.status != 0 && end.status != static_cast<int>(Exit::condition))
      throw Error(fmt::format("{} ended with status {}", step_name(number), end.status));
    bool good = true;
    for (int made : step.writes) good = compare(number, made) && good;
    return good;
  }

  bool compare(size_t step, int number) const {
    const ReplayFile& made = file(number);
    if (made.digest.empty()) return true;
    const std::string name = (folder_.path() / made.name).string();
    std::string found, with_names;
    in_context(step_name(step), [&] {
      const h5::Reader file = h5::Reader::open(name, "", context_.budget);
      found = file.computed_digest();
      if (found != made.digest && !made.names_inside.empty()) with_names = file.computed_digest(made.names_inside);
    });
    const bool same = found == made.digest;
    const std::string what = fmt::format("{}: {}", step_name(step), made.name);
    if (same) return context_.print(fmt::format("{}: the same, {}\n", what, found)), true;
    if (with_names == made.digest)
      return context_.print(fmt::format("{}: the same but for {}, {}\n", what, holds(made), found)), true;
    if (made.resumed)
      return context_.print(fmt::format("{}: another checkpoint, {}, as of an interrupted run\n", what, found)), true;
    context_.print(fmt::format("{}: differs, {}, recorded as {}\n", what, found, printable(made.digest)));
    return false;
  }

  static std::string holds(const ReplayFile& made) {
    return made.names_inside.count({"/state", "nn_command"}) ? "the command that it holds, with names of files"
                                                             : "the name of --init that it holds";
  }

  const ReplayPlan& plan_;
  const VerifyContext& context_;
  const TemporaryFolder folder_;
};

}  // namespace

bool verify_replay(const ReplayPlan& plan, const VerifyContext& context) {
  if (context.interrupted()) throw Error("interrupted");  // from here on a signal is noted, and the folder goes first
  const LatePipeSignal late;
  return Verification(plan, context).run();
}

}  // namespace nn

// SPDX-License-Identifier: MIT
// One wrapper runs every tool: options, help, exit status, signals, checked stdout, provenance. A tool's main is
//
//   nn::Exit work(nn::cli::Run& run, PrepOptions& options) { ...; return nn::Exit::done; }
//   int main(int argc, char** argv) {
//     PrepOptions options;
//     return nn::cli::run_tool({"nn-prep", "prepare a dataset", "[OPTION]... [DATA]", {tables}}, argc, argv, options,
//     work);
//   }
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/options.h"
#include "base/request.h"
#include "base/system/budget.h"
#include "base/words.h"
#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"

namespace nn::cli {

/// A plug-in table that a tool shows: `--list optimizers`, a section of its man page, completion of its option.
struct NamedList {
  std::string name;    ///< "optimizers"
  std::string option;  ///< the option that takes one ("optimizer"), or empty
  struct Entry {
    std::string name, summary;
    OptionSet options;                    ///< its own, for help; may be empty
    std::shared_ptr<void> keeps_alive;    ///< owner of the fields in options
    std::vector<std::string> cells = {};  ///< of a table, one per column, in the place of the summary
    KnownAs known_as = {};
  };
  /// How an entry is asked for on the command line, with NAME and KEY in their places; empty: it cannot be.
  struct Spelling {
    std::string entry, key;
    std::string any;  ///< stands for NAME where several entries have the key; empty: each is named
  };
  std::function<std::vector<Entry>()> entries;
  std::string page = {};                  ///< the man page that explains it, as "nn-layers(7)"; empty: the tool's own
  std::vector<std::string> columns = {};  ///< heads of a table
  Spelling spelling = {};
};

/// Where a tool can compute.
struct Devices {
  std::vector<std::string> names;  ///< of kinds of devices, "auto" first
  /// All of them, numbered where there are several, and what each is, in a line. It may take a second to ask them.
  std::function<std::vector<std::pair<std::string, std::string>>()> lines;
  std::function<std::string()> automatic;  ///< which device "auto" is, and why none before it
  std::function<std::vector<std::string>(const std::string& device)>
      libraries;                                                       ///< "oneDNN 2.6.3": what its bits depend on
  std::function<std::string(const std::string& device)> instructions;  ///< "avx2", for -v
  std::string with_option = {};  ///< it computes only where this flag is given; empty: always
};

/// What a tool is. synopsis: "[OPTION]... MODEL [DATA]"; without declared operands (Option::as_operand) the number of
/// its capital words is the number of operands allowed, any number when one of them ends in "...".
struct ToolInfo {
  std::string name, summary, synopsis;
  std::vector<NamedList> lists;
  bool has_device = false;  ///< --device, --threads, --progress
  bool has_seed = false;    ///< --seed, kept in CommonOptions unless the tool declares its own
  bool has_json = false;
  bool writes_h5 = false;     ///< without -o: HDF5 to stdout, never to a terminal
  bool has_dry_run = false;   ///< -n
  bool has_progress = false;  ///< --progress, also without has_device
  /// Option that writes and option or operand that reads: may name the same file, which is replaced by one of its kind.
  std::vector<std::pair<std::string, std::string>> in_place;
  std::vector<std::pair<std::string, std::string>>
      second_names;                ///< of an option: {"format", "type"}; both are declared, with one field
  bool takes_job_signals = false;  ///< USR1 and USR2 are for Run::request(), and do not end it
  Devices devices;  ///< for --device; device_list() in cli/plugin_list.h makes it of the table of backends
  /// The bytes of a model file of ours that a file of another program becomes; empty where it is none. For tools that
  /// read models.
  std::function<std::vector<std::byte>(const std::string& file, const Log&, const Budget&)> foreign_model;
  std::function<std::string()>
      config_notes;  ///< comment lines that --print-config adds, from the options as they are set
};

/// Options that every tool takes.
struct CommonOptions {
  std::string output;  ///< -o; empty or "-": stdout
  bool quiet = false, no_clobber = false, if_changed = false, no_history = false, dry_run = false, json = false;
  int threads = 0;  ///< -j; after parsing always at least 1
  uint64_t seed = 0;
  std::string device = "cpu";
  std::string depfile;            ///< where the files that the output was made from are listed, for make
  std::string progress = "auto";  ///< auto, always, never
  std::string max_memory;         ///< SIZE, empty for the default (base/system/budget.h)
};

/// A running tool. Operands are given to the options declared with as_operand(), in order (one whose metavar ends in
/// "..." takes the rest), and are all in operands(). Its operands, common options, and where its results go.
class Run {
 public:
  const CommonOptions& common() const;
  const Log& log() const;
  const std::vector<std::string>& operands() const;
  /// The options of the configuration and the command line, long names and values ("true" for a flag), in order.
  const std::vector<std::pair<std::string, std::string>>& given() const;
  OptionSet& options();
  /// UsageError when an output is an input or another output. Done before work() is called; again by a tool that sets
  /// options itself.
  void check_files() const;
  /// --max-memory, for whoever allocates what files and plans declare.
  const Budget& budget() const;

  /// Opens the n-th operand, or stdin when it is not named; remembers name, digest and provenance for this run's step.
  h5::Reader input(size_t operand, const std::string& kind);
  h5::Reader input_named(const std::string& name, const std::string& kind);
  /// The output, checked at once (terminal, folder, --no-clobber). Call before the work.
  h5::OutFile output(h5::OutFile::Content content);
  /// The same for a tool that has another name for it. The rules alone (--no-clobber, --if-changed), for a file beside
  /// it.
  h5::OutFile output(const std::string& target, h5::OutFile::Content content);
  h5::OutRules output_rules() const;
  bool output_is_pipe() const;  ///< then: no compression
  /// History and provenance for an output of this run. extra: seed, device, libraries, ...
  h5::Provenance provenance(Json extra = Json::object()) const;
  /// Results for stdout; written with checks, SIGPIPE ends silently.
  void print(const std::string& text);
  /// INT, TERM or HUP came. A tool that asks ends its work by itself and returns, the signal is raised again after that
  /// (a second one ends it at once); a tool that never asked is ended by the first.
  bool interrupted() const;
  /// What signals ask for, one thing a call, none of several lost; as interrupted() otherwise.
  Request request() const;
  /// hup_saves: HUP asks to save and continue, unless it was ignored from the start (nohup). term_requeues: TERM counts
  /// as USR1, also a second one (Slurm sends several). Only for a tool with takes_job_signals.
  void job_signals(bool hup_saves, bool term_requeues);
  /// Since the tool started.
  double seconds() const;
  bool stderr_is_terminal() const;
  bool stdout_is_terminal() const;

  struct Body;
  explicit Run(Body& body) : body_(body) {}

 private:
  Body& body_;
};

int run_tool(const ToolInfo& info, int argc, char** argv, const std::function<void(OptionSet&)>& declare,
             const std::function<Exit(Run&)>& work);
/// The same for options with a member declare(OptionSet&) and a function that is given the run and them.
template <class Options, class Work>
int run_tool(const ToolInfo& info, int argc, char** argv, Options& options, Work work) {
  return run_tool(
      info, argc, argv, [&](OptionSet& set) { options.declare(set); }, [&](Run& run) { return work(run, options); });
}

}  // namespace nn::cli

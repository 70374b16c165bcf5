// SPDX-License-Identifier: MIT
#include "info/replay/script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "info/replay/file_names.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

constexpr const char* functions = R"SH(fail() {
  echo "$1" >&2
  exit "$2"
}
# Files of nn-tools are known by the digest of their content, others by their bytes.
check_digest() {
  found=$(nn-info --digest -- "$2") || exit 1
  [ "${found%% *}" = "$1" ] || fail "$2: the content is not what was recorded (digest $1)" 3
}
note_digest() {
  found=$(nn-info --digest -- "$2") || exit 1
  [ "${found%% *}" = "$1" ] || echo "$2: the checkpoint that was gone on from was another, as of an interrupted run" >&2
}
note_name() {
  found=$(nn-info --digest -- "$2") || exit 1
  [ "${found%% *}" = "$1" ] || echo "$2: holds another name of --init than what was recorded, so its digest differs" >&2
}
# An input, under the name that it had, since some files hold the names that they were made from.
use() {
  [ ! -e "$2" ] || return 0
  case $2 in */*) mkdir -p "${2%/*}" ;; esac
  if [ -d "$1" ]; then ln -s "$1" "$2"; else ln -L "$1" "$2" 2> /dev/null || cp "$1" "$2"; fi
}
check_bytes() {
  found=$(sha256sum < "$2") || exit 1
  [ "${found%% *}" = "$1" ] || fail "$2: is not the file that was read (SHA-256 $1)" 3
}
check_folder() {
  found=$(cd "$2" && find . -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum) || exit 1
  [ "${found%% *}" = "$1" ] || fail "$2: is not the folder that was read (sum $1)" 3
}
)SH";

const ReplayFile& file_of(const ReplayPlan& plan, int number) { return plan.files[static_cast<size_t>(number)]; }

std::string shell_name(const ReplayPlan& plan, int number) { return shell_quoted(file_of(plan, number).name); }
std::string recipe_name(const ReplayPlan& plan, int number) { return recipe_quoted(file_of(plan, number).name); }

/// Inputs that are not used where they lie.
bool is_brought(const ReplayFile& file) { return file.step < 0 && !file.name.starts_with('/'); }

template <class Quoted, class Path>
std::string command(const ReplayStep& step, Quoted quoted, Path path) {
  std::string line = step.tool;
  for (const ReplayWord& word : step.words) {
    line += ' ';
    if (word.file < 0) {
      line += quoted(word.before);
      continue;
    }
    if (!word.before.empty()) line += quoted(word.before);
    line += path(word.file);
    if (!word.behind.empty()) line += quoted(word.behind);
  }
  if (step.input >= 0) line += " < " + path(step.input);
  return line;
}

/// "mkdir -p a b" for the folders of outputs; empty for none.
template <class Quoted>
std::string folders_of(const ReplayPlan& plan, const std::vector<int>& outputs, Quoted quoted) {
  std::set<std::string> folders;
  for (int made : outputs)
    if (const fs::path folder = fs::path(file_of(plan, made).name).parent_path(); !folder.empty())
      folders.insert(quoted(folder.string()));
  return folders.empty() ? "" : fmt::format("mkdir -p {}", fmt::join(folders, " "));
}

/// Comment lines about a step.
std::string about(const ReplayPlan& plan, size_t number, const ReplayMachine& here) {
  const ReplayStep& step = plan.steps[number];
  std::string text = fmt::format("# Step {} of {}: {} {}", number + 1, plan.steps.size(), step.tool,
                                 comment_text(step.version.empty() ? "(no version recorded)" : step.version));
  for (const std::string& library : step.libraries) text += ", " + comment_text(library);
  if (!step.device.empty()) text += ", device " + comment_text(step.device);
  if (!step.isa.empty()) text += ", " + comment_text(step.isa);
  text += '\n';
  for (const std::string& difference : replay_differences(step, here))
    text += "# warning: " + comment_text(difference) + "; the result may differ\n";
  if (!step.left_out.empty()) text += fmt::format("# Left out: {}.\n", fmt::join(step.left_out, ", "));
  return text;
}

std::string about_input(const ReplayPlan& plan, int number) {
  const ReplayFile& input = file_of(plan, number);
  std::string text;
  if (input.found.empty())
    text += fmt::format("# {}: not found\n", comment_text(input.recorded));
  else if (input.found != input.recorded)
    text += fmt::format("# {}: recorded as {}\n", comment_text(input.found), comment_text(input.recorded));
  if (input.digest.empty() && input.sha256.empty())
    text += fmt::format("# {}: its digest is not recorded\n", comment_text(input.recorded));
  return text;
}

std::string head(const ReplayPlan& plan, const ReplayMachine& here, const char* use) {
  const ReplayFile& target = file_of(plan, plan.target);
  return fmt::format(
             "# Rebuilds {} by the commands that it records (digest {}).\n# Printed by nn-info --replay of nn-tools "
             "{}. {}\n",
             comment_text(target.name), comment_text(target.digest), here.version, use) +
         (plan.is_checkpoint
              ? "# It is a checkpoint, which holds the names of its files: where they differ, its digest "
                "does. --verify compares without them.\n"
              : "");
}

/// Inputs with those that are read beside them, each once.
std::vector<int> inputs_of(const ReplayPlan& plan) {
  std::vector<int> inputs;
  for (size_t i = 0; i < plan.files.size(); ++i)
    if (plan.files[i].step < 0) inputs.push_back(static_cast<int>(i));
  return inputs;
}

std::string check_of(const ReplayPlan& plan, const ReplayFile& file, const std::string& path) {
  const int init = file.step < 0 ? -1 : plan.steps[static_cast<size_t>(file.step)].init;
  const bool other_name = init >= 0 && file_of(plan, init).name != plan.steps[static_cast<size_t>(file.step)].init_name;
  if (!file.digest.empty())
    return fmt::format("{} {} {}\n",
                       file.step < 0  ? "check_digest"
                       : file.resumed ? "note_digest"
                       : other_name   ? "note_name"
                                      : "check_digest",
                       shell_quoted(file.digest), path);
  if (file.sha256.empty()) return "";
  return fmt::format("{} {} {}\n", file.size < 0 ? "check_folder" : "check_bytes", shell_quoted(file.sha256), path);
}

class Makefile {
 public:
  Makefile(const ReplayPlan& plan, const ReplayMachine& here) : plan_(plan), here_(here) {}

  std::string text() const {
    const ReplayFile& target = file_of(plan_, plan_.target);
    std::string out = head(plan_, here_, "make -f THIS [inputs=FOLDER]") +
                      "# FOLDER is what relative names of inputs begin at. `make -f THIS check` compares the result.\n"
                      "inputs = .\nSHELL = /bin/sh\ndefine NEWLINE\n\n\nendef\nexport NEWLINE\n\n";
    out += fmt::format(".PHONY: all check\nall: {0}\ncheck: all\n\t@{1}\n", make_name(target_rule()),
                       comparison(target, recipe_name(plan_, plan_.target)));
    for (size_t i = plan_.steps.size(); i-- > 0;) out += "\n" + rule(i);
    for (int number : inputs_of(plan_)) out += input_rule(number);
    return out;
  }

 private:
  /// A checkpoint that is written in the place of another is that of the step.
  const std::string& target_rule() const {
    const ReplayFile& target = file_of(plan_, plan_.target);
    return target.in_place ? main_of(plan_.steps[static_cast<size_t>(target.step)]) : target.name;
  }
  const std::string& main_of(const ReplayStep& step) const { return file_of(plan_, step.writes.at(0)).name; }

  static std::string comparison(const ReplayFile& file, const std::string& path) {
    const std::string found =
        !file.digest.empty() ? fmt::format("nn-info --digest -- {}", path)
        : file.size < 0
            ? fmt::format("cd {} && find . -type f -exec sha256sum {{}} + | LC_ALL=C sort | sha256sum", path)
            : fmt::format("sha256sum < {}", path);
    return fmt::format(
        "found=$$({}) && [ \"$${{found%% *}}\" = {} ] || {{ echo {}': is not what was recorded' >&2; exit 3; }}", found,
        recipe_quoted(file.digest.empty() ? file.sha256 : file.digest), path);
  }

  std::string input_rule(int number) const {
    const ReplayFile& input = file_of(plan_, number);
    std::string out = "\n" + about_input(plan_, number);
    if (!is_brought(input)) return out;
    const std::string path = input_path(plan_, number), name = recipe_name(plan_, number);
    const std::string from = path.starts_with('/') ? recipe_quoted(path) : "\"$(inputs)\"/" + recipe_quoted(path);
    out += make_name(input.name) + ":\n";
    if (const std::string folders = folders_of(plan_, {number}, recipe_quoted); !folders.empty())
      out += "\t@" + folders + "\n";
    return out + fmt::format(
                     "\tif [ -d {0} ]; then ln -s \"$$(cd {0} && pwd)\" {1}; else ln -L {0} {1} 2> /dev/null || "
                     "cp {0} {1}; fi\n",
                     from, name);
  }

  std::string rule(size_t number) const {
    const ReplayStep& step = plan_.steps[number];
    const std::string main = make_name(main_of(step));
    std::string out = about(plan_, number, here_), recipe;
    std::vector<std::string> names;
    const auto check_input = [&](int read) {
      const ReplayFile& input = file_of(plan_, read);
      const bool with_main = input.step >= 0 && (input.in_place || input.resumed);  // others may write to it later
      const std::string& made_with = with_main ? main_of(plan_.steps[static_cast<size_t>(input.step)]) : input.name;
      if (const std::string name = make_name(made_with); !name.empty()) names.push_back(name);
      if (input.step < 0 && (!input.digest.empty() || !input.sha256.empty()))
        recipe += fmt::format("\t@{}\n", comparison(input, recipe_name(plan_, read)));
    };
    for (int read : step.reads) {
      check_input(read);
      for (int beside : file_of(plan_, read).beside) check_input(beside);
    }
    if (const std::string folders = folders_of(plan_, step.writes, recipe_quoted); !folders.empty())
      recipe += "\t@" + folders + "\n";
    for (const auto& [from, to] : step.copies)
      recipe += fmt::format("\tcp {} {}\n", recipe_name(plan_, from), recipe_name(plan_, to));
    recipe += fmt::format("\t{}\n", command(step, recipe_quoted, [&](int file) { return recipe_name(plan_, file); }));
    out += fmt::format("{}: {}\n{}", main, fmt::join(names, " "), recipe);
    for (size_t i = 1; i < step.writes.size(); ++i)  // written before the main output, in one command with it
      if (const ReplayFile& other = file_of(plan_, step.writes[i]); !other.in_place)
        out += fmt::format("{}: {}\n\t@touch -c {}\n", make_name(other.name), main, recipe_quoted(other.name));
    return out;
  }

  const ReplayPlan& plan_;
  const ReplayMachine& here_;
};

}  // namespace

std::vector<std::string> replay_differences(const ReplayStep& step, const ReplayMachine& here) {
  std::vector<std::string> differences;
  if (!step.version.empty() && step.version != here.version)
    differences.push_back(fmt::format("made by {} {}, this is {}", step.tool, step.version, here.version));
  if (!step.isa.empty() && !here.isa.empty() && step.isa != here.isa)
    differences.push_back(fmt::format("computed with {}, this machine uses {} (NN_ISA)", step.isa, here.isa));
  for (const std::string& library : step.libraries) {
    const std::string name = library.substr(0, library.find(' '));
    for (const std::string& other : here.libraries)
      if (other != library && other.substr(0, other.find(' ')) == name)
        differences.push_back(fmt::format("made with {}, this is {}", library, other));
  }
  return differences;
}

std::string input_path(const ReplayPlan& plan, int number) {
  const ReplayFile& file = file_of(plan, number);
  return file.found.empty() ? file.recorded : file.found;
}

std::string replay_script(const ReplayPlan& plan, const ReplayMachine& here) {
  std::string out = "#!/bin/sh\n" + head(plan, here, "sh THIS [FOLDER]") +
                    "# FOLDER is what relative names of inputs begin at. Outputs go to the working folder.\n"
                    "set -eu\ninputs=$(cd \"${1:-.}\" && pwd)\n\n";
  out += functions;
  std::string outputs;
  std::vector<int> made;
  for (const ReplayStep& step : plan.steps)
    for (int one : step.writes)
      if (made.push_back(one); !file_of(plan, one).in_place) outputs += " " + shell_name(plan, one);
  for (const ReplayStep& step : plan.steps)
    for (const auto& [from, to] : step.copies) outputs += " " + shell_name(plan, to), made.push_back(to);
  out += fmt::format(
      "\nfor file in{}; do\n  [ ! -e \"$file\" ] || fail \"$file: is there already; run this in another folder\" "
      "1\ndone\n",
      outputs);
  if (const std::string folders = folders_of(plan, made, shell_quoted); !folders.empty()) out += folders + "\n";
  for (int number : inputs_of(plan)) {
    const ReplayFile& input = file_of(plan, number);
    const std::string path = input_path(plan, number);
    out += about_input(plan, number);
    if (is_brought(input))
      out +=
          fmt::format("use {} {}\n", path.starts_with('/') ? shell_quoted(path) : "\"$inputs\"/" + shell_quoted(path),
                      shell_name(plan, number));
    out += check_of(plan, input, shell_name(plan, number));
  }
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const ReplayStep& step = plan.steps[i];
    out += "\n" + about(plan, i, here);
    for (const auto& [from, to] : step.copies)
      out += fmt::format("cp {} {}\n", shell_name(plan, from), shell_name(plan, to));
    out += command(step, shell_quoted, [&](int file) { return shell_name(plan, file); }) + "\n";
    for (int one : step.writes) out += check_of(plan, file_of(plan, one), shell_name(plan, one));
  }
  return out;
}

std::string replay_makefile(const ReplayPlan& plan, const ReplayMachine& here) { return Makefile(plan, here).text(); }

}  // namespace nn

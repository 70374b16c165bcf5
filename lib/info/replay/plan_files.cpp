// SPDX-License-Identifier: MIT
#include "info/replay/plan_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "info/replay/record.h"

namespace nn {

namespace fs = std::filesystem;

int PlanFiles::external(const std::string& name, const std::string& digest, const std::string& sha256, int64_t size) {
  for (size_t i = 0; i < files_.size(); ++i) {
    const ReplayFile& known = files_[i];
    if (known.step < 0 && (known.recorded == name || !digest.empty()) && known.digest == digest &&
        known.sha256 == sha256)
      return static_cast<int>(i);
  }
  if (name == "-" && digest.empty())
    throw Error("it read standard input that was no file of nn-tools: what it was is not recorded");
  ReplayFile file;
  const bool piped = name == "-" || name.starts_with("/dev/") || name.starts_with("/proc/");
  file.recorded = piped ? "standard-input.h5" : name, file.digest = digest, file.sha256 = sha256, file.size = size;
  file.name = names_.as_recorded(file.recorded);
  files_.push_back(file);
  return static_cast<int>(files_.size()) - 1;
}

int PlanFiles::foreign(const Json& step, const std::string& name) {
  int found = -1;
  const Json* files = step.find("files");
  if (!files) return found;
  for (const Json& file : files->items()) {
    if (found < 0 && file.at("name").string() != name) continue;
    if (found >= 0 && !flag_of(file, "beside")) break;
    const Json* size = file.find("size");
    const int one = external(file.at("name").string(), "", file.at("sha256").string(), size ? size->integer() : -1);
    if (found >= 0)
      (*this)[found].beside.push_back(one);
    else
      found = one;
  }
  return found;
}

int PlanFiles::add_output(int step, const std::string& option, const std::string& name, const std::string& recorded) {
  const int number = add(step, name);
  outputs_[step][option] = number;
  recorded_[number] = recorded;
  return number;
}

int PlanFiles::output_of(int step, const std::string& option, const std::string& name, const std::string& tool) const {
  const auto& outputs = outputs_.at(step);
  std::string wanted = option.empty() ? "output" : option;
  if (option.empty())
    for (const auto& [other, file] : outputs)
      if (!name.empty() && recorded_.at(file) == name) wanted = other;
  const auto found = outputs.find(wanted);
  if (found == outputs.end())
    throw Error(fmt::format("{} wrote a file of --{}, which its command does not name", tool, printable(wanted)));
  return found->second;
}

int PlanFiles::go_on_from(int checkpoint, const std::string& name, int number, ReplayStep& step) {
  (*this)[checkpoint].resumed = true;
  const ReplayFile from = (*this)[checkpoint];
  int source = checkpoint;
  if (from.step < 0 || from.name != name) {
    source = add(number, names_.as_recorded(name));
    step.copies.emplace_back(checkpoint, source);
  }
  if (from.step < 0) return source;
  const auto last = [](const std::string& path) { return fs::path(path).filename(); };
  const std::string own = (*this)[source].name, recorded = recorded_.at(checkpoint);
  go_on_writing("checkpoint", checkpoint, last(own) == last(from.name) ? own : from.name,
                last(recorded) == last(name) ? name : recorded, number, step);
  const std::map<std::string, int> before = outputs_.at(from.step);
  for (const auto& [option, output] : before)
    if (option != "output" && option != "checkpoint")
      go_on_writing(option, output, (*this)[output].name, recorded_.at(output), number, step);
  return source;
}

void PlanFiles::check_unchanged(int file) const {
  if (overwritten_.count(file))
    throw Error(fmt::format("{}: it is read after a run that went on writing to it",
                            printable(files_[static_cast<size_t>(file)].name)));
}

void PlanFiles::check_folders() const {
  for (const ReplayFile& made : files_)
    for (const ReplayFile& input : files_)
      if (made.step >= 0 && input.step < 0 &&
          fs::path(made.name).lexically_normal().string().starts_with(fs::path(input.name).lexically_normal().string() +
                                                                      "/"))
        throw Error(
            fmt::format("an output, {}, lies in {}, which is read", printable(made.name), printable(input.name)));
}

int PlanFiles::add(int step, const std::string& name) {
  ReplayFile file;
  file.name = name, file.step = step;
  files_.push_back(file);
  return static_cast<int>(files_.size()) - 1;
}

void PlanFiles::go_on_writing(const std::string& option, int before, const std::string& name,
                              const std::string& recorded, int number, ReplayStep& step) {
  const int written = add_output(number, option, name, recorded);
  (*this)[written].in_place = true;
  if ((*this)[before].name == name) overwritten_.insert(before);
  step.writes.push_back(written);
}

}  // namespace nn

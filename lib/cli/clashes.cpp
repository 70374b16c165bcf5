// SPDX-License-Identifier: MIT
#include "cli/clashes.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"

namespace nn::cli {
namespace {

namespace fs = std::filesystem;

struct Named {
  const Option* option;  ///< null for a standard stream that no option names
  std::string name, shown;
  bool exists = false, counts = true;
  struct stat info {};
  fs::path resolved;  ///< where it leads, through links
  fs::path place;     ///< the folder that the name itself lies in
  bool is_folder() const { return exists && counts && S_ISDIR(info.st_mode); }
};

std::string label(const Option& option) {
  if (!option.operand) return "--" + option.name;
  return option.metavar.substr(0, option.metavar.find("..."));
}

/// What it writes are new files in a folder, which may hold others.
bool adds_to_folder(const Option& option) { return option.metavar.starts_with("DIR"); }

/// Where a name leads that has no file yet: through links, those that lead to nothing too.
fs::path resolved(fs::path path) {
  std::error_code failure;
  for (int links = 0; links < 40 && fs::is_symlink(path, failure); ++links) {
    const fs::path to = fs::read_symlink(path, failure);
    if (failure) break;
    path = to.is_absolute() ? to : path.parent_path() / to;
  }
  path = fs::weakly_canonical(fs::absolute(path, failure), failure).lexically_normal();
  return path.has_filename() ? path : path.parent_path();  // a folder without the slash behind it
}

fs::path place_of(fs::path path) {
  while (path.has_relative_path() && !path.has_filename()) path = path.parent_path();
  std::error_code failure;
  return resolved(fs::absolute(path, failure).parent_path());
}

Named named(const Option& option, const std::string& name) {
  Named file{&option, name, fmt::format("{} {}", label(option), printable(name)), false, true, {}, {}, {}};
  if (name == "-") return file.counts = false, file;
  file.exists = ::stat(name.c_str(), &file.info) == 0;
  if (file.exists) file.counts = S_ISREG(file.info.st_mode) || S_ISDIR(file.info.st_mode);
  file.resolved = resolved(name), file.place = place_of(name);
  return file;
}

/// A file that the shell has opened for us.
void add_stream(std::vector<Named>& files, int descriptor, const char* shown) {
  Named file{nullptr, "-", shown, true, true, {}, {}, {}};
  if (::fstat(descriptor, &file.info) != 0 || !S_ISREG(file.info.st_mode)) return;
  file.resolved = resolved(fmt::format("/proc/self/fd/{}", descriptor)), file.place = file.resolved.parent_path();
  files.push_back(file);
}

bool same(const Named& a, const Named& b) {
  if (!a.counts || !b.counts || a.exists != b.exists) return false;
  return a.exists ? a.info.st_dev == b.info.st_dev && a.info.st_ino == b.info.st_ino : a.resolved == b.resolved;
}

/// At any depth, through links or not.
bool lies_in(const Named& file, const Named& folder) {
  if (!file.counts || !folder.is_folder()) return false;
  for (const fs::path& start : {file.place, file.resolved.parent_path()})
    for (fs::path place = start; !place.empty(); place = place.parent_path()) {
      struct stat info {};
      if (::stat(place.c_str(), &info) == 0 && info.st_dev == folder.info.st_dev && info.st_ino == folder.info.st_ino)
        return true;
      if (!place.has_relative_path()) break;
    }
  return false;
}

/// Of files that need not be there yet.
bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [above, below] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return above == folder.end() && below != path.end();
}

std::vector<Named> files_of(const OptionSet& options, Option::File kind) {
  std::vector<Named> files;
  for (const Option& option : options.all())
    if (option.file == kind)
      for (const std::string& name : option.files()) files.push_back(named(option, name));
  return files;
}

/// `-` is one stream, which can be read, and written, once.
void refuse_twice_standard(const std::vector<Named>& files, const char* stream) {
  const Named* first = nullptr;
  for (const Named& file : files) {
    if (file.name != "-" || !file.option) continue;
    if (first)
      throw UsageError(
          fmt::format("{} and {}: both are '-', {}, which can be used once only", first->shown, file.shown, stream));
    first = &file;
  }
}

bool edits_in_place(const ToolInfo& info, const Named& output, const Named& input) {
  if (!output.option) return false;
  return std::any_of(info.in_place.begin(), info.in_place.end(), [&](const auto& pair) {
    return pair.first == output.option->name && (!input.option || pair.second == input.option->name);
  });
}

void refuse_replacing(const ToolInfo& info, const std::vector<Named>& inputs, const Named& output) {
  for (const Named& input : inputs) {
    if (!input.exists || !input.counts) continue;
    if (same(input, output) && !edits_in_place(info, output, input))
      throw UsageError(fmt::format("{} is the file that is read as {}, and would take its place; name another",
                                   output.shown, input.shown));
    if (lies_in(output, input))
      throw UsageError(fmt::format(
          "{} lies in the folder that is read as {}, and could take the place of what is in it; name one outside",
          output.shown, input.shown));
    if (output.option && !adds_to_folder(*output.option) && lies_in(input, output))
      throw UsageError(
          fmt::format("{} is a folder with the file that is read as {}; name another", output.shown, input.shown));
  }
}

void refuse_both(const Named& one, const Named& other) {
  if (one.option == other.option || !one.counts || !other.counts) return;
  if (same(one, other))
    throw UsageError(fmt::format("{} and {} are one file: the one would take the place of the other; name another",
                                 one.shown, other.shown));
  for (const auto& [above, below] : {std::pair{&one, &other}, {&other, &one}})
    if (!above->is_folder() && !(above->option && adds_to_folder(*above->option)) &&
        is_below(below->resolved, above->resolved))
      throw UsageError(fmt::format("{} lies below {}, which is a file; name another", below->shown, above->shown));
}

/// "x.h5" for "x.npz" and "x.npz.gz".
std::string as_h5(fs::path file) {
  if (file.extension() == ".gz") file.replace_extension();
  return file.replace_extension(".h5").string();
}

}  // namespace

void refuse_clashes(const ToolInfo& info, const OptionSet& options) {
  std::vector<Named> inputs = files_of(options, Option::File::read), outputs = files_of(options, Option::File::written);
  refuse_twice_standard(inputs, "standard input");
  refuse_twice_standard(outputs, "standard output");
  const auto is_read = [](const Option& option) { return option.operand && option.file == Option::File::read; };
  if (std::any_of(options.all().begin(), options.all().end(), is_read))
    add_stream(inputs, STDIN_FILENO, "standard input");
  const Option* output = options.find("output");
  if (!output || output->get().empty() || output->get() == "-") add_stream(outputs, STDOUT_FILENO, "standard output");
  for (size_t i = 0; i < outputs.size(); ++i) {
    refuse_replacing(info, inputs, outputs[i]);
    for (size_t j = 0; j < i; ++j) refuse_both(outputs[j], outputs[i]);
  }
}

void warn_of_suffixes(const ToolInfo& info, const OptionSet& options, const Log& log) {
  static constexpr std::string_view others[] = {".pth", ".pt",  ".keras", ".onnx", ".safetensors", ".ckpt",
                                                ".pkl", ".npz", ".npy",   ".csv",  ".tsv",         ".json",
                                                ".txt", ".zip", ".gz",    ".nn"};
  if (!info.writes_h5) return;
  for (const char* name : {"output", "checkpoint", "save-best"}) {
    const Option* option = options.find(name);
    if (!option) continue;
    for (const std::string& file : option->files())
      if (const std::string suffix = fs::path(file).extension(); std::ranges::find(others, suffix) != std::end(others))
        log.warning(fmt::format("--{} {}: the file is HDF5, whatever its name; {} says so", name, printable(file),
                                printable(as_h5(file))));
  }
}

}  // namespace nn::cli

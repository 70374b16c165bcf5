// SPDX-License-Identifier: MIT
#include "formats/models/c/c_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"
#include "data/batches.h"
#include "formats/models/c/c_recipe.h"

extern char** environ;

namespace nn {
namespace {
namespace fs = std::filesystem;

/// A private folder that is removed with what is in it.
class WorkFolder {
 public:
  WorkFolder() {
    std::string name = (fs::temp_directory_path() / "nn-convert-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw Error(fmt::format("--verify: cannot make a folder like {}: {}", name, std::strerror(errno)));
    path_ = name;
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Runs a program between files of the folder and returns its status; 127 when there is none.
int run(const std::vector<std::string>& words, const WorkFolder& folder) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  const std::string in = folder / "in", out = folder / "out", said = folder / "said";
  ::posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&files, 2, said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const int failure = ::posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (failure == ENOENT) return 127;
  if (failure != 0) throw Error(fmt::format("--verify: cannot run {}: {}", words[0], std::strerror(failure)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string first_line(const std::string& text) { return printable(text.substr(0, text.find('\n'))); }

/// All samples in the form that main() of the file reads.
void write_samples(const std::string& file, const Split& split) {
  const Batches batches(split, {}, 0, 255, false);
  std::vector<int64_t> rows(static_cast<size_t>(split.size()));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<std::byte> bytes(rows.size() * static_cast<size_t>(batches.stored_bytes()));
  batches.stored(rows, bytes);
  std::ofstream out(file, std::ios::binary);
  if (split.x().type == h5::Type::u8) {
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  } else {
    for (size_t i = 0; i < bytes.size(); i += sizeof(float)) {
      float value = 0;
      std::memcpy(&value, bytes.data() + i, sizeof value);
      out << fmt::format("{}\n", value);
    }
  }
  if (!out.flush()) throw Error("--verify: cannot write " + file);
}

void compile(const std::string& file, const WorkFolder& folder) {
  std::error_code failure;
  fs::copy_file(file, folder / "model.c", failure);
  if (failure) throw Error("--verify: cannot read " + file + ": " + failure.message());
  const int status =
      run({"cc", "-std=c99", "-O2", "-DNN_MAIN", folder / "model.c", "-o", folder / "model", "-lm"}, folder);
  if (status == 127)
    throw Error("--verify: there is no compiler cc here to run " + file +
                "; where there is one: cc -std=c99 -O2 -DNN_MAIN " + file + " -lm, and compare with nn-predict");
  if (status != 0)
    throw ConditionError(
        fmt::format("{}: cc ends with status {}: {}", file, status, first_line(text_of(folder / "said"))));
}

/// The last cells of each line behind the first.
std::vector<float> results_in(const std::string& table, size_t outputs) {
  std::vector<float> results;
  const std::vector<std::string_view> lines = split_at(table, '\n');
  for (size_t row = 1; row < lines.size(); ++row) {
    const std::vector<std::string_view> cells = split_at(lines[row], '\t');
    for (size_t i = cells.size() > outputs ? cells.size() - outputs : cells.size(); i < cells.size(); ++i)
      results.push_back(std::strtof(std::string(cells[i]).c_str(), nullptr));
  }
  return results;
}

}  // namespace

std::vector<float> results_of_c(const std::string& file, const Model& model, const Split& split, size_t outputs) {
  const bool bytes = takes_bytes_in_c(model);
  if (bytes != (split.x().type == h5::Type::u8))
    throw Error(fmt::format("--verify: {} takes {}, the dataset holds {}", file, bytes ? "bytes" : "floats",
                            bytes ? "floats" : "bytes"));
  const WorkFolder folder;
  write_samples(folder / "in", split);
  compile(file, folder);
  if (const int status = run({folder / "model"}, folder); status != 0)
    throw ConditionError(
        fmt::format("{}: its program ends with status {}: {}", file, status, first_line(text_of(folder / "said"))));
  return results_in(text_of(folder / "out"), outputs);
}

}  // namespace nn

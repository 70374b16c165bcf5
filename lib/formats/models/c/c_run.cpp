// SPDX-License-Identifier: MIT
#include "formats/models/c/c_run.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"
#include "data/batches.h"
#include "formats/models/c/c_recipe.h"
#include "formats/models/c/work_folder.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

/// What is in the work folder.
constexpr const char *samples_file = "in", *results_file = "out", *said_file = "said", *source_file = "model.c",
                     *program_file = "model";

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
  fs::copy_file(file, folder / source_file, failure);
  if (failure) throw Error("--verify: cannot read " + file + ": " + failure.message());
  const int status =
      folder.run({"cc", "-std=c99", "-O2", "-DNN_MAIN", folder / source_file, "-o", folder / program_file, "-lm"},
                 samples_file, results_file, said_file);
  if (status == 127)
    throw Error("--verify: there is no compiler cc here to run " + file +
                "; where there is one: cc -std=c99 -O2 -DNN_MAIN " + file + " -lm, and compare with nn-predict");
  if (status != 0)
    throw ConditionError(
        fmt::format("{}: cc ends with status {}: {}", file, status, first_line(text_of(folder / said_file))));
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
  const WorkFolder folder({samples_file, results_file, said_file, source_file, program_file});
  write_samples(folder / samples_file, split);
  compile(file, folder);
  if (const int status = folder.run({folder / program_file}, samples_file, results_file, said_file); status != 0)
    throw ConditionError(
        fmt::format("{}: its program ends with status {}: {}", file, status, first_line(text_of(folder / said_file))));
  return results_in(text_of(folder / results_file), outputs);
}

}  // namespace nn

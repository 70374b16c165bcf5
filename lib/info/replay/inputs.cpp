// SPDX-License-Identifier: MIT
#include "info/replay/inputs.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file_sums.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

/// Sums are computed once a file, and only where they can be those that are looked for.
class Candidates {
 public:
  explicit Candidates(const Budget& budget) : budget_(budget) {}

  bool is(const std::string& name, const ReplayFile& wanted) {
    std::error_code failure;
    const bool folder = fs::is_directory(name, failure);
    if (!folder && !fs::is_regular_file(name, failure)) return false;
    if (!wanted.digest.empty()) return !folder && digest(name) == wanted.digest;
    if (wanted.sha256.empty()) return true;
    if (folder != (wanted.size < 0)) return false;
    if (!folder && fs::file_size(name, failure) != static_cast<uintmax_t>(wanted.size)) return false;
    return sum(name) == wanted.sha256;
  }

 private:
  const std::string& digest(const std::string& name) {
    auto [known, is_new] = digests_.emplace(name, "");
    if (is_new && begins_as_hdf5(name)) {
      try {
        known->second = h5::Reader::open(name, "", budget_, true).digest();
      } catch (const Error&) {  // of another program, or damaged
      }
    }
    return known->second;
  }
  const std::string& sum(const std::string& name) {
    auto [known, is_new] = sums_.emplace(name, "");
    if (is_new) known->second = fs::is_directory(name) ? sha256_of_folder(name) : sha256_of_file(name);
    return known->second;
  }

  const Budget& budget_;
  std::map<std::string, std::string> digests_, sums_;
};

}  // namespace

void find_inputs(ReplayPlan& plan, const std::string& file, const std::vector<std::string>& others,
                 const Budget& budget) {
  Candidates candidates(budget);
  const fs::path folder = fs::path(file).parent_path();
  std::vector<std::string> here = others;
  for (ReplayFile& input : plan.files) {
    if (input.step >= 0) continue;
    const std::string base = fs::path(input.recorded).filename().string();
    std::vector<std::string> named{input.recorded, (folder / input.recorded).string(), (folder / base).string()};
    for (const std::string& other : others)
      if (fs::path(other).filename() == base) named.insert(named.begin(), other);
    for (const std::string& name : named)
      if (input.found.empty() && candidates.is(name, input)) input.found = name;
    if (!input.found.empty() || (input.digest.empty() && input.sha256.empty())) continue;
    if (here.size() == others.size()) {
      std::error_code failure;
      for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, failure))
        here.push_back((folder / entry.path().filename()).string());
      std::sort(here.begin() + static_cast<std::ptrdiff_t>(others.size()), here.end());
    }
    for (const std::string& name : here)
      if (input.found.empty() && candidates.is(name, input)) input.found = name;
  }
  for (ReplayFile& input : plan.files)  // where it still lies under its full name, that is its name
    if (input.step < 0 && fs::path(input.recorded).is_absolute() && input.found == input.recorded && !input.resumed)
      input.name = input.recorded;
}

}  // namespace nn

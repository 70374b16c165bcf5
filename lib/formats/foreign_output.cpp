// SPDX-License-Identifier: MIT
// Output in foreign formats appears whole or not at all, folders too.
#include <unistd.h>

#include <filesystem>

#include "formats/format.h"
#include "h5/outfile.h"

namespace nn {
namespace fs = std::filesystem;

namespace {
/// A private folder beside the target, removed with all in it unless it was renamed into place.
class FolderOutput {
 public:
  FolderOutput(const std::string& target, bool no_clobber) : target_(target) {
    while (target_.size() > 1 && target_.ends_with('/')) target_.pop_back();
    std::error_code e;
    if (fs::exists(target_, e)) {
      if (!fs::is_directory(target_, e)) throw Error(target + ": is a file, this format writes a folder");
      if (no_clobber || !fs::is_empty(target_, e)) throw Error(target + ": the folder exists and is not empty; remove it, or name another");
    }
    place_ = target_ + ".part-" + std::to_string(::getpid());
    fs::create_directory(place_, e);
    if (e) throw Error(target + ": cannot make a folder there: " + e.message());
  }
  ~FolderOutput() {
    std::error_code ignored;
    if (!done_) fs::remove_all(place_, ignored);
  }
  FolderOutput(const FolderOutput&) = delete;
  FolderOutput& operator=(const FolderOutput&) = delete;

  void add(const ForeignFile& file) {
    const fs::path path = fs::path(place_) / file.name;
    std::error_code e;
    fs::create_directories(path.parent_path(), e);
    if (e) throw Error(target_ + ": cannot make the folder " + path.parent_path().string() + ": " + e.message());
    h5::OutFile out(path.string(), h5::OutFile::Content::binary);
    out.commit(std::span<const std::byte>(file.bytes));
  }
  void commit() {
    std::error_code e;
    fs::rename(place_, target_, e);  // replaces an empty folder
    if (e) throw Error(target_ + ": cannot put the folder in place: " + e.message());
    done_ = true;
  }

 private:
  std::string target_, place_;
  bool done_ = false;
};
}  // namespace

void write_foreign(const std::string& target, const FormatType& format, const std::vector<ForeignFile>& files, bool no_clobber) {
  if (!format.folder) {
    const bool text = format.write_table != nullptr;
    h5::OutFile out(target, text ? h5::OutFile::Content::text : h5::OutFile::Content::binary, no_clobber);
    out.commit(std::span<const std::byte>(files.at(0).bytes));
    return;
  }
  if (target.empty() || target == "-") throw UsageError(std::string("format ") + format.name + " writes a folder: name it as the second operand");
  FolderOutput folder(target, no_clobber);
  for (const ForeignFile& file : files) folder.add(file);
  folder.commit();
}

}  // namespace nn

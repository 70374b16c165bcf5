// SPDX-License-Identifier: MIT
#include "data/choose_split.h"

#include <algorithm>

#include "base/log.h"
#include "base/text/split.h"
#include "data/columns_file.h"
#include "data/split_names.h"

namespace nn {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::string> splits_in(const h5::Reader& file) {
  std::vector<std::string> found;
  for (const std::string& name : file.children())
    if (is_split(file, name)) found.push_back(name);
  return found;
}

std::string choose_split(const h5::Reader& file, const std::string& asked) {
  const std::vector<std::string> there = splits_in(file);
  const std::vector<std::string> wanted =
      asked.empty() ? std::vector<std::string>{"test", "val", "train"} : std::vector{asked};
  for (const std::string& name : wanted)
    if (contains(there, name)) return name;
  std::string list;
  for (const std::string& name : there) list += (list.empty() ? "" : ", ") + printable(name);
  throw Error(printable(file.name()) + ": no split '" + printable(wanted[0]) +
              "'; there are: " + (list.empty() ? "none" : list) + split_hint(wanted[0]));
}

std::vector<std::string> choose_splits(const h5::Reader& file, const std::string& asked) {
  std::vector<std::string> chosen;
  for (const std::string_view part : split_at(asked, ',')) {
    const std::string name = choose_split(file, std::string(part));
    if (!contains(chosen, name)) chosen.push_back(name);
  }
  return chosen;
}

std::vector<std::string> training_splits(const h5::Reader& file, const std::string& validation, bool test) {
  const std::vector<std::string> there = splits_in(file);
  std::vector<std::string> wanted{"train"};
  if (validation.empty() ? contains(there, "val") : validation != "none")
    wanted.push_back(validation.empty() ? "val" : validation);
  if (test && !contains(wanted, "test")) wanted.push_back("test");
  for (const std::string& name : wanted)
    if (!contains(there, name)) return {};
  return wanted;
}

}  // namespace nn

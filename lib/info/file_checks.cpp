// SPDX-License-Identifier: MIT
#include "info/file_checks.h"

#include "base/error.h"

namespace nn {

Exit check_each(const InfoOptions& options, const std::vector<std::string>& files,
                const std::function<h5::Reader(const std::string&)>& open,
                const std::function<void(const std::string&)>& print, const Log& log) {
  Exit status = Exit::done;
  for (const std::string& name : files) {
    try {
      const h5::Reader file = open(name);
      if (options.check) file.verify();
      print(!options.digest
                ? name + ": good\n"
                : (options.stored ? file.stored_digest() : file.computed_digest()) + "  " + printable(name) + "\n");
    } catch (const Error& e) {
      if (e.status() == Exit::usage || files.size() == 1) throw;
      log.error(e.what());
      status = Exit::failed;
    }
  }
  return status;
}

}  // namespace nn

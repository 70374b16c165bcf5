// SPDX-License-Identifier: MIT
#include "formats/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nn {

FormatChoices::FormatChoices() {
  reading_.declare(of_all_);
  for (const DatasetFormat* format : dataset_formats()) {
    if (format->reader) {
      OptionSet set;
      (readers_[format->name] = format->reader())->options(set);
      read_options_.add(format->name, std::move(set));
    }
    if (format->writer) {
      OptionSet set;
      (writers_[format->name] = format->writer())->options(set);
      write_options_.add(format->name, std::move(set));
    }
  }
}

void FormatChoices::declare(OptionSet& set) {
  reading_.declare(set);
  read_options_.declare(set);
  write_options_.declare(set);
  if (Option* from = set.find("from"))
    from->says("resize image_size target_size",
               "images keep their size; make them equal before, for example with 'mogrify -resize 32x32! *.png'")
        .says("one_hot_encode encode categorical get_dummies",
              "columns of text cannot be features; replace each by columns of numbers first, for example with "
              "get_dummies of pandas");
}

void FormatChoices::check(const OptionSet& options, const DatasetFormat* from, const OutputFormat& to,
                          const std::string& results) const {
  for (const Option& option : options.all()) {
    std::vector<std::string> reading = read_options_.owners(option.name), writing = write_options_.owners(option.name);
    const bool of_all = of_all_.find(option.name) != nullptr;
    if (of_all) reading = names_of(dataset_formats());
    if (reading.empty() && writing.empty()) continue;
    if (option.given && option.get().empty())
      throw UsageError("--" + option.name + ": the value is empty; leave the option out");
    if (!option.asks() || (from && (of_all || read_options_.has(from->name, option.name))) ||
        (to.dataset && results.empty() && write_options_.has(to.dataset->name, option.name)))
      continue;
    throw UsageError(
        fmt::format("--{} has no effect {}; {}{}{}{}", option.name,
                    results.empty() ? fmt::format("from {} to {}", from ? from->name : "h5", to.name) : "on " + results,
                    results.empty() ? "" : "with data sets ",
                    reading.empty() ? "" : fmt::format("it is for reading {}", fmt::join(reading, ", ")),
                    reading.empty() || writing.empty() ? "" : " and ",
                    writing.empty() ? "" : fmt::format("for writing {}", fmt::join(writing, ", "))));
  }
}

}  // namespace nn

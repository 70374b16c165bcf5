// SPDX-License-Identifier: MIT
#include "formats/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nn {

template <class Result, class Source>
FormatChoices::Made<Result, Source>::Made(Table<ForeignFormat<Result, Source>> table) {
  for (const auto* format : table) {
    if (format->reader) {
      OptionSet set;
      (readers[format->name] = format->reader())->options(set);
      read.add(format->name, std::move(set));
    }
    if (format->writer) {
      OptionSet set;
      (writers[format->name] = format->writer())->options(set);
      write.add(format->name, std::move(set));
    }
  }
}

FormatChoices::FormatChoices() : datasets_(dataset_formats()), models_(model_formats()) {
  reading_.declare(of_datasets_);
  model_reading_.declare(of_models_);
  of_models_.add(*of_datasets_.find("classes"));
}

void FormatChoices::declare(OptionSet& set) {
  reading_.declare(set);
  model_reading_.declare(set);
  datasets_.declare(set);
  models_.declare(set);
  if (Option* from = set.find("from"))
    from->says("resize image_size target_size",
               "images keep their size; make them equal before, for example with 'mogrify -resize 32x32! *.png'")
        .says("one_hot_encode encode categorical get_dummies",
              "columns of text cannot be features; replace each by columns of numbers first, for example with "
              "get_dummies of pandas");
}

void FormatChoices::check(const OptionSet& options, const InputFormat& from, const OutputFormat& to,
                          const std::string& what) const {
  const bool writes_model = from.model || what == "a model";
  const auto add = [](std::vector<std::string>& to_list, const std::vector<std::string>& more) {
    for (const std::string& name : more)
      if (std::ranges::find(to_list, name) == to_list.end()) to_list.push_back(name);
  };
  for (const Option& option : options.all()) {
    const bool of_datasets = of_datasets_.find(option.name), of_models = of_models_.find(option.name);
    std::vector<std::string> reading = of_datasets ? names_of(dataset_formats()) : datasets_.read.owners(option.name),
                             writing = datasets_.write.owners(option.name);
    add(reading, of_models ? names_of(model_formats()) : models_.read.owners(option.name));
    add(writing, models_.write.owners(option.name));
    if (reading.empty() && writing.empty()) continue;
    if (option.given && option.get().empty())
      throw UsageError("--" + option.name + ": the value is empty; leave the option out");
    if (!option.asks() || (from.dataset && (of_datasets || datasets_.read.has(from.dataset->name, option.name))) ||
        (from.model && (of_models || models_.read.has(from.model->name, option.name))) ||
        (to.dataset && what.empty() && !from.model && datasets_.write.has(to.dataset->name, option.name)) ||
        (to.model && (writes_model || (what.empty() && !from.dataset)) &&
         models_.write.has(to.model->name, option.name)))
      continue;
    throw UsageError(
        fmt::format("--{} has no effect {}; {}{}{}{}", option.name,
                    what.empty() || writes_model ? fmt::format("from {} to {}", from.name(), to.name) : "on " + what,
                    what.empty() || writes_model ? "" : "with data sets ",
                    reading.empty() ? "" : fmt::format("it is for reading {}", fmt::join(reading, ", ")),
                    reading.empty() || writing.empty() ? "" : " and ",
                    writing.empty() ? "" : fmt::format("for writing {}", fmt::join(writing, ", "))));
  }
}

}  // namespace nn

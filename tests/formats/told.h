// SPDX-License-Identifier: MIT
// What a test says of a foreign file, as a user says it: by the names of nn-convert's options.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "formats/reading.h"

namespace nn_test {

struct Told : nn::FormatOptions {
  std::string label, header, separator, decimal, shape, y, layout, split, depth, color, background;
  std::vector<std::string> target, features, ignore;
  std::string title, classes, range;

  /// Gives what is said to the options of a reader or writer. strict: an option that is not there is an error.
  void give(nn::OptionSet& set, bool strict) const {
    const auto say = [&](const char* name, const std::string& value) {
      if (!value.empty() && (strict || set.find(name))) set.set_option(name, value);
    };
    const std::pair<const char*, const std::string*> single[] = {
        {"label", &label}, {"header", &header}, {"separator", &separator},  {"decimal", &decimal},
        {"shape", &shape}, {"y", &y},           {"layout", &layout},        {"split", &split},
        {"depth", &depth}, {"color", &color},   {"background", &background}};
    for (const auto& [name, value] : single) say(name, *value);
    const std::pair<const char*, const std::vector<std::string>*> several[] = {
        {"target", &target}, {"features", &features}, {"ignore", &ignore}};
    for (const auto& [name, values] : several)
      for (const std::string& value : *values) say(name, value);
  }
};

/// A format of the table that is told something.
struct Format : nn::DatasetFormat {
  Format(const std::string& name) : Format(nn::find_in(nn::dataset_formats(), name, "format")) {}
  Format(const nn::DatasetFormat& type) : nn::DatasetFormat(type) {}

  std::unique_ptr<nn::DatasetReader> told_reader(const Told& told) const {
    auto made = reader();
    nn::OptionSet set;
    made->options(set);
    told.give(set, true);
    return made;
  }
  nn::Dataset read(const std::string& input, const Told& told = {}) const {
    return told_reader(told)->read(input, told);
  }
  std::vector<nn::ForeignFile> write(const nn::Dataset& data, const Told& told = {}) const {
    const auto made = writer();
    nn::OptionSet set;
    made->options(set);
    told.give(set, false);
    return made->write(data, told);
  }
};

inline nn::Dataset read_foreign(const std::string& input, const Format& format, const Told& told = {}) {
  const auto reader = format.told_reader(told);
  nn::ReadOptions reading;
  reading.title = told.title, reading.classes = told.classes, reading.range = told.range;
  return nn::read_foreign(input, *reader, reading, told);
}

}  // namespace nn_test

// SPDX-License-Identifier: MIT
// Pictures of small files, told options by their names as nn-plot-data is.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "plot/choices.h"
#include "result_files.h"

namespace nn_test {

using Said = std::map<std::string, std::string>;

inline std::unique_ptr<nn::Picture> drawn(const std::string& name, std::span<const nn::h5::Reader> inputs,
                                          const Said& said = {}) {
  const nn::PictureType& type = nn::find_in(nn::picture_types(), name, "picture");
  nn::PictureChoices choices;
  nn::OptionSet set;
  choices.declare(set);
  for (const auto& [option, value] : said)
    if (!value.empty()) set.set_option(option, value);
  choices.check(type, set, nn::PictureForm::svg);
  return choices.make(type, inputs);
}

/// The files that a picture of the table is made of, those of the first kind where it takes several.
inline std::vector<nn::h5::Reader> inputs_of(const nn::PictureType& type, const Files& files) {
  std::vector<nn::h5::Reader> inputs;
  const std::string all = type.inputs, words = all.substr(0, all.find(" or "));
  if (words.starts_with("PREDICTIONS")) inputs.push_back(files.predictions());
  if (words.find("METRICS") != std::string::npos) inputs.push_back(files.metrics());
  if (words.find("MODEL") != std::string::npos) inputs.push_back(files.model());
  if (words.find("DATA") != std::string::npos) inputs.push_back(files.data());
  return inputs;
}

inline std::unique_ptr<nn::Picture> picture(const std::string& name, const Files& files, const Said& said = {}) {
  const std::vector<nn::h5::Reader> inputs = inputs_of(nn::find_in(nn::picture_types(), name, "picture"), files);
  return drawn(name, inputs, said);
}

inline bool has_gnuplot() { return std::system("gnuplot --version >/dev/null 2>&1") == 0; }

}  // namespace nn_test

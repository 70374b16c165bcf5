// SPDX-License-Identifier: MIT
// Tables and arrays as other programs write them (tests/golden/tables/make.py): what they hold, or why they are
// refused.
#include <regex>

#include "catch.h"
#include "formats/choices.h"
#include "formats/datasets/labels.h"
#include "formats/reading.h"
#include "json_file.h"
#include "paths.h"
#include "said.h"
#include "sample_data.h"

using namespace nn;
using namespace nn_test;

namespace {
std::vector<std::string> texts(const Json& json) {
  std::vector<std::string> all;
  for (const Json& item : json.items()) all.push_back(item.string());
  return all;
}

std::vector<double> doubles(const h5::Array& array) {
  return array.shape.rank() ? array.to_double() : std::vector<double>{};
}
}  // namespace

TEST_CASE(
    "formats: files of pandas, NumPy, scikit-learn, R and Excel are read as they were meant, or refused with the "
    "reason") {
  const std::string place = source_folder() + "/tests/golden/tables/";
  const Json recorded = json_file(place + "expected.json");
  const Folder folder;
  const Log log("test");
  for (const auto& [name, expected] : recorded.at("files").members()) {
    FormatOptions options;
    options.log = &log;
    FormatChoices choices;
    OptionSet set;
    choices.declare(set);
    for (const auto& [option, value] : expected.at("options").members()) set.set_option(option, value.string());
    Said said(folder / "said");
    std::string refused;
    Dataset data;
    try {
      const std::string file = place + name;
      data = read_foreign(file, choices.reader(*input_format(file, "", options)), choices.reading(), options);
    } catch (const Error& error) {
      refused = error.what();
    }
    const std::string words = said.text();
    INFO(name << ": " << words << refused);
    if (const Json* reason = expected.find("refused")) {
      CHECK(std::regex_search(refused, std::regex(reason->string())));
      continue;
    }
    REQUIRE(refused.empty());
    const Split& split = data.splits.at(0);
    CHECK(doubles(split.x()) == numbers(expected.at("features")));
    CHECK(data.feature_names == texts(expected.at("names")));
    CHECK(words_of(data, split) == texts(expected.at("words")));
    CHECK(doubles(split.targets()) == numbers(expected.at("targets")));
    if (const Json* note = expected.find("said")) CHECK(std::regex_search(words, std::regex(note->string())));
  }
}

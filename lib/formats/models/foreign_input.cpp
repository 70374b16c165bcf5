// SPDX-License-Identifier: MIT
#include "formats/models/foreign_input.h"

#include <fmt/format.h>

#include "base/text/columns.h"
#include "formats/reading.h"

namespace nn {

std::vector<std::byte> as_model_file(const std::string& file, const ModelReading& reading, const Log& log,
                                     const Budget& budget) {
  FormatOptions options;
  options.log = &log;
  options.budget = budget;
  const ModelFormat* format = model_input_format(file, "", options);
  if (!format || !format->reader) {
    for (const auto& [name, value] :
         {std::pair{"layers", reading.layers}, {"input", reading.input}, {"recipe", reading.recipe}})
      if (!value.empty())
        throw UsageError(std::string("--") + name + " has no effect on " + shown_name(file) +
                         ", which is no model of another program");
    return {};
  }
  const auto reader = format->reader();
  const Model model = read_foreign_model(file, *reader, reading, "", options);
  return write_model(model, h5::Provenance{"", Json::array()}, false);
}

Json tensors_of_file(const std::string& file, const Log& log, const Budget& budget) {
  FormatOptions options;
  options.log = &log;
  options.budget = budget;
  const ModelFormat* format = model_input_format(file, "", options);
  if (!format || !format->reader) return {};
  const ForeignModel model = format->reader()->read(file, options);
  if (!model.layers.empty()) return {};
  Json tensors = Json::array();
  for (const ForeignTensor& tensor : model.tensors) {
    Json row = Json::object();
    row["name"] = Json(tensor.name);
    row["shape"] = Json::array();
    for (const int64_t d : tensor.shape) row["shape"].push_back(Json(d));
    row["type"] = Json(name_of(tensor.stored));
    tensors.push_back(std::move(row));
  }
  return tensors;
}

std::string tensors_text(const std::string& file, const Json& tensors) {
  std::string text =
      fmt::format("{}: weights without layers, {} tensors\n\n", shown_name(file), tensors.items().size());
  size_t longest = 0;
  for (const Json& tensor : tensors.items()) longest = std::max(longest, tensor.at("name").string().size());
  for (const Json& tensor : tensors.items()) {
    std::vector<int64_t> dims;
    for (const Json& d : tensor.at("shape").items()) dims.push_back(d.integer());
    text += fmt::format("  {:<{}}  {}  {}\n", printable(tensor.at("name").string()), longest, Shape(dims).text(),
                        tensor.at("type").string());
  }
  return text;
}

}  // namespace nn

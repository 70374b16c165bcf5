// SPDX-License-Identifier: MIT
#include "plot/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nn {

PictureChoices::PictureChoices() {
  for (const PictureType* type : picture_types()) {
    OptionSet own, drawing;
    PictureMaker& maker = *(makers_[type->name] = type->maker());
    maker.options(own);
    maker.drawing_options(drawing);
    options_.add(type->name, std::move(own));
    drawing_options_.add(type->name, std::move(drawing));
  }
}

void PictureChoices::declare(OptionSet& set) {
  options_.declare(set);
  drawing_options_.declare(set);
  set.add("title", common_.title, "TEXT", "text above the picture");
  set.add("size", size_, "WxH", "width and height of the picture in pixels (default: by its content)").brief_help();
}

void PictureChoices::check(const PictureType& type, const OptionSet& set, PictureForm form) const {
  for (const Option& option : set.all()) {
    if (!option.asks()) continue;
    std::vector<std::string> owners = options_.owners(option.name);
    const std::vector<std::string> drawing = drawing_options_.owners(option.name);
    const bool of_drawing = !drawing.empty() || option.name == "title";
    owners.insert(owners.end(), drawing.begin(), drawing.end());
    if (!owners.empty() && !options_.has(type.name, option.name) && !drawing_options_.has(type.name, option.name))
      throw UsageError(fmt::format("option --{}: the picture {} does not have it; those that do: {}", option.name,
                                   type.name, fmt::join(owners, ", ")));
    if (of_drawing && !is_drawing(form))
      throw UsageError(
          fmt::format("option --{}: tsv, csv and json hold the numbers of the picture and no titles; it is for svg, "
                      "png, pdf, gp and text",
                      option.name));
    if (option.name == "size" && (!is_drawing(form) || form == PictureForm::text))
      throw UsageError("option --size: only svg, png, pdf and gp have a size in pixels");
  }
}

std::unique_ptr<Picture> PictureChoices::make(const PictureType& type, std::span<const h5::Reader> inputs) {
  return makers_.at(type.name)->make(inputs, common_);
}

}  // namespace nn
